#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn delete(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0).unwrap();
}

struct Case {
    _machine: TempDir,
    at: PathBuf,
    view: FileView,
}

/// A tree, a file beside it, and a layer over the tree.
fn case(layer: impl Fn(&Path)) -> Case {
    let machine = tempfile::tempdir().unwrap();
    let at = machine.path().canonicalize().unwrap();
    write(&at.join("beside"), "beside");
    for path in ["same", "changed", "gone", "app/one", "app/two", "file"] {
        write(&at.join("tree").join(path), path);
    }
    let drawing = Drawing::begin().unwrap();
    layer(&drawing.layer);
    Case {
        view: FileView::moved(at.join("tree"), drawing),
        at,
        _machine: machine,
    }
}

impl Case {
    fn text(&self, path: &str) -> Option<String> {
        let bytes = self.view.read(&self.at.join(path), 100).ok()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    fn leads_to(&self, path: &str) -> Option<PathBuf> {
        let real = self.view.canonicalize(&self.at.join(path)).ok()?;
        Some(real.strip_prefix(&self.at).unwrap_or(&real).to_owned())
    }
}

#[test]
fn what_changes_is_seen_as_it_will_be() {
    let case = case(|layer| {
        write(&layer.join("changed"), "other");
        write(&layer.join("new/file"), "new");
        write(&layer.join("file/now/a/folder"), "below");
        delete(&layer.join("gone"));
        delete(&layer.join("app/one"));
    });
    let seen = |path: &str| case.text(path).unwrap_or_default();
    assert_eq!(seen("tree/same"), "same");
    assert_eq!(seen("tree/changed"), "other");
    assert_eq!(seen("tree/new/file"), "new");
    assert_eq!(seen("tree/file/now/a/folder"), "below");
    assert_eq!(seen("tree/app/two"), "app/two");
    assert_eq!(seen("tree/app/../changed"), "other");
    assert_eq!(seen("beside"), "beside");
    for gone in ["tree/gone", "tree/app/one", "tree/changed/x", "tree/no"] {
        assert_eq!(case.text(gone), None, "{gone}");
        assert_eq!(case.leads_to(gone), None, "{gone}");
    }
    assert!(
        case.view
            .metadata(&case.at.join("tree/app"))
            .unwrap()
            .is_dir()
    );
    assert!(case.view.metadata(&case.at.join("tree")).unwrap().is_dir());
}

#[test]
fn a_symlink_leads_where_it_will() {
    let case = case(|layer| {
        symlink("app", layer.join("link")).unwrap();
        symlink("/etc", layer.join("away")).unwrap();
        symlink("../beside", layer.join("changed")).unwrap();
        symlink("loop", layer.join("loop")).unwrap();
        write(&layer.join("app/one"), "other");
        delete(&layer.join("app/two"));
    });
    assert_eq!(
        case.leads_to("tree/link/one").unwrap(),
        Path::new("tree/app/one")
    );
    assert_eq!(case.text("tree/link/one").unwrap(), "other");
    assert_eq!(case.text("tree/link/two"), None);
    assert_eq!(case.leads_to("tree/changed").unwrap(), Path::new("beside"));
    let away = case.leads_to("tree/away/passwd").unwrap();
    assert_eq!(away, Path::new("/etc/passwd"));
    assert_eq!(case.leads_to("tree/loop"), None);
}

#[test]
fn a_folder_that_loses_all_its_files_is_gone() {
    let both = |layer: &Path| {
        delete(&layer.join("app/one"));
        delete(&layer.join("app/two"));
    };
    let gone = case(both);
    assert!(gone.view.metadata(&gone.at.join("tree/app")).is_err());
    let kept = case(both);
    // Git leaves what it does not know.
    write(&kept.at.join("tree/app/own"), "untracked");
    assert!(
        kept.view
            .metadata(&kept.at.join("tree/app"))
            .unwrap()
            .is_dir()
    );
    let filled = case(|layer| {
        both(layer);
        write(&layer.join("app/three"), "new");
    });
    assert!(
        filled
            .view
            .metadata(&filled.at.join("tree/app"))
            .unwrap()
            .is_dir()
    );
}
