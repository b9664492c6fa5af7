#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use deployhost_runtime::capability::error::CapabilityErrorKind;

#[test]
fn a_failed_start_is_told_once() {
    let errors = "Recreating p_app_1 ... \nRecreating p_app_1 ... error\n\n\
            ERROR: for p_app_1  Cannot start service app: exec: \"/nope\": no such file\n\n\
            ERROR: for app  Cannot start service app: exec: \"/nope\": no such file\n\
            ERROR: Encountered errors while bringing up the project.\n";
    let line = summarize(errors, &SensitiveValues::default());
    assert_eq!(
        line,
        "Cannot start service app: exec: \"/nope\": no such file"
    );
}

/// As Compose 2.40.3 and 2.26.1 said it on Engine 20.10.
#[test]
fn a20_the_cause_is_told_and_not_what_it_came_through() {
    let progress =
        " Network p_default  Creating\n Container p-web-1  Created\n Container p-web-1  Starting\n";
    let runtime = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
    let endpoint = format!("p-web-1 ({})", "dec60a68".repeat(8));
    for (said, told) in [
        (
            format!(
                "driver failed programming external connectivity on endpoint {endpoint}: Error starting userland proxy: listen tcp4 127.0.0.1:45999: bind: address already in use"
            ),
            "Error starting userland proxy: listen tcp4 127.0.0.1:45999: bind: address already in use",
        ),
        (
            format!(
                "{runtime}exec: \"/no/such\": stat /no/such: no such file or directory: unknown"
            ),
            "exec: \"/no/such\": stat /no/such: no such file or directory",
        ),
        (
            format!(
                "{runtime}error during container init: error mounting \"/a\" to rootfs at \"/etc\": mount /a:/etc (via /proc/self/fd/6), flags: 0x5001: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"
            ),
            "error mounting \"/a\" to rootfs at \"/etc\": mount /a:/etc, flags: 0x5001: not a directory",
        ),
        (
            "Conflict. The container name \"/web\" is already in use by container \"1\"."
                .to_owned(),
            "Conflict. The container name \"/web\" is already in use by container \"1\".",
        ),
    ] {
        let errors = format!("{progress}Error response from daemon: {said}\n");
        assert_eq!(summarize(&errors, &SensitiveValues::default()), told);
    }
}

#[test]
fn a_failed_build_says_what_failed() {
    let errors = "DEPRECATED: The legacy builder is deprecated\n            Install the buildx component to build\n\n\
            The command '/bin/false' returned a non-zero code: 1\nService 'app' failed to build : Build failed\n";
    let line = summarize(errors, &SensitiveValues::default());
    assert!(
        line.starts_with("The command '/bin/false' returned a non-zero code: 1 / Service"),
        "{line}"
    );
}

#[test]
fn what_is_passed_on_is_short_and_steers_no_terminal() {
    let line = summarize(
        &format!("\u{1b}[31m{}", "é".repeat(1000)),
        &SensitiveValues::default(),
    );
    assert!(line.starts_with("\\u{1b}[31m") && line.len() < LINE + 10);
    assert_eq!(
        summarize("\n \n", &SensitiveValues::default()),
        "Compose did not say why"
    );
}

#[test]
fn unset_variables_have_names() {
    let errors = "The A_B variable is not set. Defaulting to a blank string.\n\
            time=\"…\" level=warning msg=\"The \\\"C\\\" variable is not set. Defaulting to a blank string.\"\n\
            The A_B variable is not set. Defaulting to a blank string.\n";
    assert_eq!(unset(errors).into_iter().collect::<Vec<_>>(), ["A_B", "C"]);
    assert!(unset("all is well\n").is_empty());
}

#[test]
fn a_registry_that_is_away_is_not_an_image_that_is_not_there() {
    let of = |errors| classify_pull_error(errors, "x", &SensitiveValues::default());
    let away = "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host";
    assert_eq!(of(away).kind, CapabilityErrorKind::Unreachable);
    assert_eq!(
        of("manifest for x:latest not found: manifest unknown").kind,
        CapabilityErrorKind::Invalid
    );
    assert_eq!(
        of("no space left on device").kind,
        CapabilityErrorKind::Other
    );
}
