//! The twelve secrets: of every source and kind, and of everything that their spelling can get wrong.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::encoding::{ENCODINGS, SHORTEST};

pub struct CanarySecret {
    pub name: &'static str,
    kind: &'static str,
    source: Source,
    pub origin: String,
    pub value: String,
    /// What of it is secret, as written and as servers read it.
    pub cores: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Source {
    Env,
    File,
    Credential,
}

/// Where the secrets of a fixture are for.
pub struct Origins {
    pub echo: String,
    pub discord: String,
    /// The webhook's whole URL, made by the local Discord.
    pub webhook: String,
    pub tls: String,
    /// Where nobody listens.
    pub refused: String,
}

impl CanarySecret {
    /// All of them.
    pub fn twelve(to: &Origins) -> Vec<Self> {
        use Source::{Credential, Env, File};
        let nowhere = "https://kanarie.invalid".to_owned();
        let url = |name, source, origin: &String, path: &str, cores: &[&str]| Self {
            name,
            kind: "url",
            source,
            origin: origin.clone(),
            value: format!("{origin}{path}"),
            cores: cores.iter().map(|&core| core.to_owned()).collect(),
        };
        let token = |name, source, origin: &String, value: &str| Self {
            name,
            kind: "token",
            source,
            origin: origin.clone(),
            value: value.to_owned(),
            cores: vec![value.to_owned()],
        };
        let webhook = to.webhook.rsplit('/').next().unwrap().to_owned();
        let path = to.webhook.strip_prefix(&to.discord).unwrap();
        vec![
            url(
                "hook-env",
                Env,
                &to.echo,
                "/h/Kanarie-Env-7f3a9c21d4e8",
                &["Kanarie-Env-7f3a9c21d4e8"],
            ),
            token(
                "token-env",
                Env,
                &to.echo,
                r#"Kan"ar&<e>+/=='\5c0-7d21#`{x}"#,
            ),
            url(
                "hook-file",
                File,
                &to.echo,
                "/h/K%C3%A4n%2B%22file%22%2F%3D9a71/x?key=q%26%C3%BC%3C9a71b2c3d4",
                &[
                    "K%C3%A4n%2B%22file%22%2F%3D9a71",
                    "Kän+\"file\"/=9a71",
                    "q%26%C3%BC%3C9a71b2c3d4",
                    "q&ü<9a71b2c3d4",
                ],
            ),
            token(
                "token-file",
                File,
                &to.echo,
                "KANARIE-file-0a1b2c3d4e5f6071",
            ),
            url(
                "hook-credential",
                Credential,
                &to.echo,
                "/c/kanarie_cred_66aa77bb88cc",
                &["kanarie_cred_66aa77bb88cc"],
            ),
            token(
                "token-credential",
                Credential,
                &to.echo,
                "a2FuYXJpZQ+/cred/+9f8e7d6c==",
            ),
            url("discord", Env, &to.discord, path, &[&webhook]),
            url(
                "unresolved",
                Env,
                &nowhere,
                "/h/kanarie-dns-1122334455667788",
                &["kanarie-dns-1122334455667788"],
            ),
            token("untrusted", File, &to.tls, "kanarie-tls-99aabbccddeeff00"),
            url(
                "refused",
                Credential,
                &to.refused,
                "/h/kanarie-refused-0123456789ab",
                &["kanarie-refused-0123456789ab"],
            ),
            // Used by no entry. No header could carry it.
            token(
                "unused",
                Env,
                &nowhere,
                "Kanärie ünused \"q\" <&> 日本 \u{1f424}",
            ),
            token("short", File, &to.echo, "k4/n+r=e"),
        ]
    }

    /// Its line below `[secrets]`; its value goes to where that says.
    pub fn declare(&self, folder: &Path, environment: &mut Vec<(String, String)>) -> String {
        let Self {
            name, kind, origin, ..
        } = self;
        let source = match self.source {
            Source::Env => {
                let variable = format!("KANARIE_{}", name.replace('-', "_").to_uppercase());
                environment.push((variable.clone(), self.value.clone()));
                format!("env = {variable:?}")
            }
            Source::File => {
                write(&folder.join(name), &self.value);
                format!("file = {name:?}")
            }
            Source::Credential => {
                write(&folder.join("credentials").join(name), &self.value);
                format!("credential = {name:?}")
            }
        };
        format!("{name} = {{ {source}, kind = {kind:?}, origin = {origin:?} }}\n")
    }

    pub fn is_url(&self) -> bool {
        self.kind == "url"
    }

    /// What to search for: spellings and their names.
    pub fn needles(&self) -> Vec<(&'static str, String)> {
        let mut needles = Vec::new();
        for core in &self.cores {
            for encoding in ENCODINGS {
                let needle = (encoding.alone)(core);
                if needle.len() >= SHORTEST {
                    needles.push((encoding.name, needle));
                }
            }
        }
        needles
    }
}

fn write(path: &Path, value: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("{value}\n")).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// Everything that could be said of these secrets, one line each; nothing beside it is secret.
pub fn everything(secrets: &[CanarySecret]) -> String {
    let mut text = String::from("kanarie: what a server says\n");
    for secret in secrets {
        for value in std::iter::once(&secret.value).chain(&secret.cores) {
            for encoding in ENCODINGS {
                if let Some(echoed) = encoding.echoed {
                    let (name, encoding, echoed) = (secret.name, encoding.name, echoed(value));
                    text += &format!("{name}, {encoding}: {echoed}\n");
                }
            }
        }
    }
    text
}

/// Lines in which a cut at any of the host's lengths falls into a secret.
pub fn borders(secrets: &[CanarySecret]) -> String {
    let mut text = String::new();
    for secret in secrets {
        for most in [200, 512, 600, 1024, 8 * 1024] {
            for inside in [secret.value.len() * 3 / 4, SHORTEST] {
                let before = ".".repeat(most - inside.min(most));
                text += &format!("{before}{}\n", secret.value);
            }
        }
    }
    text
}

/// As [`everything`], on one line for each secret.
pub fn condensed(secrets: &[CanarySecret]) -> String {
    let mut text = String::new();
    for secret in secrets {
        let all = everything(std::slice::from_ref(secret));
        text += &all.lines().collect::<Vec<_>>().join(" ");
        text.push('\n');
    }
    text
}
