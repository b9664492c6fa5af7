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
    assert_eq!(sensitive.scrub("secretsecret2"), "[hidden]");
}

#[test]
fn a21_a_name_stays_where_a_variable_has_a_part_of_it_as_its_value() {
    let mut sensitive = SensitiveValues::default();
    sensitive.add_variables("POSTGRES_DB=shopdb\nPASSWORD=hunter22\nLONG=shopdb-hunter22-x\n");
    for name in ["shopdb", "p_shopdb_data"] {
        sensitive.keep_name(name);
    }
    assert_eq!(
        sensitive.scrub("volume p_shopdb_data of shopdb: hunter22, shopdb-hunter22-x"),
        "volume p_shopdb_data of shopdb: [hidden], [hidden]"
    );
}
