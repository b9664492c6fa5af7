#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use deployhost_runtime::capability::compose::ComposeFile;

fn read(output: &str, version: &str) -> Model {
    let program = Program {
        command: vec![],
        version: version.into(),
    };
    let project = Project::new(
        vec![ComposeFile::new("/srv/compose.yml").unwrap()],
        ProjectName::new("shop").unwrap(),
        None,
        None,
    );
    let with = RenderedWith {
        key: &[7; 32],
        commit: Some("0123abc"),
        variables: b"",
    };
    Model::read(output.as_bytes(), &program, &project.unwrap(), &with)
        .ok()
        .unwrap()
}

const FIRST: &str = r#"
secrets: { key: { file: /srv/key.pem }, out: { external: true } }
configs: { conf: { file: /srv/a.conf } }
services:
  app:
    build: { context: /srv/app, dockerfile: ../Dockerfile.app }
    depends_on: { db: { condition: service_started } }
    environment: { TOKEN: s3$$cret }
    healthcheck: { test: [CMD, "true"] }
    restart: "no"
    secrets: [{ source: key }, { source: out }]
    configs: [conf]
    volumes:
    - /srv/da$$ta:/data:rw
    - named:/named:rw
    - /anonymous
    - { type: bind, source: /srv/long, target: /x }
    - { type: volume, source: /srv/not, target: /y }
    - /srv/long:/again:ro
  db: { image: postgres, healthcheck: { interval: 5s }, depends_on: [app] }
  off: { image: postgres, healthcheck: { disable: true } }
  none: { image: postgres, healthcheck: { test: ["NONE"] } }
"#;

#[test]
fn the_first_compose_is_read() {
    let model = read(FIRST, "1.29.2");
    let app = &model.services["app"];
    assert_eq!(app.image, "shop_app");
    let mounts: Vec<_> = app
        .mounts
        .iter()
        .map(|it| (it.path.to_str().unwrap(), it.usage))
        .collect();
    assert_eq!(
        mounts,
        [
            ("/srv/da$ta", MountUse::Writable),
            ("/srv/long", MountUse::Writable),
            ("/srv/key.pem", MountUse::Definition),
            ("/srv/a.conf", MountUse::Definition),
        ]
    );
    let build = app.build.as_ref().unwrap();
    assert_eq!(build.context, "/srv/app");
    assert_eq!(build.others, [Path::new("/srv/app/../Dockerfile.app")]);
    assert_eq!(
        (app.restart.as_str(), app.health),
        ("no", HealthSource::File)
    );
    assert_eq!(app.depends_on[0].service, "db");
    let db = &model.services["db"];
    assert_eq!(
        (db.image.as_str(), db.health, db.build.is_none()),
        ("postgres", HealthSource::Image, true)
    );
    assert_eq!(db.depends_on[0].service, "app");
    assert_eq!(model.services["off"].health, HealthSource::Nobody);
    assert_eq!(model.services["none"].health, HealthSource::Nobody);
    assert_eq!(model.sensitive.scrub("s3$cret"), "[hidden]");
}

#[test]
fn its_successors_are_read() {
    let json = r#"{"name":"shop","services":{"app":{"build":{"context":"/srv/app","dockerfile":"Dockerfile","additional_contexts":{"lib":"/srv/lib","base":"docker-image://x"}},
            "depends_on":{"db":{"condition":"service_started","required":true}},"command":null,
            "environment":{"TOKEN":"s3cret\u00e9-😀"},"healthcheck":null,
            "volumes":[{"type":"bind","source":"/srv/data","target":"/data","read_only":true,"bind":{"create_host_path":true}},
                       {"type":"volume","source":"named","target":"/n","volume":{}}],
            "secrets":[{"source":"key","target":"/run/secrets/key"}]}},
            "secrets":{"key":{"name":"shop_key","file":"/srv/key.pem"}},
            "volumes":{"named":{"name":"shop_named","driver_opts":{"type":"none","o":"bind","device":"/srv/device"}}}}"#;
    let model = read(json, "2.27.0");
    let app = &model.services["app"];
    assert_eq!(app.image, "shop-app");
    let mounts = app
        .mounts
        .iter()
        .map(|it| (it.path.to_str().unwrap(), it.usage));
    assert_eq!(
        mounts.collect::<Vec<_>>(),
        [
            ("/srv/data", MountUse::ReadOnly),
            ("/srv/device", MountUse::Writable),
            ("/srv/key.pem", MountUse::Definition),
        ]
    );
    assert_eq!(app.build.as_ref().unwrap().others, [Path::new("/srv/lib")]);
    assert_eq!(app.health, HealthSource::Image);
    assert_eq!(model.sensitive.scrub("s3creté-😀"), "[hidden]");
}

#[test]
fn what_a_build_is_told_changes_its_digest() {
    let digest = |args: &str| {
        let text =
            format!("services: {{ a: {{ build: {{ context: /a, args: {{ V: {args} }} }} }} }}");
        read(&text, "1.29.2").services["a"]
            .build
            .as_ref()
            .unwrap()
            .configuration
            .clone()
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("two"));
}

/// The first Compose leaves a link out whose service is not there yet.
#[test]
fn a_linked_service_comes_first() {
    let text = r#"{"services":{
        "web":{"image":"a","links":["db:base","cache"],"depends_on":{"cache":{"condition":"service_started"}}},
        "db":{"image":"b"},"cache":{"image":"c"}}}"#;
    for version in ["1.29.2", "2.40.3"] {
        let model = read(text, version);
        let needed = model.services["web"].depends_on.iter();
        let needed: Vec<&str> = needed.map(|it| it.service.as_str()).collect();
        assert_eq!(needed, ["cache", "db"], "{version}");
    }
}
