//! A plugin's requests: what it asks is held against every rule, secrets are filled in, and what
//! comes back is scrubbed of them.

use std::sync::Arc;

use super::super::call::{Call, until_stopped};
use super::super::grant::{GrantScope, GrantTable, Lock, Marked, Requirement};
use super::super::observations::Exchange;
use super::super::{CallScope, Capability};
use crate::sandbox::CallError;
use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::http::{check_method, header, is_read};
use deployhost_policy::secret::{Redactor, Secret, TooMany, fill_header, fill_url, mask_url};
use deployhost_policy::text::cut;

use super::super::error::{CapabilityError, OfKind, guest_error};
use super::signing::sign;
use super::{
    HttpGrant, LARGEST_BODY, Port, Request, Response, Target, find_policy, grant, timeout,
};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world http { import deployhost:plugin/http@0.1.0; }",
        imports: { default: async | trappable },
        trappable_error_type: { "deployhost:plugin/http.error" => crate::capability::error::CapabilityError },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::http;
pub(crate) use http::add_to_linker;
pub use http::{Request as GuestRequest, Signing};

guest_error!(http::Error: Denied, Invalid, Timeout, TooLarge, Unreachable, Interrupted);

/// Longest path in the journal's line about a request, in bytes.
const SHOWN: usize = 200;
/// Answers that are part of a body, or compressed, would hide a secret from the scrubbing.
const UNSCRUBBABLE: &[&str] = &["accept-encoding", "range", "if-range"];

/// What a request that is no read is to this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// A step's: it changes what is deployed, and its intent is journaled.
    Changes,
    /// A notifier's: it tells people, and changes nothing that a rollback would restore.
    Messages,
}

/// The http capability of one plugin call.
pub struct Http {
    call: Arc<Call>,
    grants: Vec<HttpGrant>,
    secrets: Vec<Arc<Secret>>,
    scrub: Redactor,
    port: Arc<dyn Port>,
    writes: Writes,
}

impl Http {
    /// `secrets`: those that the entry's config names.
    pub fn new(
        call: Arc<Call>,
        grants: Vec<HttpGrant>,
        secrets: Vec<Arc<Secret>>,
        port: Arc<dyn Port>,
        writes: Writes,
    ) -> Result<Self, TooMany> {
        let scrub = Redactor::of_values(&secrets)?;
        Ok(Self {
            call,
            grants,
            secrets,
            scrub,
            port,
            writes,
        })
    }

    /// Err: nothing was sent, or nothing may be given back.
    ///
    /// Cancel safe: dropped, it closes its connection.
    pub async fn answer(&self, asked: GuestRequest) -> Result<Response, CapabilityError> {
        self.call.may_read()?;
        let target = self.check(&asked)?;
        let Some(policy) = find_policy(&self.grants, &asked.method, target.origin()) else {
            let what = format!("{} {} is not granted", asked.method, target.origin());
            return Err(Diagnostic::new("http.not-granted", what)
                .help("grant it to this entry under grant.http")
                .parameter("method", asked.method.as_str())
                .parameter("origin", target.origin().to_string())
                .denied());
        };
        let shown = format!(
            "{} {}",
            asked.method,
            cut(&mask_url(&self.secrets, &target), SHOWN)
        );
        let filled_url = fill_url(&self.secrets, &target);
        let (mut headers, filled_header) = self.fill(asked.headers, &target)?;
        if let Some(signing) = &asked.signing {
            headers.push(sign(signing, &self.secrets, target.origin(), &asked.body)?);
        }
        let filled = filled_url.is_some() || filled_header;
        if filled && let Some((name, _)) = headers.iter().find(|(name, _)| is_unscrubbable(name)) {
            let why = "cannot go with a secret: its answer could not be scrubbed";
            return Err(invalid("http.header", format!("the header {name} {why}")));
        }
        if *self.call.stop().borrow() {
            return Err(stopped());
        }
        if !is_read(&asked.method) {
            match self.writes {
                Writes::Changes => self.call.change(shown).await,
                Writes::Messages => self.call.may_prepare(&shown),
            }?;
        }
        let request = Request {
            method: asked.method,
            url: filled_url.unwrap_or_else(|| target.url().clone()),
            headers,
            body: asked.body,
            timeout: timeout(asked.timeout_ms),
            policy,
            most: LARGEST_BODY,
        };
        let asked = texts(&request);
        let response = self.scrubbed(self.send(request).await?, filled)?;
        self.observe(&target, &asked, &response).await;
        Ok(response)
    }

    /// Notes what the answer proves.
    async fn observe(&self, target: &Target, asked: &[Vec<u8>], response: &Response) {
        let headers = response.headers.iter().map(|(_, value)| value.as_bytes());
        let exchange = Exchange {
            asked: asked.iter().map(Vec::as_slice).collect(),
            answered: headers.chain([response.body.as_slice()]).collect(),
        };
        let observations = self.call.observations();
        let proven = observations.carries_commit(&exchange)
            && (observations.is_plans(target.origin()) || self.call.serves(target.origin()).await);
        observations.answered(proven);
    }

