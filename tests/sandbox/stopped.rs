//! A run that is being stopped ends its call: at once where the plugin listens, after 5 s where not.

use std::time::{Duration, Instant};

use deployhost_runtime::sandbox::{CallError, Failure};

use super::yard::Yard;

#[test]
fn a_sleep_ends_at_once() {
    let yard = Yard::default();
    yard.stop_after(200);
    let began = Instant::now();
    let answer = yard.apply(r#"{"do": "sleep", "n": 25000}"#).unwrap();
    assert!(
        matches!(&answer, Err(Failure::Permanent(why)) if why == "stopped"),
        "{answer:?}"
    );
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(200) && took < Duration::from_secs(2),
        "{took:?}"
    );
}

#[test]
fn one_that_does_not_listen_has_five_seconds() {
    let mut yard = Yard::default();
    yard.limits.cpu = Duration::from_secs(60);
    yard.stop_after(200);
    let began = Instant::now();
    assert_eq!(yard.fault(r#"{"do": "deaf"}"#), CallError::Stopped);
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(5_200) && took < Duration::from_secs(7),
        "{took:?}"
    );
}

#[test]
fn one_that_computes_has_no_more_than_that() {
    let mut yard = Yard::default();
    yard.limits.cpu = Duration::from_secs(60);
    yard.stop_after(0);
    let began = Instant::now();
    assert_eq!(yard.fault(r#"{"do": "loop"}"#), CallError::Stopped);
    assert!(began.elapsed() < Duration::from_secs(7));
}
