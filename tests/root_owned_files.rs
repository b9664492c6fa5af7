//! The repository that is inherited: preprod, production and Docker files as folders of one tree,
//! and containers that write into it as root, for a deployer who is not.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use crate::fixture::Fixture;
use crate::fixture::compose::services;

const DEPLOYER: u32 = 12_345;
const SOCKET: &str = "/var/run/docker.sock";

#[test]
fn what_its_containers_wrote_as_root_is_left_alone() {
    let mut fixture = Fixture::new("inherited");
    fixture
        .plan
        .set("app", "file", "\"site/30_docker/docker-compose-prod.yml\"");
    fixture.plan.set("app", "services", "[\"prod\"]");
    let writes = "command: [\"/bin/busybox\", \"sh\", \"-c\", \"busybox mkdir -p /site/__pycache__ && \
        busybox touch /site/__pycache__/main.pyc /site/uv.lock && exec busybox sh /serve\"]";
    let prod = [
        "ports: [\"127.0.0.1:@PORT@:8080\"]",
        "volumes: [\"../20_prod/streamlit:/site\"]",
        writes,
    ];
    let preprod = ["volumes: [\"../10_preprod/src:/site\"]", writes];
    fixture.commit(
        "Blue",
        &[
            ("10_preprod/src/main.py", "colour blue\n"),
            ("20_prod/streamlit/main.py", "colour blue\n"),
            (
                "30_docker/docker-compose-preprod.yml",
                &services(&[("preprod", &preprod)]),
            ),
            (
                "30_docker/docker-compose-prod.yml",
                &services(&[("prod", &prod)]),
            ),
        ],
    );
    let deployer = become_another(&mut fixture);
    fixture.run().exits(0).says("create prod");
    let page = fixture.page();
    assert!(page.contains("colour blue"), "{page}");
    let written = fixture
        .tree()
        .join("20_prod/streamlit/__pycache__/main.pyc");
    assert_eq!(written.metadata().unwrap().uid(), 0);
    assert_eq!(
        fixture
            .tree()
            .join("20_prod/streamlit/main.py")
            .metadata()
            .unwrap()
            .uid(),
        deployer
    );

    // Production's own files change, then preprod's, which production does not read.
    fixture.commit("Red", &[("20_prod/streamlit/main.py", "colour red\n")]);
    fixture.run().exits(0).says("restart prod");
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
    assert!(written.is_file());
    let before = fixture.container("prod");

    fixture.commit("Preprod", &[("10_preprod/src/main.py", "colour green\n")]);
    fixture.run().exits(0).never_says("restart prod");
    assert_eq!(fixture.container("prod"), before);

    // What a Compose file will be is seen by such a user too.
    let environment = "environment: { GREETING: hello }";
    let prod = [prod.as_slice(), &[environment]].concat();
    let file = "30_docker/docker-compose-prod.yml";
    fixture.commit("Greet", &[(file, &services(&[("prod", &prod)]))]);
    fixture
        .run_with(&["--dry-run"])
        .exits(0)
        .says("recreate prod — its configuration in the Compose file changed");
    fixture.run().exits(0);
    let before = fixture.container("prod");

    // A commit that brings what a container has already written would overwrite it: refused by name,
    // before anything moves.
    let head = fixture.head();
    fixture.commit("Lock", &[("20_prod/streamlit/uv.lock", "locked\n")]);
    fixture.run().exits(3).says("20_prod/streamlit/uv.lock");
    assert_eq!(fixture.head(), head);
    assert_eq!(fixture.container("prod"), before);
}

/// Makes the program run as a user who may use Docker and nothing else; the user's id. Where the
/// tests run as such a user already, that one.
fn become_another(fixture: &mut Fixture) -> u32 {
    let me = fixture.path("").metadata().unwrap().uid();
    if me != 0 {
        return me;
    }
    let group = Path::new(SOCKET).metadata().unwrap().gid();
    // The tests' own folders may be closed to others.
    let (program, plugins) = (fixture.path("deployhost"), fixture.path("plugins"));
    std::fs::copy(&fixture.program, &program).unwrap();
    std::fs::create_dir(&plugins).unwrap();
    for plugin in std::fs::read_dir(crate::support::program::plugins()).unwrap() {
        let plugin = plugin.unwrap();
        std::fs::copy(plugin.path(), plugins.join(plugin.file_name())).unwrap();
    }
    fixture.program = program;
    fixture.plugins = plugins;
    fixture.user = Some((DEPLOYER, group));
    give(&fixture.path(""), DEPLOYER, group);
    DEPLOYER
}

fn give(path: &Path, user: u32, group: u32) {
    chown(path, Some(user), Some(group)).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user, group);
        }
    }
}
