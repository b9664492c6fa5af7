#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::configuration::RenderedWith;
use super::super::model::Model;
use super::super::program::Program;
use super::*;
use deployhost_runtime::capability::compose::{ComposeFile, Project};

/// As the newest Compose renders it.
const RENDERED: &str = r#"
services:
  web:
    image: shop:2
    environment: { MODE: prod, TOKEN: "pa$$word", PASSED: null }
    ports:
      - { mode: ingress, host_ip: 127.0.0.1, target: 80, published: "8080", protocol: tcp }
      - { mode: ingress, target: 443, protocol: tcp }
    volumes:
      - { type: volume, source: data, target: /data }
      - { type: bind, source: /srv/app/site, target: /site }
    secrets: [{ source: key }]
    networks: { default: null }
    restart: always
networks: { default: { name: shop_default } }
volumes: { data: { name: shop_data } }
secrets: { key: { file: /srv/app/key } }
"#;

/// The service `web` of what the first Compose rendered: it writes YAML.
fn wanted(text: &str) -> ServiceModel {
    let program = Program {
        command: vec![],
        version: "1.29.2".into(),
    };
    let file = ComposeFile::new("/srv/app/compose.yml").unwrap();
    let name = ProjectName::new("shop").unwrap();
    let project = Project::new(vec![file], name, None, None).unwrap();
    let with = RenderedWith {
        key: &[7; 32],
        commit: None,
        variables: b"",
    };
    let model = Model::read(text.as_bytes(), &program, &project, &with);
    model.ok().unwrap().services.remove("web").unwrap()
}

fn made() -> MadeContainer {
    let pairs = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    };
    let on = Some("127.0.0.1".parse().unwrap());
    let port = TakenPort {
        on,
        port: 8080,
        protocol: "tcp".into(),
    };
    MadeContainer {
        name: "shop-web-1".into(),
        by_compose: true,
        image: "shop:2".into(),
        image_id: "sha256:two".into(),
        environment: pairs(&[("MODE", "prod"), ("TOKEN", "pa$word")]),
        labels: BTreeMap::new(),
        command: None,
        entrypoint: None,
        user: String::new(),
        ports: BTreeMap::from([("80/tcp".into(), vec![port])]),
        mounts: pairs(&[
            ("/data", "shop_data"),
            ("/site", "/srv/app/site"),
            ("/run/secrets/key", "/srv/app/key"),
            ("/cache", &"ab".repeat(32)),
        ]),
        networks: BTreeSet::from(["shop_default".into()]),
        restart: "always".into(),
    }
}

fn told(found: &MadeContainer) -> Vec<String> {
    wanted(RENDERED).differences(found, Some("sha256:two")).told
}

#[test]
fn one_of_these_very_files_differs_in_nothing_but_what_is_passed_on() {
    assert_eq!(told(&made()), ["environment with PASSED"]);
}

#[test]
fn each_difference_is_told_by_its_name_and_no_value_is() {
    let mut found = made();
    found.image = "shop:1".into();
    found.environment.insert("TOKEN".into(), "secret".into());
    found.environment.insert("DEBUG".into(), "1".into());
    found.ports.values_mut().for_each(|it| it[0].port = 9090);
    found.mounts.insert("/site".into(), "/home/me/site".into());
    found.mounts.insert("/more".into(), "/home/me/more".into());
    found.networks = BTreeSet::from(["bridge".into()]);
    found.command = Some(vec!["serve".into()]);
    found.user = "www".into();
    found.restart = "no".into();
    assert_eq!(
        told(&found),
        [
            "image shop:1 becomes shop:2",
            "port 127.0.0.1:9090/tcp no longer published",
            "port 127.0.0.1:8080/tcp published",
            "environment without DEBUG, with PASSED, another value of TOKEN",
            "/home/me/more no longer mounted at /more",
            "/home/me/site at /site becomes /srv/app/site",
            "network bridge no longer connected",
            "network shop_default connected",
            "its own command becomes the image's",
            "user www becomes of the image",
            "restart no becomes always",
        ]
    );
}

#[test]
fn a_volume_that_another_takes_the_place_of_is_named() {
    let mut found = made();
    found.mounts.insert("/data".into(), "old_data".into());
    let differs = wanted(RENDERED).differences(&found, None);
    assert_eq!(differs.volumes, [("old_data".into(), "shop_data".into())]);
}

#[test]
fn the_first_compose_writes_it_shorter() {
    let wanted = wanted(
        "services: { web: { image: shop:2, ports: ['127.0.0.1:8080:80/tcp', '443'], volumes: ['data:/data:rw', '/srv/app/site:/site:ro'], networks: null, restart: always, environment: { MODE: prod, TOKEN: pa$$word }, secrets: [key] } }\nvolumes: { data: {} }",
    );
    let mut found = made();
    found.mounts.insert("/data".into(), "shop_data".into());
    assert_eq!(
        wanted.differences(&found, Some("sha256:two")).told,
        Vec::<String>::new()
    );
    assert_eq!(wanted.wanted.ports.len(), 1);
}
