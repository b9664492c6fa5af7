//! A network for one case alone: a network namespace in which every address is this machine's, with a
//! name server that says what the case says, and servers everywhere that tell who came.
//!
//! The test runs itself again inside it, for that one case. Whatever address the program connects to,
//! public or not, somebody is there: what was not meant to be reached is seen to be reached.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

use super::case::{Case, Text};
use super::case_folder::run;
use super::execution;
use super::installation::Installation;

/// Which case this process is to run, and on which installation, where it is the other process.
const INSIDE: &str = "DEPLOYHOST_TEST_NETWORK";
const RIGHT: i32 = 86;
const WRONG: i32 = 87;
/// As Rust ends a process that panics.
const PANICKED: i32 = 101;
/// Where somebody is listening, at every address.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FakeNetwork {
    /// The addresses of each name; of a list of lists, each look-up gets the next.
    #[serde(default)]
    names: BTreeMap<String, Addresses>,
    /// What every server says when it was asked.
    #[serde(default = "hello")]
    answer: Text,
    /// What it says after that, again and again until nobody listens.
    then: Option<Then>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Addresses {
    Always(Vec<IpAddr>),
    InTurn(Vec<Vec<IpAddr>>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Then {
    say: Text,
    #[serde(default)]
    every_ms: u64,
}

fn hello() -> Text {
    Text::Plain("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".into())
}

/// Runs the case in a network of its own; what is wrong.
pub fn enter(file: &Path, installation: &Installation) -> String {
    let own = match rustix::process::geteuid().is_root() {
        true => "-mn",
        false => "-rmn",
    };
    let ended = Command::new("unshare")
        .arg(own)
        .arg(std::env::current_exe().unwrap())
        .env(
            INSIDE,
            format!("{}\n{}", file.display(), installation.folder().display()),
        )
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    match ended.status.code() {
        Some(RIGHT) => String::new(),
        Some(WRONG | PANICKED) => err.into_owned(),
        _ => format!(
            "no network of its own: {err}\nrun the tests as root, or allow namespaces: \
             sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
        ),
    }
}

/// Where this process is the other one: runs its case, and ends.
pub fn run_inside() {
    let Ok(inside) = std::env::var(INSIDE) else {
        return;
    };
    let (file, installation) = inside.split_once('\n').unwrap();
    let (file, installation) = (
        PathBuf::from(file),
        Installation::at(Path::new(installation)),
    );
    let case = Case::read(&file);
    let seen = begin(case.network.as_ref().unwrap());
    let mut outcome = execution::run(&case, &installation);
    outcome.output.network = seen.describe();
    let wrong = super::judge(&case, &file, outcome);
    std::io::stderr().write_all(wrong.as_bytes()).unwrap();
    std::process::exit(if wrong.is_empty() { RIGHT } else { WRONG });
}

/// What names were asked for, and what came to whom.
#[derive(Default)]
struct Seen {
    asked: Mutex<BTreeMap<String, [usize; 2]>>,
    came: Mutex<Vec<(SocketAddr, String)>>,
}

impl Seen {
    fn describe(&self) -> String {
        let mut text = String::new();
        for (name, [times, _]) in self.asked.lock().unwrap().iter() {
            text += &format!("asked for {name}: {times}\n");
        }
        for (address, head) in self.came.lock().unwrap().iter() {
            text += &format!("at {address}\n");
            for line in head.lines() {
                let line: String = line.escape_debug().take(100).collect();
                text += &format!("  {line}\n");
            }
        }
        text.replace(
            concat!("deployhost/", env!("CARGO_PKG_VERSION")),
            "deployhost/{version}",
        )
    }
}

fn begin(network: &FakeNetwork) -> Arc<Seen> {
    let ip = |words: &str| run(Command::new("ip").args(words.split(' ')));
    ip("link set lo up");
    ip("route add local 0.0.0.0/0 dev lo");
    ip("-6 route add local ::/0 dev lo");
    let etc = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("resolv.conf", "nameserver 127.0.0.1\noptions attempts:1\n"),
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("nsswitch.conf", "hosts: files dns\n"),
    ] {
        let file = etc.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut mount = Command::new("mount");
        run(mount
            .arg("--bind")
            .arg(&file)
            .arg(Path::new("/etc").join(name)));
    }
    // The runs of two networks are not in each other's way.
    run(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=1777", "none", "/run/lock"]));
    let seen = Arc::<Seen>::default();
    let turns = network.names.iter().map(|(name, addresses)| {
        let turns = match addresses {
            Addresses::Always(all) => vec![all.clone()],
            Addresses::InTurn(turns) => turns.clone(),
        };
        (name.clone(), turns)
    });
    names(turns.collect(), seen.clone());
    let plain = |text: &Text| text.bytes(str::to_owned);
    let then = network.then.as_ref();
    let answer = Arc::new(Answer {
        first: plain(&network.answer),
        then: then.map(|it| (plain(&it.say), Duration::from_millis(it.every_ms))),
    });
    for port in PORTS {
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
        let (answer, seen) = (answer.clone(), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, seen) = (answer.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &answer, &seen));
            }
        });
    }
    seen
}

/// The name server.
fn names(names: BTreeMap<String, Vec<Vec<IpAddr>>>, seen: Arc<Seen>) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok((size, from)) = socket.recv_from(&mut bytes) {
            let asked = Packet::parse(&bytes[..size]).unwrap();
            let question = &asked.questions[0];
            let name = question.qname.to_string();
            let kind = usize::from(question.qtype == QTYPE::TYPE(TYPE::AAAA));
            let turn = {
                let mut seen = seen.asked.lock().unwrap();
                let times = &mut seen.entry(name.clone()).or_default()[kind];
                *times += 1;
                *times - 1
            };
            let mut reply = Packet::new_reply(asked.id());
            reply.set_flags(PacketFlag::RECURSION_AVAILABLE | PacketFlag::RECURSION_DESIRED);
            reply.questions.push(question.clone());
            match names.get(&name) {
                None => *reply.rcode_mut() = RCODE::NameError,
                Some(turns) => {
                    let addresses = &turns[turn.min(turns.len() - 1)];
                    let data = addresses.iter().filter_map(|address| match address {
                        IpAddr::V4(ip) if kind == 0 => Some(RData::A(A::from(*ip))),
                        IpAddr::V6(ip) if kind == 1 => Some(RData::AAAA(AAAA::from(*ip))),
                        _ => None,
                    });
                    let record =
                        |data| ResourceRecord::new(question.qname.clone(), CLASS::IN, 0, data);
                    reply.answers.extend(data.map(record));
                }
            }
            socket
                .send_to(&reply.build_bytes_vec().unwrap(), from)
                .unwrap();
        }
    });
}

struct Answer {
    first: Vec<u8>,
    then: Option<(Vec<u8>, Duration)>,
}

/// One connection: tells what came, and says what there is to say.
fn serve(mut stream: TcpStream, answer: &Answer, seen: &Seen) {
    let address = stream.local_addr().unwrap();
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    let number = {
        let mut came = seen.came.lock().unwrap();
        came.push((address, String::new()));
        came.len() - 1
    };
    let head = request(&mut stream);
    seen.came.lock().unwrap()[number].1 = head;
    let mut written = stream.write_all(&answer.first);
    if let Some((piece, every)) = &answer.then {
        while written.is_ok() {
            std::thread::sleep(*every);
            written = stream.write_all(piece);
        }
    }
}

/// Its head and its body, as far as they came.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        if bytes.first() == Some(&0x16) {
            return "a TLS handshake".into();
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return text,
            Ok(size) => bytes.extend(&piece[..size]),
        }
    }
}
