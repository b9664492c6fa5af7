//! A server that says the request back: in every spelling, and in every way that an answer can go
//! wrong. The last segment of the path says which.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::encoding::ENCODINGS;

/// What it can be asked for, but for the texts of [`Server::says`].
pub const WAYS: [&str; 12] = [
    "/body",
    "/header",
    "/chunks",
    "/zipped",
    "/moved",
    "/401",
    "/404",
    "/429",
    "/500",
    "/slow",
    "/torn",
    "/nonsense",
];

pub struct Server {
    port: u16,
    texts: Arc<Mutex<Texts>>,
}

/// By path: said to whoever asks, whatever he sends.
type Texts = Vec<(&'static str, String)>;

impl Server {
    /// Ends with the test run.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let texts = Arc::new(Mutex::new(Texts::new()));
        let known = texts.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let texts = known.lock().unwrap().clone();
                // A client that goes away does not concern the server.
                std::thread::spawn(move || drop(answer(stream, &texts)));
            }
        });
        Self { port, texts }
    }

    pub fn says(&self, texts: Texts) {
        *self.texts.lock().unwrap() = texts;
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn answer(mut stream: TcpStream, texts: &[(&str, String)]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut head = Vec::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        match line? {
            line if line.is_empty() => break,
            line => head.push(line),
        }
    }
    let target = head.first().and_then(|line| line.split(' ').nth(1));
    let target = target.unwrap_or_default().to_owned();
    let path = target.split('?').next().unwrap_or_default();
    let output = back(&target, &head);
    if let Some((_, text)) = texts.iter().find(|(known, _)| path.ends_with(known)) {
        // Without this type git would take a remote for one of the old kind.
        let kind = "Content-Type: application/x-git-upload-pack-advertisement\r\n";
        return whole(&mut stream, "200 OK", kind, text);
    }
    match path.rsplit('/').next().unwrap_or_default() {
        "body" => whole(&mut stream, "200 OK", "", &output),
        "header" => {
            let visible = |line: &&str| line.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            let lines = output.lines().filter(visible).take(60).enumerate();
            let headers: String = lines
                .map(|(n, line)| format!("x-back-{n}: {line}\r\n"))
                .collect();
            whole(&mut stream, "200 OK", &headers, "")
        }
        // Of lengths that fall anywhere into a secret.
        "chunks" => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            )?;
            let mut rest = output.as_bytes();
            for length in [1, 2, 3, 5, 7, 11, 13].into_iter().cycle() {
                let (chunk, after) = rest.split_at(length.min(rest.len()));
                rest = after;
                write!(stream, "{:x}\r\n", chunk.len())?;
                stream.write_all(chunk)?;
                write!(stream, "\r\n")?;
                if chunk.is_empty() {
                    break;
                }
            }
            Ok(())
        }
        "zipped" => whole(&mut stream, "200 OK", "Content-Encoding: gzip\r\n", &output),
        "moved" => {
            let headers = format!("Location: http://127.0.0.1:9{target}\r\n");
            whole(&mut stream, "302 Found", &headers, &output)
        }
        "401" => {
            let headers = format!("WWW-Authenticate: Bearer realm=\"{target}\"\r\n");
            whole(&mut stream, "401 Unauthorized", &headers, &output)
        }
        "404" => whole(&mut stream, "404 Not Found", "", &output),
        "429" => whole(
            &mut stream,
            "429 Too Many Requests",
            "Retry-After: 1\r\n",
            &output,
        ),
        "500" => whole(&mut stream, "500 Broken", "", &output),
        "slow" => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{output}"
            )?;
            std::thread::sleep(Duration::from_millis(800));
            Ok(())
        }
        "torn" => write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{output}"
        ),
        _ => write!(stream, "HTTP/1.1 {target}\r\n{output}\r\n\r\n"),
    }
}

fn whole(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The request's target and the values of its headers, in every spelling; and each as servers that
/// decode would log it.
fn back(target: &str, head: &[String]) -> String {
    let mut texts = vec![format!("/{}", target.trim_start_matches('/'))];
    for segment in target.split(['/', '?', '&', '=']) {
        let decoded = url::form_urlencoded::parse(segment.replace('+', "%2B").as_bytes())
            .next()
            .map(|(name, _)| name.into_owned());
        texts.extend(decoded.filter(|text| text.len() > 7));
    }
    let values = head.iter().skip(1).filter_map(|line| line.split_once(": "));
    texts.extend(values.map(|(_, value)| value.trim_start_matches("Bearer ").to_owned()));
    let mut output = "kanarie: what came\n".to_owned() + &head.join("\n") + "\n";
    for text in texts {
        for encoding in ENCODINGS {
            if let Some(encode) = encoding.echoed {
                output += &format!("{}: {}\n", encoding.name, encode(&text));
            }
        }
    }
    output
}
