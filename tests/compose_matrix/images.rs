//! The images that rows run.

use std::sync::OnceLock;

use crate::fixture::docker::docker;

/// Two images that do nothing, under names of the project's own.
pub fn tag_images(project: &str) {
    static MADE: OnceLock<()> = OnceLock::new();
    const MADE_AS: &str = "deployhost-acceptance/idle";
    MADE.get_or_init(|| {
        let context = tempfile::tempdir().unwrap();
        std::fs::copy("/bin/busybox", context.path().join("busybox")).unwrap();
        for which in ["one", "two"] {
            let text = format!(
                "FROM scratch\nCOPY busybox /bin/busybox\nENV WHICH={which}\nSTOPSIGNAL SIGKILL\nCMD [\"/bin/busybox\", \"sleep\", \"100000\"]\n"
            );
            std::fs::write(context.path().join("Dockerfile"), text).unwrap();
            let name = format!("{MADE_AS}:{which}");
            let folder = context.path().to_str().unwrap();
            docker(&["build", "--no-cache", "-q", "-t", &name, folder]);
        }
    });
    for which in ["one", "two"] {
        let made = format!("{MADE_AS}:{which}");
        docker(&["tag", &made, &format!("{project}-image:{which}")]);
    }
}
