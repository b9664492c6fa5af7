//! Stands between a command and the Docker socket, and notes what is asked.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const DAEMON: &str = "/var/run/docker.sock";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

pub struct Relay {
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Listens on a socket in a folder. Its threads end with the test run.
    pub fn in_folder(folder: &Path) -> Self {
        let socket = folder.join("relay.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let daemon = UnixStream::connect(DAEMON).unwrap();
                let (back, to) = (daemon.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || pass(back, to, |_| {}));
                let noted = noted.clone();
                std::thread::spawn(move || note(client, daemon, &noted));
            }
        });
        Self { socket, asked }
    }

    /// As `DOCKER_HOST` takes it.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// `GET /v1.41/containers/json?…`, in the order that they came.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn note(client: UnixStream, daemon: UnixStream, asked: &Mutex<Vec<String>>) {
    // A request line may come in two pieces; a body is not mistaken for one, since a method, a
    // path and the version must be on the line.
    let mut line = Vec::new();
    pass(client, daemon, |bytes| {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let text = String::from_utf8_lossy(&line);
                    if let [method, path, "HTTP/1.1" | "HTTP/1.0"] =
                        text.split_whitespace().collect::<Vec<_>>()[..]
                        && METHODS.iter().any(|known| method.ends_with(known))
                    {
                        asked.lock().unwrap().push(format!("{method} {path}"));
                    }
                    line.clear();
                }
                _ if line.len() < 16 * 1024 => line.push(*byte),
                _ => {}
            }
        }
    });
}

fn pass(mut from: UnixStream, mut to: UnixStream, mut seen: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        seen(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other side may have gone first.
    let _gone = to.shutdown(Shutdown::Write);
}
