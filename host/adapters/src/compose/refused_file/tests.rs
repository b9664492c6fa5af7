#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn known() -> BTreeSet<String> {
    ["web", "comand", "environment", "PASSWORD", "./app.env"]
        .map(str::to_owned)
        .into()
}

#[test]
fn keys_and_files_are_told() {
    for (said, wanted) in [
        (
            "validating /srv/x/compose.yml: services.web additional properties 'comand' not allowed",
            "Compose refuses the file: validating … services.web additional properties 'comand' not allowed",
        ),
        (
            "env file /srv/x/app.env not found: stat /srv/x/app.env: no such file or directory",
            "Compose refuses the file: env file /srv/x/app.env not found: … /srv/x/app.env: no such file or directory",
        ),
        (
            "services.web.environment.PASSWORD must be a string",
            "Compose refuses the file: services.web.environment.PASSWORD must be a string",
        ),
    ] {
        assert_eq!(told(said, &known()), wanted);
    }
}

#[test]
fn what_is_quoted_is_left_out() {
    for said in [
        "yaml: line 3: mapping values are not allowed: root:x:0:0:root:/root:/bin/bash",
        "unexpected character \"$\" in variable name near \"hunter22$y$j9T$salt\"",
        "services.web.environment.[0]: unexpected type s3cret-nested",
    ] {
        let told = told(said, &known());
        for secret in ["root", "hunter22", "salt", "s3cret"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    assert_eq!(told("s3cret", &known()), "Compose refuses the file");
    assert_eq!(told("", &known()), "Compose refuses the file");
}
