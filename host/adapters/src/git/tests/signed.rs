//! Who signed a commit.

use std::os::unix::fs::PermissionsExt;

use super::*;
use deployhost_runtime::capability::git::Signature;

/// A new key without a passphrase; what an allowed-signers file says of it.
fn key(fixture: &GitFixture, name: &str) -> String {
    let path = fixture.at(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    format!("{name}@example.org {public}")
}

fn signed_commit(fixture: &GitFixture, key: &str) -> CommitId {
    let key = format!("user.signingKey={}", fixture.at(key).display());
    let config = ["-c", "gpg.format=ssh", "-c", &key];
    let commit = ["commit", "-q", "--allow-empty", "-S", "-m", "Signed"];
    git(&fixture.author(), &[&config[..], &commit[..]].concat());
    fixture.push()
}

/// The commit with these words of it changed; what signed it stays.
fn changed(fixture: &GitFixture, commit: &CommitId, from: &str, to: &str) -> CommitId {
    let author = fixture.author();
    let text = git(&author, &["cat-file", "commit", commit.as_str()]);
    assert!(text.contains(from), "{text}");
    let file = fixture.at("object");
    fs::write(&file, text.replace(from, to) + "\n").unwrap();
    let file = file.to_str().unwrap();
    let id = git(&author, &["hash-object", "-t", "commit", "-w", file]);
    git(&author, &["reset", "-q", "--hard", &id]);
    fixture.push()
}

async fn verify(fixture: &GitFixture, commit: &CommitId, signers: &str) -> Signature {
    fixture.fetch().await.unwrap();
    let (tree, origin) = (fixture.tree(), fixture.origin());
    let verified = fixture.program.verify(&tree, &origin, commit, signers);
    let signature = verified.await.unwrap();
    let home = fs::read_dir(fixture.at("state/home")).unwrap();
    assert_eq!(home.count(), 0, "the list is gone again");
    signature
}

fn status(signature: &Signature) -> (&str, &str) {
    (&signature.status, &signature.kind)
}

#[tokio::test]
async fn a_commit_signed_with_an_allowed_key_is_good() {
    let fixture = GitFixture::new();
    let (ada, eve) = (key(&fixture, "ada"), key(&fixture, "eve"));
    let commit = signed_commit(&fixture, "ada");

    let good = verify(&fixture, &commit, &format!("{eve}{ada}")).await;
    assert_eq!(status(&good), ("good", "ssh"));
    assert_eq!(good.signer, "ada@example.org");
    assert!(good.key.starts_with("SHA256:"), "{good:?}");

    for others in [eve.as_str(), ""] {
        let unknown = verify(&fixture, &commit, others).await;
        assert_eq!(status(&unknown), ("unknown-signer", "ssh"));
        assert_eq!((unknown.signer.as_str(), &unknown.key), ("", &good.key));
    }
    let tampered = changed(&fixture, &commit, "Signed", "Another");
    let bad = verify(&fixture, &tampered, &ada).await;
    assert_eq!(status(&bad), ("bad", "ssh"));
    let bad = verify(&fixture, &tampered, &eve).await;
    assert_eq!(status(&bad), ("bad", "ssh"));
}

#[tokio::test]
async fn what_is_not_signed_and_what_cannot_be_checked_are_told_apart() {
    let fixture = GitFixture::new();
    let ada = key(&fixture, "ada");
    let missing = verify(&fixture, &fixture.first, &ada).await;
    assert_eq!(status(&missing), ("missing", ""));

    // Whatever program a repository names for the other kinds, it is not started.
    let ran = fixture.at("ran");
    let program = fixture.at("program");
    write(&program, &format!("#!/bin/sh\ntouch {}\n", ran.display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for key in ["gpg.program", "gpg.x509.program", "gpg.ssh.program"] {
        let program = program.to_str().unwrap();
        git(&fixture.at("tree"), &["config", key, program]);
    }
    let signed = signed_commit(&fixture, "ada");
    for (head, kind) in [
        ("-----BEGIN PGP SIGNATURE-----", "openpgp"),
        ("-----BEGIN SIGNED MESSAGE-----", "x509"),
    ] {
        let other = changed(&fixture, &signed, "-----BEGIN SSH SIGNATURE-----", head);
        let unsupported = verify(&fixture, &other, &ada).await;
        assert_eq!(status(&unsupported), ("unsupported", kind));
    }
    assert!(!ran.exists());
}

#[tokio::test]
async fn a_commit_that_was_not_fetched_is_no_unsigned_one() {
    let fixture = GitFixture::new();
    fixture.fetch().await.unwrap();
    let absent = CommitId::parse(&"1".repeat(40)).unwrap();
    let (tree, origin) = (fixture.tree(), fixture.origin());
    let verified = fixture.program.verify(&tree, &origin, &absent, "").await;
    let error = verified.unwrap_err();
    assert_eq!(error.kind, CapabilityErrorKind::NotFound, "{error:?}");
    assert_eq!(error.diagnostic.code.as_str(), "git.commit-missing");
}
