#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_project_name_is_what_compose_takes() {
    for good in ["30_docker", "a", "a-b_c", "0"] {
        assert_eq!(ProjectName::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "-a",
        "_a",
        "A",
        "a b",
        "a.b",
        "ä",
        "a\n",
        &"a".repeat(101),
    ] {
        assert!(ProjectName::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_folder_names_its_project() {
    let of = |path| ProjectName::of_folder(Path::new(path)).map(|name| name.0);
    assert_eq!(of("/srv/30_docker").unwrap(), "30_docker");
    assert_eq!(of("/srv/Mange ta.Main").unwrap(), "mangetamain");
    assert!(of("/srv/...").is_err());
    assert!(of("/").is_err());
    assert!(of("/srv/_x").is_err());
}

#[test]
fn a_service_name_is_never_an_option() {
    for good in ["app", "App.v2", "a_b-c", "_x"] {
        assert_eq!(ServiceName::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "-rf", "--build", "a b", "a/b", "a,b", "a=1", "é"] {
        assert!(ServiceName::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_file_is_absolute_and_plain() {
    let file = ComposeFile::new("/srv//app/./compose.yml").unwrap();
    assert_eq!(file.path(), Path::new("/srv/app/compose.yml"));
    assert_eq!(file.folder(), Path::new("/srv/app"));
    for bad in [
        "",
        "a.yml",
        "./a.yml",
        "/a/../b.yml",
        "/",
        "/a/",
        "/a,b.yml",
        "/a\nb",
        "-f",
    ] {
        assert!(ComposeFile::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_profile_is_a_word_and_a_variable_is_the_files_own() {
    assert_eq!(ProfileName::new("dev.2-x").unwrap().as_str(), "dev.2-x");
    for bad in ["", "*", "-x", ".x", "a b", "a\n"] {
        assert!(ProfileName::new(bad).is_err(), "{bad:?}");
    }
    let variable = ComposeVariable::new("_TAG2", "it's ${x} # 1").unwrap();
    assert_eq!(
        (variable.name(), variable.value()),
        ("_TAG2", "it's ${x} # 1")
    );
    for bad in [
        "",
        "2A",
        "A B",
        "A=B",
        "É",
        "PATH",
        "COMPOSE_FILE",
        "DOCKER_HOST",
        "LD_PRELOAD",
    ] {
        assert!(ComposeVariable::new(bad, "x").is_err(), "{bad:?}");
    }
    for bad in ["a\nb", "a\rb", "a\0b"] {
        assert!(ComposeVariable::new("A", bad).is_err(), "{bad:?}");
    }
}

#[test]
fn an_image_id_and_a_commit_are_digits() {
    let id = format!("sha256:{}", "0a".repeat(32));
    assert_eq!(ImageId::new(&id).unwrap().short(), "0a0a0a0a0a0a");
    for bad in [
        "",
        "sha256:",
        "alpine",
        &id[1..],
        &id[..70],
        &id.to_uppercase(),
    ] {
        assert!(ImageId::new(bad).is_err(), "{bad:?}");
    }
    assert!(commit("0123abc").is_ok());
    for bad in ["", "main", "012", "0123ABC", "--x"] {
        assert!(commit(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn what_is_refused_is_shown_escaped() {
    let error = ServiceName::new("a\u{1b}[31m").unwrap_err();
    assert!(error.message.starts_with("`a\\u{1b}[31m`"), "{error}");
}
