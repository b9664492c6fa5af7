use super::*;

fn program(version: &str) -> Program {
    Program {
        command: vec![],
        version: version.into(),
    }
}

#[test]
fn what_made_the_containers_goes_on() {
    let both = [program("2.27.0"), program("1.29.2")];
    let chosen = |made_by| choose(&both, made_by).map(|program| program.version.as_str());
    assert_eq!(chosen(Some("1.29.2")), Some("1.29.2"));
    assert_eq!(chosen(Some("2.3.0")), Some("2.27.0"));
    assert_eq!(chosen(Some("5.0.1")), Some("2.27.0"));
    assert_eq!(chosen(None), Some("2.27.0"));
}

#[test]
fn one_that_is_not_here_is_not_chosen() {
    let old = [program("1.29.2")];
    let new = [program("2.27.0")];
    assert_eq!(choose(&old, Some("2.3.0")), Some(&old[0]));
    assert_eq!(choose(&new, Some("1.29.2")), Some(&new[0]));
    assert_eq!(choose(&[], None), None);
}
