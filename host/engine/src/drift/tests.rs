use super::*;

fn acts(whats: &[&str]) -> Vec<Act> {
    whats
        .iter()
        .map(|what| Act {
            what: (*what).into(),
            why: String::new(),
        })
        .collect()
}

#[test]
fn what_was_shown_covers_what_comes() {
    for (shown, now, left) in [
        (&["restart app"][..], &["restart app"][..], &[][..]),
        (&["restart app"], &[], &[]),
        (&[], &["restart app"], &["restart app"]),
        (&["restart app"], &["recreate app"], &["recreate app"]),
        (&["at most: recreate app"], &["restart app"], &[]),
        (&["at most: recreate app"], &["at most: restart app"], &[]),
        (
            &["at most: recreate app"],
            &["recreate db"],
            &["recreate db"],
        ),
        (
            &["restart app"],
            &["at most: recreate app"],
            &["at most: recreate app"],
        ),
        (
            &["at most: recreate app", "restart db"],
            &["restart db", "restart app"],
            &[],
        ),
        (&["at most: "], &["at most:  "], &["at most:  "]),
        (&["at most: "], &[""], &[""]),
        (&["at most: recreate app"], &["app-db"], &["app-db"]),
    ] {
        assert_eq!(
            find_drift(&acts(shown), &acts(now)),
            acts(left),
            "{shown:?} {now:?}"
        );
    }
}
