//! A plugin's requests: what it asks is held against every rule, secrets are filled in, and what
//! comes back is scrubbed of them.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use super::super::call::Call;
use deployhost_policy::http::{check_method, header, is_read};
use deployhost_policy::secret::{Redactor, Secret, TooMany, fill_header, fill_url, mask_url};
use deployhost_policy::text::cut;

use super::{Error, Grant, HttpLimits, Port, Request, Response, Target, find_policy, timeout};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world http { import deployhost:plugin/http@0.1.0; }",
        imports: { default: async | trappable },
    });
}
use binding::deployhost::plugin::http;
pub use http::Request as GuestRequest;

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
    grants: Vec<Grant>,
    secrets: Vec<Arc<Secret>>,
    scrub: Redactor,
    port: Arc<dyn Port>,
    writes: Writes,
    limits: HttpLimits,
}

impl Http {
    /// `secrets`: those that the entry's config names.
    pub fn new(
        call: Arc<Call>,
        grants: Vec<Grant>,
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
            limits: HttpLimits::default(),
        })
    }

    pub fn limited(mut self, limits: HttpLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Err: nothing was sent, or nothing may be given back.
    ///
    /// Cancel safe: dropped, it closes its connection.
    pub async fn answer(&self, asked: GuestRequest) -> Result<Response, Error> {
        self.call.may_read().map_err(Error::Denied)?;
        let target = self.check(&asked)?;
        let Some(policy) = find_policy(&self.grants, &asked.method, target.origin()) else {
            let what = format!("{} {} is not granted", asked.method, target.origin());
            return Err(Error::Denied(format!(
                "{what} — grant it to this entry under grant.http"
            )));
        };
        let shown = format!(
            "{} {}",
            asked.method,
            cut(&mask_url(&self.secrets, &target), SHOWN)
        );
        let filled_url = fill_url(&self.secrets, &target);
        let (headers, filled_header) = self.fill(asked.headers, &target)?;
        let filled = filled_url.is_some() || filled_header;
        if filled && let Some((name, _)) = headers.iter().find(|(name, _)| is_unscrubbable(name)) {
            let why = "cannot go with a secret: its answer could not be scrubbed";
            return Err(Error::Invalid(format!("the header {name} {why}")));
        }
        if *self.call.stop().borrow() {
            return Err(stopped());
        }
        if !is_read(&asked.method) {
            match self.writes {
                Writes::Changes => self.call.change(shown).await,
                Writes::Messages => self.call.may_prepare(&shown),
            }
            .map_err(Error::Denied)?;
        }
        let request = Request {
            method: asked.method,
            url: filled_url.unwrap_or_else(|| target.url().clone()),
            headers,
            body: asked.body,
            timeout: timeout(asked.timeout_ms),
            policy,
            most: self.limits.response,
        };
        let response = self.send(request).await?;
        self.scrubbed(response, filled)
    }

    /// What can be said about a request without knowing any grant.
    fn check(&self, asked: &GuestRequest) -> Result<Target, Error> {
        check_method(&asked.method).map_err(|error| Error::Invalid(error.to_string()))?;
        let target = Target::parse(&asked.url).map_err(|malformed| {
            // Whoever dresses a host up as another one has no grant for what it is.
            if malformed.hides_its_host() {
                Error::Denied(malformed.to_string())
            } else {
                Error::Invalid(malformed.to_string())
            }
        })?;
        header::check(&asked.headers).map_err(Error::Invalid)?;
        if asked.body.len() > self.limits.request {
            let most = self.limits.request;
            let what = format!(
                "the request's body has {} bytes, at most {most}",
                asked.body.len()
            );
            return Err(Error::TooLarge(format!("{what} are sent")));
        }
        Ok(target)
    }

    /// The headers with tokens in place of their placeholders, and whether there were any.
    fn fill(
        &self,
        headers: Vec<(String, String)>,
        target: &Target,
    ) -> Result<(Vec<(String, String)>, bool), Error> {
        let mut any = false;
        let headers = headers.into_iter().map(|(name, value)| {
            let Some(filled) = fill_header(&self.secrets, target.origin(), &value) else {
                return Ok((name, value));
            };
            any = true;
            if filled.len() > header::LONGEST || !header::is_value(&filled) {
                let why = "holds a secret that is over 8 KiB or other than visible ASCII";
                return Err(Error::Invalid(format!("the header {name} {why}")));
            }
            Ok((name, filled))
        });
        let headers = headers.collect::<Result<_, _>>()?;
        Ok((headers, any))
    }

    /// Until there is an answer, or the run is being stopped.
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let mut stop = self.call.stop();
        let stop = async {
            // A closed channel means that nobody can stop the run any more.
            if stop.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            response = self.port.send(request) => response,
            () = stop => Err(stopped()),
        }
    }

    fn scrubbed(&self, response: Response, filled: bool) -> Result<Response, Error> {
        let compressed = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("content-encoding") && !value.eq_ignore_ascii_case("identity")
        };
        if filled && response.headers.iter().any(compressed) {
            return Err(Error::Other(
                "the answer is compressed, though nobody asked for it: a secret in it could not be scrubbed".into(),
            ));
        }
        let scrub = |text: String| self.scrub.redact(&text).into_owned();
        let headers = response.headers.into_iter();
        let body = self.scrub.redact_bytes(&response.body).into_owned();
        if body.len() > self.limits.response {
            return Err(Error::TooLarge(
                "the answer without its secrets is too large".into(),
            ));
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

fn is_unscrubbable(name: &str) -> bool {
    UNSCRUBBABLE
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

fn stopped() -> Error {
    Error::Interrupted("the run is being stopped".into())
}

impl http::Host for Http {
    async fn send(
        &mut self,
        request: GuestRequest,
    ) -> wasmtime::Result<Result<http::Response, http::Error>> {
        let call = Arc::clone(&self.call);
        let _billing = call.billing();
        let answer = self.answer(request).await;
        Ok(match answer {
            Ok(Response {
                status,
                headers,
                body,
            }) => Ok(http::Response {
                status,
                headers,
                body,
            }),
            Err(error) => Err(error
                .map(|text| self.scrub.redact(&text).into_owned())
                .into()),
        })
    }
}

impl From<Error> for http::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(text) => Self::Denied(text),
            Error::Invalid(text) => Self::Invalid(text),
            Error::Timeout(text) => Self::Timeout(text),
            Error::TooLarge(text) => Self::TooLarge(text),
            Error::Unreachable(text) => Self::Unreachable(text),
            Error::Interrupted(text) => Self::Interrupted(text),
            Error::Other(text) => Self::Other(text),
        }
    }
}

pub fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    http: fn(&mut T) -> &mut Http,
) -> wasmtime::Result<()> {
    http::add_to_linker::<T, HasSelf<Http>>(linker, http)
}

#[cfg(test)]
mod tests;
