//! Which containers are waited for.

use compose_restart::settle::started;
use deployhost_plugin::containers::Container;

fn container(id: &str, state: &str) -> Container {
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
        config_files: vec![],
        config_hash: String::new(),
        compose_version: String::new(),
    }
}

#[test]
fn what_an_earlier_start_left_is_not_waited_for_and_what_fell_at_once_is() {
    let old = container("old", "created");
    for (now, watched) in [
        (vec![old.clone(), container("new", "running")], vec!["new"]),
        (vec![old.clone(), container("new", "exited")], vec!["new"]),
        (vec![container("old", "running")], vec!["old"]),
        (vec![old.clone()], vec!["old"]),
    ] {
        let started = started(&now, "app", &[&old]);
        let ids: Vec<&str> = started.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, watched);
    }
}
