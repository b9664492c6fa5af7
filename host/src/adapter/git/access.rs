//! As whom a fetch knocks at the remote's door, and how patient it is.

use std::env;

use super::program::Ask;
use super::setup::Source;
use crate::capability::git::remote::Kind;
use crate::capability::git::{Access, Error};

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
pub(super) fn reaching(ask: Ask, source: &Source, access: &Access) -> Result<Ask, Error> {
    let transport = match &source.kind {
        Kind::Web { origin } if origin.starts_with("http:") => "http",
        Kind::Web { .. } => "https",
        Kind::Ssh => "ssh",
        Kind::Local(_) | Kind::Relative(_) | Kind::Name => "file",
    };
    let ask = ask
        .network(transport)
        .config("http.followRedirects", "false")
        .config("http.lowSpeedLimit", "1000")
        .config("http.lowSpeedTime", "20");
    Ok(match access {
        Access::Plain => nobody(ask).config("core.sshCommand", format!("{SSH} -o IdentityFile=/dev/null")),
        Access::User => {
            let mut ask = ask.without(&["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ATTR_NOSYSTEM"]);
            for name in OWN {
                if let Some(value) = env::var_os(name) {
                    ask = ask.variable(name, value);
                }
            }
            ask
        }
        Access::Ssh(key) => nobody(ask).config(
            "core.sshCommand",
            format!(
                "{SSH} -o IdentityFile={} -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null",
                key.key().display(),
                key.known_hosts().display()
            ),
        ),
        Access::Token(token) => match &source.kind {
            Kind::Web { origin } if origin == token.origin() => {
                nobody(ask).config(format!("http.{origin}/.extraHeader"), token.authorization())
            }
            _ => {
                return Err(Error::Invalid(format!(
                    "the secret in `auth` is for {} — {} — give the secret that belongs to this remote",
                    token.origin(),
                    source.url
                )));
            }
        },
    })
}

/// Without any password or key of this user's.
fn nobody(ask: Ask) -> Ask {
    ask.config("credential.helper", "")
        .config("core.askPass", "")
}
