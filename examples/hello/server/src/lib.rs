//! A local server that speaks Discord's webhook protocol, errors included.
//!
//! What is implemented is what the protocol documents: `POST /api/webhooks/{id}/{token}` with and
//! without `?wait=true`, `PATCH` of a message, the limits of a message, and the answers for an
//! unknown webhook, an empty message, a malformed body and too many requests.

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response, Server};

/// Longest content of a message, in characters.
pub const CONTENT: usize = 2000;

/// What the next request gets instead of being accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// 429 with this many seconds to wait.
    TooMany(f64),
    /// A bare status: 500, 502, 404 …
    Status(u16),
    /// The connection is closed without an answer.
    Hangup,
}

/// A message that was accepted, or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: String,
    /// `POST` or `PATCH`.
    pub method: String,
    /// The whole body, as it came.
    pub body: Value,
}

impl Message {
    pub fn content(&self) -> &str {
        self.body["content"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    faults: VecDeque<Fault>,
    requests: usize,
}

/// The server; it answers until it is dropped.
pub struct Discord {
    server: Arc<Server>,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// The only webhook that exists here.
const ID: &str = "112233445566778899";
const TOKEN: &str = "demo-token-demo-token-demo-token-demo-token-demo-token-demo-token-68";

impl Discord {
    /// Listens on a loopback address; port 0 takes a free one. `seen` is called for each message.
    pub fn listen(
        address: &str,
        seen: impl Fn(&Message) + Send + 'static,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let server = Arc::new(Server::http(address)?);
        let address = server.server_addr().to_ip().ok_or("not an IP address")?;
        let state = Arc::new(Mutex::new(State::default()));
        let (theirs, shared) = (server.clone(), state.clone());
        std::thread::spawn(move || {
            for request in theirs.incoming_requests() {
                answer(request, &shared, &seen);
            }
        });
        Ok(Self {
            server,
            address,
            state,
        })
    }

    /// The webhook's URL: a secret, as Discord's are.
    pub fn webhook(&self) -> String {
        format!("{}/api/webhooks/{ID}/{TOKEN}", self.origin())
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was accepted so far, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// How many requests came, refused ones too.
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// The next requests get these, one each.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn answer(mut request: Request, state: &Mutex<State>, seen: &impl Fn(&Message)) {
    let mut body = Vec::new();
    let read = request.as_reader().take(1 << 20).read_to_end(&mut body);
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.requests += 1;
    let fault = state.faults.pop_front();
    let response = match (read, fault) {
        (_, Some(Fault::Hangup)) | (Err(_), _) => return drop(request),
        (_, Some(Fault::TooMany(seconds))) => {
            let said = json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": false });
            with(
                reply(429, &said),
                "Retry-After",
                &seconds.ceil().to_string(),
            )
        }
        (_, Some(Fault::Status(status))) => {
            reply(status, &json!({ "message": "fault", "code": 0 }))
        }
        (Ok(_), None) => accept(&request, &body, &mut state, seen),
    };
    // A client that went away does not concern the server.
    let _gone = request.respond(response);
}

type Reply = Response<std::io::Cursor<Vec<u8>>>;

fn accept(request: &Request, body: &[u8], state: &mut State, seen: &impl Fn(&Message)) -> Reply {
    let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
    let hook = format!("/api/webhooks/{ID}/{TOKEN}");
    let Some(rest) = path.strip_prefix(&hook) else {
        return reply(404, &json!({ "message": "Unknown Webhook", "code": 10015 }));
    };
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return reply(
            400,
            &json!({ "message": "The request body contains invalid JSON.", "code": 50109 }),
        );
    };
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().is_empty() && body["embeds"].as_array().is_none_or(Vec::is_empty) {
        return reply(
            400,
            &json!({ "message": "Cannot send an empty message", "code": 50006 }),
        );
    }
    if content.chars().count() > CONTENT {
        let said = json!({ "message": "Invalid Form Body", "code": 50035, "errors": { "content": { "_errors": [
            { "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length." } ] } } });
        return reply(400, &said);
    }
    let id = match (request.method(), rest.strip_prefix("/messages/")) {
        (Method::Post, None) if rest.is_empty() => format!(
            "{}",
            1_300_000_000_000_000_000_u64 + state.messages.len() as u64
        ),
        (Method::Patch, Some(id)) if state.messages.iter().any(|message| message.id == id) => {
            id.to_owned()
        }
        (Method::Patch, Some(_)) => {
            return reply(404, &json!({ "message": "Unknown Message", "code": 10008 }));
        }
        _ => {
            return reply(
                405,
                &json!({ "message": "405: Method Not Allowed", "code": 0 }),
            );
        }
    };
    let message = Message {
        id: id.clone(),
        method: request.method().to_string(),
        body: body.clone(),
    };
    seen(&message);
    state.messages.push(message);
    let waits = query.split('&').any(|pair| pair == "wait=true");
    if waits || *request.method() == Method::Patch {
        reply(
            200,
            &json!({ "id": id, "type": 0, "content": body["content"], "webhook_id": ID }),
        )
    } else {
        Response::from_data(Vec::new()).with_status_code(204)
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    let reply = Response::from_data(body.to_string().into_bytes()).with_status_code(status);
    with(reply, "Content-Type", "application/json")
}

fn with(reply: Reply, name: &str, value: &str) -> Reply {
    match Header::from_bytes(name, value) {
        Ok(header) => reply.with_header(header),
        Err(()) => reply,
    }
}
