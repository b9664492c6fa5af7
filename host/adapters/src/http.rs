//! HTTP over reqwest: the port of the http capability.
//!
//! Resolves a name itself, asks the request's reach about every address, and lets the client connect
//! to those addresses only: what was checked is what is connected to, whatever DNS says a moment
//! later. Owns no rule, and follows, retries, caches, decompresses nothing.

use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Client, Method, redirect, retry};
use tokio::sync::OnceCell;
use url::Host;

use deployhost_policy::Diagnostic;
use deployhost_policy::text::sanitize;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::http::{AddressKind, AddressPolicy, Port, Request, Response};
use deployhost_runtime::redaction_scope::redact_in_scope;

const USER_AGENT: &str = concat!("deployhost/", env!("CARGO_PKG_VERSION"));
/// Longest text that a lower layer may add to an error, in bytes.
const REASON: usize = 200;
/// How the client says that headers never end; it tells its errors apart by nothing else.
const HEAD_TOO_LARGE: &str = "message head is too large";

/// Turns a name into addresses.
#[async_trait]
pub trait Resolver: Send + Sync {
    async fn addresses(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's own: `/etc/hosts`, then DNS.
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// What the client may connect to for the request of this task.
struct CheckedAddresses {
    name: String,
    addresses: Vec<SocketAddr>,
}

tokio::task_local! {
    static CHECKED: CheckedAddresses;
}

/// The client's only resolver: it knows what was checked, and nothing else.
struct TaskResolver;

impl Resolve for TaskResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let checked = CHECKED
            .try_with(|checked| (checked.name == name.as_str()).then(|| checked.addresses.clone()));
        let addresses = match checked {
            Ok(Some(addresses)) => Ok(Box::new(addresses.into_iter()) as Addrs),
            _ => Err("this name was not checked".into()),
        };
        Box::pin(std::future::ready(addresses))
    }
}

/// One client for all requests over TLS, one for all others; each is made at its first request.
///
/// Two, since the first reads the machine's certificates, which takes a while, and fails where there
/// are none: `http://localhost` needs neither.
pub struct HttpClient {
    secure: OnceCell<Client>,
    plain: OnceCell<Client>,
    names: Arc<dyn Resolver>,
}

impl HttpClient {
    pub fn new(names: Arc<dyn Resolver>) -> Self {
        let (secure, plain) = Default::default();
        Self {
            secure,
            plain,
            names,
        }
    }

    async fn client(&self, secure: bool) -> Result<&Client, CapabilityError> {
        let cell = if secure { &self.secure } else { &self.plain };
        let client = cell.get_or_try_init(|| async { build(secure) }).await;
        client.map_err(|error| {
            let reason = reason(error);
            Diagnostic::new("http.no-tls", format!("no TLS on this machine: {reason}"))
                .help("install ca-certificates")
                .other()
        })
    }

