#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::hang_guard::LIMIT;
use crate::subprocess;
use deployhost_policy::secret::{Secret, SecretKind};
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::capability::error::CapabilityErrorKind;
use deployhost_runtime::capability::http::{
    GuestRequest, Http, HttpGrant, Methods, Origin, Target, Writes,
};

const CANARY: &str = "CANARY-0123456789";
const MOST: usize = 4096;

/// A server of one behaviour. Keeps the requests that it read, counts connections.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn on<F, A>(address: &str, answer: F) -> Self
    where
        F: Fn(TcpStream) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (seen.clone(), connections.clone());
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    kept.lock().unwrap().push(request);
                    answer(stream).await;
                });
            }
        });
        Self {
            address,
            seen,
            connections,
            task,
        }
    }

    /// Says this and closes.
    async fn saying(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self::on("127.0.0.1:0", move |mut stream| {
            let text = text.clone();
            async move {
                stream.write_all(&text).await.ok();
                stream.shutdown().await.ok();
            }
        })
        .await
    }

    fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn seen(&self, at: usize) -> String {
        self.seen.lock().unwrap()[at].clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        // The first byte of a TLS handshake: there will be no head.
        let is_tls = bytes.first() == Some(&0x16);
        if is_tls || stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

async fn drip(mut stream: impl AsyncWrite + Unpin, head: &str, piece: &[u8], every: Duration) {
    let mut more = stream.write_all(head.as_bytes()).await;
    while more.is_ok() {
        tokio::time::sleep(every).await;
        more = stream.write_all(piece).await;
    }
}

/// Answers each look-up with the next of these, and with the first again after the last.
struct ScriptedResolver {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolver for ScriptedResolver {
    async fn addresses(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst) % self.answers.len();
        let addresses = self.answers[at].iter();
        Ok(addresses
            .map(|ip| SocketAddr::new(ip.parse().unwrap(), port))
            .collect())
    }
}

fn told(answers: &[&[&'static str]]) -> (HttpClient, Arc<ScriptedResolver>) {
    let answers = answers.iter().map(|answer| answer.to_vec()).collect();
    let told = Arc::new(ScriptedResolver {
        answers,
        asked: AtomicUsize::new(0),
    });
    (HttpClient::new(told.clone()), told)
}

fn request(method: &str, url: &str) -> Request {
    let target = Target::parse(url).unwrap();
    Request {
        method: method.into(),
        url: target.url().clone(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: LIMIT,
        policy: target.origin().policy(false),
        most: MOST,
    }
}

fn at(server: &Server) -> Request {
    request(
        "GET",
        &format!("http://{}/{CANARY}?{CANARY}", server.address),
    )
}

/// The error has nothing of the URL but its host.
async fn fails(fetch: &HttpClient, request: Request) -> CapabilityError {
    let error = fetch.send(request).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("CANARY"),
        "{error:?}"
    );
    error
}

#[tokio::test]
async fn a_request_arrives_as_asked() {
    let server = Server::saying(
        "HTTP/1.1 201 Created\r\nX-A: b\r\nx-a: c\r\nx-odd: é\r\ncontent-length: 5\r\n\r\nhello",
    )
    .await;
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    let url = format!("http://{}/a/../b//c?d=e#f", server.address);
    let answer = fetch.send(request("GET", &url)).await.unwrap();
    assert_eq!((answer.status, answer.body), (201, b"hello".to_vec()));
    let header = |name: &str| {
        let all = answer.headers.iter().filter(|(known, _)| known == name);
        all.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(header("x-a"), ["b", "c"]);
    assert_eq!(header("x-odd"), ["é"]);
    let host = format!("host: {}\r\n", server.address);
    let sent = server.seen(0);
    assert!(sent.starts_with("GET /b//c?d=e HTTP/1.1\r\n"), "{sent}");
    for line in [&host, "user-agent: deployhost/0.1.0\r\n", "accept: */*\r\n"] {
        assert!(sent.contains(line), "{sent}");
    }
    for name in [
        "cookie",
        "referer",
        "accept-encoding",
        "content-length",
        "authorization",
    ] {
        assert!(!sent.contains(name), "{sent}");
    }

    let mut post = request("POST", &url);
    post.headers = vec![
        ("x-b".into(), "c".into()),
        ("User-Agent".into(), "mine".into()),
    ];
    post.body = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    fetch.send(post).await.unwrap();
    let sent = server.seen(1);
    assert!(sent.contains("\r\ncontent-length: 18\r\n"), "{sent}");
    assert!(
        sent.contains("\r\nx-b: c\r\n") && sent.contains("user-agent: mine\r\n"),
        "{sent}"
    );
    assert!(sent.ends_with("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), "{sent}");
    fetch.send(request("POST", &url)).await.unwrap();
    assert!(server.seen(2).contains("\r\ncontent-length: 0\r\n"));
    assert_eq!(server.count(), 3, "each request has its own connection");
}

#[tokio::test]
async fn a_kept_alive_connection_serves_one_request() {
    let server = Server::on("127.0.0.1:0", |mut stream| async move {
        loop {
            let answer = b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).await.is_err() || read_request(&mut stream).await.is_empty()
            {
                return;
            }
        }
    })
    .await;
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    for _ in 0..3 {
        fetch.send(at(&server)).await.unwrap();
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = Server::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.address;
        let text =
            format!("HTTP/1.1 {status} X\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n");
        let server = Server::saying(text).await;
        let answer = fetch.send(at(&server)).await.unwrap();
        assert_eq!(answer.status, status);
        assert!(
            answer
                .headers
                .contains(&("location".into(), format!("http://{to}/")))
        );
        assert_eq!(server.count(), 1);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn compressed_bytes_stay_compressed() {
    let bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03";
    let mut text =
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\r\n".to_vec();
    text.extend_from_slice(bomb);
    let server = Server::saying(text).await;
    let answer = HttpClient::new(Arc::new(SystemResolver))
        .send(at(&server))
        .await
        .unwrap();
    assert_eq!(answer.body, bomb);
    assert!(
        answer
            .headers
            .contains(&("content-encoding".into(), "gzip".into()))
    );
}

#[tokio::test]
async fn whoever_is_slow_is_left() {
    let every = Duration::from_millis(20);
    let silent = Server::on("127.0.0.1:0", |stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let slow_head = Server::on("127.0.0.1:0", move |stream| {
        drip(stream, "HTTP/1.1 200 OK\r\nx: ", b"y", every)
    });
    let slow_body = Server::on("127.0.0.1:0", move |stream| {
        drip(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n",
            b"y",
            every,
        )
    });
    let continuing = Server::on("127.0.0.1:0", move |stream| {
        drip(stream, "", b"HTTP/1.1 100 Continue\r\n\r\n", every)
    });
    for server in [
        silent.await,
        slow_head.await,
        slow_body.await,
        continuing.await,
    ] {
        let mut request = at(&server);
        request.timeout = Duration::from_millis(250);
        let client = HttpClient::new(Arc::new(SystemResolver));
        // None of these servers ever comes to an end by itself.
        let left = tokio::time::timeout(LIMIT, fails(&client, request));
        let error = left.await.expect("whoever is slow is left");
        assert!(
            (error.kind == CapabilityErrorKind::Timeout && error.to_string().contains("250ms")),
            "{error:?}"
        );
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_slow_look_up_counts_too() {
    struct Slow;
    #[async_trait]
    impl Resolver for Slow {
        async fn addresses(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            std::future::pending().await
        }
    }
    let mut request = request("GET", "http://slow.example/");
    request.timeout = Duration::from_millis(50);
    let error = fails(&HttpClient::new(Arc::new(Slow)), request).await;
    assert_eq!(error.kind, CapabilityErrorKind::Timeout, "{error:?}");
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit() {
    let every = Duration::ZERO;
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    let head = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
    let exact = Server::saying(head.clone() + &"x".repeat(MOST)).await;
    assert_eq!(fetch.send(at(&exact)).await.unwrap().body.len(), MOST);
    let endless = Server::on("127.0.0.1:0", move |stream| {
        drip(stream, "HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 100], every)
    });
    let chunked = Server::on("127.0.0.1:0", move |stream| {
        drip(
            stream,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            b"3\r\nabc\r\n",
            every,
        )
    });
    let announced = Server::on("127.0.0.1:0", move |stream| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        drip(stream, head, b"", Duration::from_millis(20))
    });
    let over = Server::saying(head + &"x".repeat(MOST + 1)).await;
    for server in [over, endless.await, chunked.await, announced.await] {
        let error = fails(&fetch, at(&server)).await;
        assert!(
            (error.kind == CapabilityErrorKind::TooLarge && error.to_string().contains("4096")),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_breaks_after_sending_is_interrupted() {
    let head = "HTTP/1.1 200 OK\r\n";
    let reset = Server::on("127.0.0.1:0", |mut stream| async move {
        let part = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        stream.write_all(part).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        stream.set_zero_linger().unwrap();
    });
    let servers = [
        reset.await,
        Server::saying("").await,
        Server::saying("SSH-2.0-OpenSSH_9.2\r\n").await,
        Server::saying("HTTP/1.1 999999 X\r\n\r\n").await,
        Server::saying(head.to_owned() + "content-length: 100\r\n\r\nhalf").await,
        Server::saying(head.to_owned() + "content-length: -5\r\n\r\nhalf").await,
        Server::saying(head.to_owned() + "content-length: 1\r\ncontent-length: 2\r\n\r\nab").await,
        Server::saying(head.to_owned() + "transfer-encoding: chunked\r\n\r\nZZ\r\n").await,
    ];
    for (at_index, server) in servers.iter().enumerate() {
        let error = fails(&HttpClient::new(Arc::new(SystemResolver)), at(server)).await;
        assert!(
            error.kind == CapabilityErrorKind::Interrupted,
            "{at_index}: {error:?}"
        );
        assert_eq!(server.count(), 1, "{at_index}: nothing is tried again");
    }
    let many = "x: y\r\n".repeat(200);
    let many = Server::saying(head.to_owned() + &many + "\r\n").await;
    let error = fails(&HttpClient::new(Arc::new(SystemResolver)), at(&many)).await;
    assert_eq!(error.kind, CapabilityErrorKind::TooLarge, "{error:?}");
    let short = Server::saying(head.to_owned() + "content-length: 4\r\n\r\nhalf and more").await;
    let answer = HttpClient::new(Arc::new(SystemResolver))
        .send(at(&short))
        .await
        .unwrap();
    assert_eq!(answer.body, b"half");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = request("GET", &format!("http://{nobody}/{CANARY}"));
    let error = fails(&HttpClient::new(Arc::new(SystemResolver)), refused).await;
    assert_eq!(error.kind, CapabilityErrorKind::Unreachable, "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("127.0.0.1") && text.contains("refused"),
        "{text}"
    );
    let unknown = request("GET", &format!("http://nowhere.invalid/{CANARY}"));
    let error = fails(&HttpClient::new(Arc::new(SystemResolver)), unknown).await;
    assert!(
        (error.kind == CapabilityErrorKind::Unreachable
            && error.to_string().contains("nowhere.invalid")),
        "{error:?}"
    );
    let empty = request("GET", &format!("http://empty.example/{CANARY}"));
    let error = fails(&told(&[&[]]).0, empty).await;
    assert_eq!(error.kind, CapabilityErrorKind::Unreachable, "{error:?}");
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection() {
    let (came, mut waiting) = tokio::sync::mpsc::channel(1);
    let (closed, mut told) = tokio::sync::mpsc::channel(1);
    let server = Server::on("127.0.0.1:0", move |mut stream| {
        let (came, closed) = (came.clone(), closed.clone());
        async move {
            came.send(()).await.unwrap();
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    let send = fetch.send(at(&server));
    // Dropped once it has arrived, and before there is an answer.
    tokio::select! {
        answer = send => panic!("{answer:?}"),
        came = waiting.recv() => assert_eq!(came, Some(())),
    }
    let closed = tokio::time::timeout(LIMIT, told.recv()).await;
    assert_eq!(closed, Ok(Some(())));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_denied_before_any_packet() {
    let server = Server::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let port = server.address.port();
    for inside in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "0.0.0.0",
        "::",
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "fe80::1",
        "fd00::1",
        "fd00:ec2::254",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ] {
        for answer in [
            vec![inside],
            vec!["93.184.216.34", inside],
            vec![inside, "93.184.216.34"],
        ] {
            let (fetch, _) = told(&[&answer]);
            let url = format!("http://good.example:{port}/{CANARY}");
            let error = fails(&fetch, request("GET", &url)).await;
            assert!(
                (error.kind == CapabilityErrorKind::Denied && error.to_string().contains(inside)),
                "{error:?}"
            );
        }
    }
    assert_eq!(server.count(), 0);

    let url = format!("http://good.example:{port}/");
    let mut private = request("GET", &url);
    private.policy = AddressPolicy::Private;
    assert!(told(&[&["127.0.0.1"]]).0.send(private).await.is_ok());
    let (fetch, _) = told(&[&["127.0.0.1"]]);
    assert!(
        fetch
            .send(request("GET", &format!("http://localhost:{port}/")))
            .await
            .is_ok()
    );
    let (fetch, _) = told(&[&["10.0.0.1"]]);
    let error = fails(&fetch, request("GET", &format!("http://localhost:{port}/"))).await;
    assert_eq!(error.kind, CapabilityErrorKind::Denied, "{error:?}");
    let mut other = at(&server);
    other.policy = AddressPolicy::Only("127.0.0.2".parse().unwrap());
    let error = fails(&HttpClient::new(Arc::new(SystemResolver)), other).await;
    assert!(
        error.kind == CapabilityErrorKind::Denied,
        "an address is checked as well: {error:?}"
    );
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_name_that_flips_after_the_check_cannot_rebind() {
    let ok = |mut stream: TcpStream| async move {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await
            .ok();
    };
    let granted = Server::on("127.0.0.2:0", ok).await;
    let port = granted.address.port();
    let inside = Server::on(&format!("127.0.0.3:{port}"), ok).await;
    let (fetch, told) = told(&[&["127.0.0.2"], &["127.0.0.3"]]);
    let url = format!("http://good.example:{port}/");
    for turn in 0..400 {
        let mut request = request("GET", &url);
        request.policy = AddressPolicy::Only("127.0.0.2".parse().unwrap());
        let answer = fetch.send(request).await;
        assert_eq!(answer.is_ok(), turn % 2 == 0, "{turn}: {answer:?}");
    }
    assert_eq!((granted.count(), inside.count()), (200, 0));
    assert_eq!(
        told.asked.load(Ordering::SeqCst),
        400,
        "a name is looked up once a request"
    );
    assert!(
        granted
            .seen(0)
            .contains(&format!("host: good.example:{port}\r\n"))
    );
}

#[tokio::test]
async fn requests_at_once_do_not_mix_their_addresses() {
    struct ByName;
    #[async_trait]
    impl Resolver for ByName {
        async fn addresses(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            tokio::task::yield_now().await;
            let last = name.trim_end_matches(".example").parse().unwrap();
            Ok(vec![([127, 0, 1, last], port).into()])
        }
    }
    let mut servers = Vec::new();
    let first = Server::on("127.0.1.1:0", |_| async {}).await;
    let port = first.address.port();
    drop(first);
    for last in 10..14 {
        let answer = move |mut stream: TcpStream| async move {
            let text = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{last}");
            stream.write_all(text.as_bytes()).await.ok();
        };
        servers.push(Server::on(&format!("127.0.1.{last}:{port}"), answer).await);
    }
    let fetch = HttpClient::new(Arc::new(ByName));
    let send = |n: usize| {
        let last = 10 + n % 4;
        let mut request = request("GET", &format!("http://{last}.example:{port}/"));
        request.policy = AddressPolicy::Private;
        let fetch = &fetch;
        async move { (last, fetch.send(request).await.unwrap().body) }
    };
    for (last, body) in futures_util::future::join_all((0..40).map(send)).await {
        assert_eq!(body, last.to_string().into_bytes());
    }
}

#[tokio::test]
async fn the_client_resolves_nothing_by_itself() {
    let fetch = HttpClient::new(Arc::new(SystemResolver));
    let client = fetch.client(false).await.unwrap();
    let error = client.get("http://localhost:9/").send().await.unwrap_err();
    assert_eq!(reason(error), "this name was not checked");
    let checked = CheckedAddresses {
        name: "good.example".into(),
        addresses: vec![([127, 0, 0, 1], 9).into()],
    };
    let send = client.get("http://other.example:9/").send();
    let error = CHECKED.scope(checked, send).await.unwrap_err();
    assert_eq!(reason(error), "this name was not checked");
}

/// A key that guards nothing (PKCS #8), and its self-signed certificate for `tls.example`.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1uez6AdMv7RyKbPo4Pi+jmmUtOJwCTk6ZcF16o+NXAuhRANCAASQxDoSYSLJsqhvWTseS78QhAt4R33XOc1fgqinFV/fmA3clr6LXousHs4aLIZTztjhiey3LC2S6nbuCGPq6PPP";
const CERTIFICATE: &str = "MIIBfzCCASWgAwIBAgIUH0wRsdEmAkvWf3nQ5NWPCQUUZMowCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPZGVwbG95aG9zdCB0ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9kZXBsb3lob3N0IHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASQxDoSYSLJsqhvWTseS78QhAt4R33XOc1fgqinFV/fmA3clr6LXousHs4aLIZTztjhiey3LC2S6nbuCGPq6PPPo0cwRTAWBgNVHREEDzANggt0bHMuZXhhbXBsZTAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBRjY+mxCwa12rv/zahalnqFJzubsjAKBggqhkjOPQQDAgNIADBFAiB8yIffqJj9FlsKVcdeoPHyB+/5saEkVSqXP8bV5kzFBAIhAPpn2yHOUyqLI4ZsmtrcVfeDIx3gj3Ky0mTwAORODgH1";

async fn tls_server() -> Server {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

    let key = PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).unwrap());
    let certificate = CertificateDer::from(STANDARD.decode(CERTIFICATE).unwrap());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut bytes = vec![0; 4096];
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                kept.lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                stream
                    .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                    .await
                    .ok();
                stream.shutdown().await.ok();
            }
        }
    });
    Server {
        address,
        seen,
        connections: Arc::default(),
        task,
    }
}

async fn over_tls(server: &Server, name: &str) -> Result<Response, CapabilityError> {
    let url = format!("https://{name}:{}/{CANARY}", server.address.port());
    let mut request = request("GET", &url);
    request.policy = AddressPolicy::Private;
    told(&[&["127.0.0.1"]]).0.send(request).await
}

#[tokio::test]
async fn an_unknown_certificate_is_named_and_nothing_is_sent() {
    let server = tls_server().await;
    let error = over_tls(&server, "tls.example").await.unwrap_err();
    assert_eq!(error.kind, CapabilityErrorKind::Unreachable, "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("tls.example has a certificate problem"),
        "{text}"
    );
    let plain = Server::saying("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let error = over_tls(&plain, "tls.example").await.unwrap_err();
    assert!(
        (error.kind == CapabilityErrorKind::Unreachable && !error.to_string().contains(CANARY)),
        "{error:?}"
    );
    assert!(server.seen.lock().unwrap().is_empty());
}

async fn get_plain() -> Result<Response, CapabilityError> {
    let server = Server::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let url = format!("http://plain.example:{}/", server.address.port());
    let mut request = request("GET", &url);
    request.policy = AddressPolicy::Private;
    told(&[&["127.0.0.1"]]).0.send(request).await
}

/// Does the test again in a process with this environment and nothing else; it has to get
/// through its part there.
async fn in_a_process(test: &str, environment: &[(&str, &str)]) {
    let child = subprocess::command_in(environment, module_path!(), test, &[]);
    let mut child = tokio::process::Command::from(child);
    assert!(subprocess::is_done(
        child.kill_on_drop(true).status().await.unwrap()
    ));
}

#[tokio::test]
async fn trust_comes_from_the_machine_and_proxies_from_nowhere() {
    const NAME: &str = "trust_comes_from_the_machine_and_proxies_from_nowhere";
    if subprocess::part().is_some() {
        let server = tls_server().await;
        assert_eq!(over_tls(&server, "tls.example").await.unwrap().status, 204);
        assert!(server.seen(0).starts_with("GET /CANARY"));
        let error = over_tls(&server, "other.example").await.unwrap_err();
        assert!(
            (error.kind == CapabilityErrorKind::Unreachable
                && error.to_string().contains("certificate problem")),
            "{error:?}"
        );
        assert!(get_plain().await.is_ok());
        subprocess::done();
    }
    let proxy = Server::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
    std::fs::write(&root, pem).unwrap();
    let url = format!("http://{}", proxy.address);
    let names = [
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ];
    let mut environment = names.map(|name| (name, url.as_str())).to_vec();
    environment.push(("SSL_CERT_FILE", root.to_str().unwrap()));
    in_a_process(NAME, &environment).await;
    assert_eq!(proxy.count(), 0);
}

#[tokio::test]
async fn a_machine_without_certificates_still_has_plain_http() {
    const NAME: &str = "a_machine_without_certificates_still_has_plain_http";
    if subprocess::part().is_some() {
        assert!(get_plain().await.is_ok());
        let error = over_tls(&tls_server().await, "tls.example")
            .await
            .unwrap_err();
        assert!(
            (error.kind == CapabilityErrorKind::Other
                && error.to_string().contains("install ca-certificates")),
            "{error:?}"
        );
        subprocess::done();
    }
    let nothing = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    in_a_process(NAME, &nothing).await;
}

struct Quiet;

#[async_trait]
impl Recorder for Quiet {
    async fn begin(&self, _: String) -> Result<(), Diagnostic> {
        Ok(())
    }
    fn log(&self, _: &str, _: &str) {}
    fn progress(&self, _: u32, _: u32, _: &str) {}
}

/// A plugin that has found a server which echoes what it gets.
#[tokio::test]
async fn secrets_go_over_the_wire_and_do_not_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let echo = tokio::spawn(async move {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read_request(&mut stream).await;
            let path = request.split(' ').nth(1).unwrap();
            let head = format!("HTTP/1.1 307 X\r\nlocation: {path}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            seen.push(request);
        }
        seen
    });
    let origin = Origin::parse(&origin).unwrap();
    let secret = |name: &str, kind, value: &str| {
        Arc::new(Secret::new(name, kind, origin.clone(), value).unwrap())
    };
    let hook = secret(
        "hook",
        SecretKind::Url,
        &format!("{origin}/api/webhooks/1/{CANARY}?thread=7"),
    );
    let key = secret("key", SecretKind::Token, "KEY-CANARY-0123");
    let grant = HttpGrant {
        origin: origin.clone(),
        methods: Methods::Any,
        private: false,
    };
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let call = Arc::new(Call::new(Phase::Acting, Arc::new(Quiet), stopped));
    let port = Arc::new(HttpClient::new(Arc::new(SystemResolver)));
    let secrets = vec![hook.clone(), key.clone()];
    let http = Http::new(call, vec![grant], secrets, port, Writes::Messages).unwrap();
    let asked = |url: String| GuestRequest {
        method: "PATCH".into(),
        url,
        headers: vec![("Authorization".into(), format!("Bot {}", key.placeholder()))],
        body: format!("{{\"content\":\"{}\"}}", key.placeholder()).into(),
        timeout_ms: 60_000,
        signing: None,
    };
    let with_hook = format!("{}/messages/1?wait=true", hook.placeholder());
    let answer = http.answer(asked(with_hook)).await.unwrap();
    let text = format!(
        "{:?} {}",
        answer.headers,
        String::from_utf8_lossy(&answer.body)
    );
    assert!(!text.contains("CANARY"), "{text}");
    assert!(
        text.contains("[secret hook]") && text.contains("authorization: Bot [secret key]"),
        "{text}"
    );
    assert!(
        text.contains(&key.placeholder()),
        "what the plugin wrote is the plugin's: {text}"
    );
    http.answer(asked(format!("{origin}/other"))).await.unwrap();

    let seen = echo.await.unwrap();
    let line = format!("PATCH /api/webhooks/1/{CANARY}/messages/1?thread=7&wait=true HTTP/1.1\r\n");
    assert!(seen[0].starts_with(&line), "{}", seen[0]);
    assert!(seen[0].contains("authorization: Bot KEY-CANARY-0123\r\n"));
    assert!(seen[0].ends_with(&format!("{{\"content\":\"{}\"}}", key.placeholder())));
    assert!(seen[1].starts_with("PATCH /other HTTP/1.1\r\n"));
}
