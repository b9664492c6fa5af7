//! As whom a fetch knocks at the remote's door, and how patient it is.

use std::env;

use super::program::GitCommand;
use super::setup::FetchSource;
use deployhost_policy::git::remote::RemoteKind;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::Auth;

/// What `auth = "user"` keeps of this process's environment.
const OWN: [&str; 16] = [
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
];

/// Never asks, never waits for ever, knows nobody it was not told of.
const SSH: &str = "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes \
                   -o ConnectTimeout=20 -o ServerAliveInterval=10 -o ServerAliveCountMax=3";

/// The same fetch, allowed to reach `source` and nothing else.
pub(super) fn authenticate(
    command: GitCommand,
    source: &FetchSource,
    auth: &Auth,
) -> Result<GitCommand, CapabilityError> {
    let transport = match &source.kind {
        RemoteKind::Web { origin } if origin.starts_with("http:") => "http",
        RemoteKind::Web { .. } => "https",
        RemoteKind::Ssh => "ssh",
        RemoteKind::Local(_) | RemoteKind::Relative(_) | RemoteKind::Name => "file",
    };
    let command = command
        .network(transport)
        .config("http.followRedirects", "false")
        .config("http.lowSpeedLimit", "1000")
        .config("http.lowSpeedTime", "20");
    Ok(match auth {
        Auth::Plain => nobody(command).config("core.sshCommand", format!("{SSH} -o IdentityFile=/dev/null")),
        Auth::User => {
            let mut command = command.without(&["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ATTR_NOSYSTEM"]);
            for name in OWN {
                if let Some(value) = env::var_os(name) {
                    command = command.variable(name, value);
                }
            }
            command
        }
        Auth::Ssh(key) => nobody(command).config(
            "core.sshCommand",
            format!(
                "{SSH} -o IdentityFile={} -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null",
                key.key().display(),
                key.known_hosts().display()
            ),
        ),
        Auth::Token(token) => match &source.kind {
            RemoteKind::Web { origin } if origin == token.origin() => {
                nobody(command).config(format!("http.{origin}/.extraHeader"), token.authorization())
            }
            _ => {
                return Err(Diagnostic::new(
                        "git.other-origin",
                        format!("the secret in `auth` is for {}", token.origin()),
                    )
                    .at(Location::named(source.url.as_str()))
                    .help("give the secret that belongs to this remote")
                    .parameter("origin", token.origin())
                    .parameter("url", source.url.as_str()).invalid());
            }
        },
    })
}

/// Without any password or key of this user's.
fn nobody(command: GitCommand) -> GitCommand {
    command
        .config("credential.helper", "")
        .config("core.askPass", "")
}
