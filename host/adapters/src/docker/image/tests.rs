use super::plain;

#[test]
fn a_name_leads_nowhere_else() {
    for good in [
        "a",
        "localhost:5000/a/b:v1.2",
        "a@sha256:00",
        "30_docker_app",
    ] {
        assert!(plain(good), "{good}");
    }
    for bad in [
        "",
        "a/../b",
        "../containers/x",
        "a?b",
        "a b",
        "a//b",
        "/a",
        "a#",
        "a%2e",
    ] {
        assert!(!plain(bad), "{bad}");
    }
}
