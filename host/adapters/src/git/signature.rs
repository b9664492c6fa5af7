//! Who signed a commit, held against a list of allowed signers.
//!
//! Only signatures made with ssh keys are checked, by `ssh-keygen`. The programs of the other kinds
//! are never started.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::object::Object;
use super::problem::refused_by_system;
use super::program::{GitCommand, installed};
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{CommitId, Signature};
use deployhost_runtime::redaction_scope::redact_in_scope;

const PROGRAM: &str = "ssh-keygen";
/// Longest signer that is told, in bytes.
const TEXT: usize = 1024;

/// What a commit is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignatureKind {
    Ssh,
    OpenPgp,
    X509,
    Unknown,
}

impl SignatureKind {
    /// None: the commit is not signed.
    fn of(commit: &Object) -> Option<Self> {
        // The other name is for a signature of the same commit in the other object format.
        let name: &[u8] = match commit.id.len() {
            64 => b"gpgsig-sha256",
            _ => b"gpgsig",
        };
        let signature = commit.header(name)?;
        Some(match signature {
            b"-----BEGIN SSH SIGNATURE-----" => Self::Ssh,
            b"-----BEGIN PGP SIGNATURE-----" | b"-----BEGIN PGP MESSAGE-----" => Self::OpenPgp,
            b"-----BEGIN SIGNED MESSAGE-----" => Self::X509,
            _ => Self::Unknown,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::OpenPgp => "openpgp",
            Self::X509 => "x509",
            Self::Unknown => "",
        }
    }
}

/// Checks the signature of `commit`. `git` reads the repository that has it; `home` is a folder of
/// this user alone.
pub(super) async fn verify(
    git: GitCommand,
    home: &Path,
    commit: &CommitId,
    object: &Object,
    signers: &str,
) -> Result<Signature, CapabilityError> {
    match SignatureKind::of(object) {
        None => Ok(unchecked("missing", "")),
        Some(SignatureKind::Ssh) => verify_ssh(git, home, commit, signers).await,
        Some(kind) => Ok(unchecked("unsupported", kind.name())),
    }
}

fn unchecked(status: &str, kind: &str) -> Signature {
    Signature {
        status: status.into(),
        kind: kind.into(),
        signer: String::new(),
        key: String::new(),
    }
}

async fn verify_ssh(
    git: GitCommand,
    home: &Path,
    commit: &CommitId,
    signers: &str,
) -> Result<Signature, CapabilityError> {
    // Git would call the signature a bad one.
    if installed(PROGRAM).is_none() {
        return Err(Diagnostic::new(
            "git.ssh-keygen-missing",
            "ssh-keygen is not installed, which checks signatures",
        )
        .at(Location::named("on this machine"))
        .help("apt-get install openssh-client")
        .other());
    }
    let list = SignerList::write(home, signers).map_err(|error| {
        let what = "the list of signers cannot be written";
        refused_by_system("git.signers-unwritten", what, home, error)
    })?;
    let answer = git
        .variable("TMPDIR", home)
        .config("gpg.ssh.program", PROGRAM)
        .config("gpg.ssh.allowedSignersFile", list.path.as_os_str())
        .config("gpg.minTrustLevel", "undefined")
        .config("gpg.program", "false")
        .config("gpg.openpgp.program", "false")
        .config("gpg.x509.program", "false")
        .words("log -1 --no-mailmap --format=%G?%x00%GS%x00%GF")
        .arguments(["--end-of-options", commit.as_str()])
        .done()
        .await?;
    let text = String::from_utf8_lossy(&answer.out).into_owned();
    let mut fields = text.trim_end_matches('\n').split('\0');
    let status = match fields.next() {
        Some("G") => "good",
        // The signature is right, and nobody of the list made it.
        Some("U") => "unknown-signer",
        _ => "bad",
    };
    let mut field = || redact_in_scope(fields.next().unwrap_or_default(), TEXT);
    Ok(Signature {
        status: status.into(),
        kind: SignatureKind::Ssh.name().into(),
        signer: field(),
        key: field(),
    })
}

/// An allowed-signers file that only this user can read, gone when it is dropped.
struct SignerList {
    path: PathBuf,
}

impl SignerList {
    fn write(home: &Path, signers: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(home)?;
        // Of its own for each check: several may go on at once.
        let name = getrandom::u64().map_err(io::Error::other)?;
        let path = home.join(format!("signers-{name:016x}"));
        let mut file: File = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let list = Self { path };
        file.write_all(signers.as_bytes())?;
        Ok(list)
    }
}

impl Drop for SignerList {
    fn drop(&mut self) {
        // What is left of it after an error harms nobody: it holds public keys.
        let _ = fs::remove_file(&self.path);
    }
}
