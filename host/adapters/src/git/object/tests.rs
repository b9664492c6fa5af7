use super::*;

fn commit(content: &[u8]) -> Commit {
    Object {
        id: "1".into(),
        kind: "commit".into(),
        content: content.to_vec(),
    }
    .commit()
}

#[test]
fn a_commit_as_git_stores_it() {
    let read = commit(
        b"tree 1\nparent 2\nauthor Ad\xc3\xa8le <x> y <a@b> 1 +0000\ncommitter C <c@d> 1700000000 +0200\n\nFix \"it\" ${x}\n\nauthor Nobody <n>\n",
    );
    assert_eq!(
        (read.subject.as_str(), read.author.as_str()),
        ("Fix \"it\" ${x}", "Adèle <x> y")
    );
    assert_eq!(read.at, Some(1_700_000_000_000));
}

#[test]
fn a_commit_in_latin_1_and_one_without_a_message() {
    let read = commit(b"tree 1\nauthor \xc9mile <e@x> 1 +0000\nencoding ISO-8859-1\n\n\xe9t\xe9\n");
    assert_eq!(
        (read.subject.as_str(), read.author.as_str()),
        ("été", "Émile")
    );
    let read = commit(b"tree 1\nauthor A <e@x> 1 +0000\n\n");
    assert_eq!((read.subject.as_str(), read.author.as_str()), ("", "A"));
    assert_eq!(read.at, None);
    assert_eq!(commit(b"").subject, "");
}