    /// What can be said about a request without knowing any grant.
    fn check(&self, asked: &GuestRequest) -> Result<Target, CapabilityError> {
        check_method(&asked.method).map_err(CapabilityError::invalid)?;
        let target = Target::parse(&asked.url).map_err(|malformed| {
            // Whoever dresses a host up as another one has no grant for what it is.
            if malformed.hides_its_host() {
                CapabilityError::denied(malformed)
            } else {
                CapabilityError::invalid(malformed)
            }
        })?;
        header::check(&asked.headers).map_err(CapabilityError::invalid)?;
        if asked.body.len() > LARGEST_BODY {
            let bytes = asked.body.len();
            return Err(too_large(format!(
                "the request's body has {bytes} bytes, at most {LARGEST_BODY} are sent"
            )));
        }
        Ok(target)
    }

    /// The headers with tokens in place of their placeholders, and whether there were any.
    fn fill(
        &self,
        headers: Vec<(String, String)>,
        target: &Target,
    ) -> Result<(Vec<(String, String)>, bool), CapabilityError> {
        let mut any = false;
        let headers = headers.into_iter().map(|(name, value)| {
            let Some(filled) = fill_header(&self.secrets, target.origin(), &value) else {
                return Ok((name, value));
            };
            any = true;
            if filled.len() > header::LONGEST || !header::is_value(&filled) {
                let why = "holds a secret that is over 8 KiB or other than visible ASCII";
                return Err(invalid("http.header", format!("the header {name} {why}")));
            }
            Ok((name, filled))
        });
        let headers = headers.collect::<Result<_, _>>()?;
        Ok((headers, any))
    }

    /// Until there is an answer, or the run is being stopped.
    async fn send(&self, request: Request) -> Result<Response, CapabilityError> {
        tokio::select! {
            response = self.port.send(request) => response,
            () = until_stopped(self.call.stop()) => Err(stopped()),
        }
    }

    fn scrubbed(&self, response: Response, filled: bool) -> Result<Response, CapabilityError> {
        let compressed = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("content-encoding") && !value.eq_ignore_ascii_case("identity")
        };
        if filled && response.headers.iter().any(compressed) {
            let message = "the answer is compressed, though nobody asked for it: a secret in it \
                           could not be scrubbed";
            return Err(Diagnostic::new("http.compressed", message).other());
        }
        let scrub = |text: String| self.scrub.redact(&text).into_owned();
        let headers = response.headers.into_iter();
        let body = self.scrub.redact_bytes(&response.body).into_owned();
        if body.len() > LARGEST_BODY {
            return Err(too_large("the answer without its secrets is too large"));
        }
        Ok(Response {
            status: response.status,
            headers: headers
                .map(|(name, value)| (scrub(name), scrub(value)))
                .collect(),
            body,
        })
    }
}

/// Everything that a request says to whom it is sent.
fn texts(request: &Request) -> Vec<Vec<u8>> {
    let headers = request.headers.iter();
    let headers = headers.flat_map(|(name, value)| [name, value].map(|it| it.clone().into_bytes()));
    let url = request.url.as_str().as_bytes().to_vec();
    [url, request.body.clone()]
        .into_iter()
        .chain(headers)
        .collect()
}

fn is_unscrubbable(name: &str) -> bool {
    UNSCRUBBABLE
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

fn stopped() -> CapabilityError {
    Diagnostic::new("run.stopped", "the run is being stopped").interrupted()
}

fn invalid(code: &'static str, message: impl Into<String>) -> CapabilityError {
    Diagnostic::new(code, message).invalid()
}

fn too_large(message: impl Into<String>) -> CapabilityError {
    Diagnostic::new("http.too-large", message).too_large()
}

impl http::Host for Http {
    fn convert_error(&mut self, error: CapabilityError) -> wasmtime::Result<http::Error> {
        let scrub = |text: &str| self.scrub.redact(text).into_owned();
        Ok(error.map(|it| it.map_texts(scrub)).into())
    }

    async fn send(&mut self, request: GuestRequest) -> Result<http::Response, CapabilityError> {
        let call = Arc::clone(&self.call);
        let _billing = call.billing();
        let answer = self.answer(request).await?;
        Ok(http::Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }
}

impl Capability for Http {
    const KEYS: &'static [&'static str] = grant::KEYS;
    const MARKERS: &'static [&'static str] = grant::MARKERS;
    const REQUIRES: &'static [Requirement] = &[];

    type Grant = HttpGrant;
    type Port = Arc<dyn Port>;

    fn read_grant(table: &GrantTable<'_>, _: &GrantScope<'_>) -> Result<HttpGrant, ConfigFault> {
        HttpGrant::read(table)
    }

    fn add_marked(
        grants: &mut Vec<HttpGrant>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault> {
        let own = marked
            .iter()
            .filter(|it| grant::MARKERS.contains(&it.marker));
        for marked in own {
            grants.push(HttpGrant::of_marked(marked, scope)?);
        }
        Ok(())
    }

    fn resolve_marked(_: &str, text: &str, _: &GrantScope<'_>) -> Result<String, Diagnostic> {
        Ok(text.to_owned())
    }

    fn locks(_: &HttpGrant) -> Vec<Lock> {
        Vec::new()
    }

    fn new(
        scope: &CallScope,
        grants: Vec<HttpGrant>,
        port: Arc<dyn Port>,
    ) -> Result<Self, CallError> {
        let (call, secrets) = (scope.call.clone(), scope.secrets.clone());
        Self::new(call, grants, secrets, port, scope.writes)
            .map_err(|_| CallError::TooMuch("its secrets are too many to be kept from it".into()))
    }
}

#[cfg(test)]
mod tests;
