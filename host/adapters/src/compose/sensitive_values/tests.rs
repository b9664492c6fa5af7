#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn values_are_taken_out_names_stay() {
    let text = "
services:
  a: { image: name-of-image, environment: { TOKEN: s3$$cret-xyz, N: 12345678 } }
  b: { environment: [\"PASSWORD=hunter22\"], build: { args: { KEY: buildkey } } }
configs: { c: { content: inline-content } }";
    let mut sensitive = SensitiveValues::default();
    sensitive.add_values(&serde_yaml_ng::from_str(text).unwrap());
    sensitive.add_variables("A=\"from-env\"\n# none\nB=x\n");
    let line = "TOKEN s3$cret-xyz s3$$cret-xyz 12345678 hunter22 buildkey inline-content from-env name-of-image x";
    let h = "[hidden]";
    assert_eq!(
        sensitive.scrub(line),
        format!("TOKEN {h} {h} {h} {h} {h} {h} {h} name-of-image x")
    );
}

#[test]
fn a_value_that_holds_another_leaves_no_rest() {
    let mut sensitive = SensitiveValues::default();
    sensitive.add_variables("A=secret\nB=secretsecret2\n");
    let mut all = SensitiveValues::default();
    all.merge(&sensitive);
    assert_eq!(all.scrub("secretsecret2"), "[hidden]");
}
