#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_version_is_known_while_the_program_stays() {
    let state = tempfile::tempdir().unwrap();
    let program = state.path().join("program");
    fs::write(&program, b"\x7fELF one").unwrap();
    let versions = ProgramVersions::of(state.path());
    assert_eq!(versions.known(&program), None);
    versions.remember(&program, "1.0");
    let again = ProgramVersions::of(state.path());
    assert_eq!(again.known(&program).unwrap(), "1.0");

    fs::write(state.path().join("new"), b"\x7fELF two").unwrap();
    fs::rename(state.path().join("new"), &program).unwrap();
    assert_eq!(again.known(&program), None);
}

#[test]
fn a_script_and_a_broken_file_are_not_believed() {
    let state = tempfile::tempdir().unwrap();
    let script = state.path().join("script");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    let versions = ProgramVersions::of(state.path());
    versions.remember(&script, "1.0");
    assert_eq!(versions.known(&script), None);
    fs::write(state.path().join("programs.json"), "{").unwrap();
    assert_eq!(versions.known(&script), None);
    ProgramVersions::of(Path::new("/nowhere")).remember(Path::new("/bin/true"), "1.0");
}
