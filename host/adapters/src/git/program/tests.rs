use super::*;

#[test]
fn an_object_folder_is_quoted_for_git() {
    assert_eq!(quoted(Path::new("/a:b")), "\"/a:b\"");
    assert_eq!(quoted(Path::new("/a\"\\")), "\"/a\\\"\\\\\"");
}

#[test]
fn gits_words_become_one_line() {
    let finished = |said: &str| Finished {
        code: Some(128),
        out: Vec::new(),
        cut: false,
        stderr: said.into(),
    };
    assert_eq!(words(&finished("fatal: no\n\nhint: try\n")), "fatal: no");
    assert_eq!(words(&finished("a\u{1b}[2Jb\n")), "a [2Jb");
    assert_eq!(words(&finished("")), "exit code 128");
}
