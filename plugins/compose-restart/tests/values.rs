//! A service and a container of which a test names only what it is about.

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

/// One container of it is wanted.
pub fn service(name: &str) -> Service {
    Service {
        name: name.into(),
        configuration: String::new(),
        configuration_but_commit: String::new(),
        compose_version: String::new(),
        replicas: 1,
        image: String::new(),
        image_id: None,
        build: None,
        build_configuration: String::new(),
        mounts: vec![],
        restart: String::new(),
        health: false,
        depends_on: vec![],
        shares: vec![],
        volumes_from: vec![],
        networks: vec![],
    }
}

/// Of the service `app`.
pub fn container(id: &str, state: &str) -> Container {
    Container {
        id: id.into(),
        name: String::new(),
        project: String::new(),
        service: "app".into(),
        image: String::new(),
        state: state.into(),
        health: None,
        exit_code: 0,
        restart_count: 0,
        started_at: String::new(),
        shares: vec![],
        networks: vec![],
        config_files: vec![],
        compose_version: String::new(),
    }
}