    /// The addresses that the request may connect to: all those of its host, or none.
    async fn check(&self, request: &Request) -> Result<CheckedAddresses, CapabilityError> {
        let port = request.url.port_or_known_default().unwrap_or_default();
        let (name, addresses) = match request.url.host() {
            None => {
                return Err(Diagnostic::new("http.no-host", "the URL has no host").invalid());
            }
            Some(Host::Ipv4(ip)) => (ip.to_string(), vec![(IpAddr::V4(ip), port).into()]),
            Some(Host::Ipv6(ip)) => (ip.to_string(), vec![(IpAddr::V6(ip), port).into()]),
            Some(Host::Domain(name)) => {
                let found = self.names.addresses(name, port).await;
                let found = found.map_err(|error| {
                    let message = format!("{name} has no address: {error}");
                    problem("http.no-address", name, message).unreachable()
                })?;
                (name.to_owned(), found)
            }
        };
        if addresses.is_empty() {
            return Err(
                problem("http.no-address", &name, format!("{name} has no address")).unreachable(),
            );
        }
        match addresses
            .iter()
            .find(|address| !request.policy.allows(address.ip()))
        {
            Some(outside) => Err(CapabilityError::denied(describe_forbidden(
                &name,
                outside.ip(),
                request.policy,
            ))),
            None => Ok(CheckedAddresses { name, addresses }),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, CapabilityError> {
        let checked = self.check(&request).await?;
        let client = self.client(request.url.scheme() == "https").await?;
        let host = checked.name.clone();
        let most = request.most;
        let request = prepare(client, request)?;
        CHECKED
            .scope(checked, async {
                let response = client.execute(request).await;
                receive(response.map_err(|error| refine(&host, error))?, &host, most).await
            })
            .await
    }
}

#[async_trait]
impl Port for HttpClient {
    async fn send(&self, request: Request) -> Result<Response, CapabilityError> {
        let limit = request.timeout;
        let host = request.url.host_str().unwrap_or_default().to_owned();
        tokio::time::timeout(limit, self.exchange(request))
            .await
            .unwrap_or_else(|_| {
                Err(problem(
                    "http.timeout",
                    &host,
                    format!("no whole answer from {host} within {limit:?}"),
                )
                .timeout())
            })
    }
}

fn build(secure: bool) -> reqwest::Result<Client> {
    // A connection serves one request: another one may have another reach.
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .http1_only()
        .dns_resolver(TaskResolver);
    if secure {
        builder.https_only(true).build()
    } else {
        builder.tls_certs_only([]).build()
    }
}

/// A problem with a host.
fn problem(code: &'static str, host: &str, message: String) -> Diagnostic {
    Diagnostic::new(code, message).parameter("host", host)
}

fn describe_forbidden(name: &str, ip: IpAddr, policy: AddressPolicy) -> Diagnostic {
    let what = format!("{name} leads to {ip}");
    let (why, help) = match (policy, AddressKind::of(ip)) {
        (AddressPolicy::Public, AddressKind::Loopback | AddressKind::Private) => (
            "which is not public",
            Some("say private = true in its grant if it should"),
        ),
        (AddressPolicy::Public | AddressPolicy::Private, _) => (
            "where no name may lead",
            Some("correct what its name server says"),
        ),
        (AddressPolicy::Loopback, _) => ("which is not this machine", Some("correct /etc/hosts")),
        (AddressPolicy::Only(_), _) => ("which no grant covers", None),
    };
    let mut problem = problem("http.address-denied", name, format!("{what}, {why}"))
        .parameter("address", ip.to_string());
    problem.help = help.map(str::to_owned);
    problem
}

fn prepare(client: &Client, request: Request) -> Result<reqwest::Request, CapabilityError> {
    let invalid = |what: &str| {
        let message = format!("the {what} cannot be sent");
        Diagnostic::new("http.unsendable", message).invalid()
    };
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("method"))?;
    let bodiless = method == Method::GET || method == Method::HEAD;
    let mut builder = client.request(method, request.url);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("header's name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| invalid("header's value"))?;
        builder = builder.header(name, value);
    }
    if request.body.is_empty() && !bodiless {
        // Else hyper says nothing of a length, and servers answer 411.
        builder = builder.header(CONTENT_LENGTH, "0");
    }
    if !request.body.is_empty() {
        builder = builder.body(request.body);
    }
    builder.build().map_err(|_| invalid("request"))
}

async fn receive(
    mut response: reqwest::Response,
    host: &str,
    most: usize,
) -> Result<Response, CapabilityError> {
    let too_large = || {
        let message = format!("the answer from {host} is over {most} bytes");
        problem("http.too-large", host, message)
            .parameter("most", most.to_string())
            .too_large()
    };
    let announced = response.content_length().unwrap_or_default();
    if announced > most as u64 {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| {
        let reason = reason(error);
        let message = format!("the answer from {host} broke off: {reason}");
        problem("http.interrupted", host, message).interrupted()
    })? {
        if chunk.len() > most - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter();
    Ok(Response {
        status: response.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
    })
}

/// Was it sent, and what is in the way?
fn refine(host: &str, error: reqwest::Error) -> CapabilityError {
    let connecting = error.is_connect();
    let reason = reason(error);
    if reason == HEAD_TOO_LARGE {
        let message = format!("the head of the answer from {host} is too large");
        return problem("http.too-large", host, message).too_large();
    }
    if !connecting {
        let message = format!("{host} did not answer: {reason}");
        return problem("http.interrupted", host, message).interrupted();
    }
    let (code, what) = if reason.contains("certificate") {
        (
            "http.certificate",
            format!("{host} has a certificate problem"),
        )
    } else {
        ("http.no-connection", format!("no connection to {host}"))
    };
    problem(code, host, format!("{what}: {reason}")).unreachable()
}

/// The innermost cause, which has no URL in it, on one line.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    redact_in_scope(&sanitize(&reason), REASON)
}

#[cfg(test)]
mod tests;
