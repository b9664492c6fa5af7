//! Remotes that are slow, away, gone, or ask for a password; mirrors that are damaged.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::hang_guard::LIMIT;
use deployhost_runtime::capability::git::{SshKey, Token};

/// An HTTP server that answers every request with this text (none: never), and its address.
async fn server(answer: Option<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (answer, heard) = (answer.clone(), heard.clone());
            tokio::spawn(async move {
                let mut request = vec![0; 8192];
                let n = socket.read(&mut request).await.unwrap_or(0);
                heard
                    .lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&request[..n]).into_owned());
                match answer {
                    Some(answer) => {
                        let _ = socket.write_all(answer.as_bytes()).await;
                    }
                    None => std::future::pending().await,
                }
            });
        }
    });
    (address, asked)
}

fn http(status: &str, headers: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
    ))
}

async fn fetched(fixture: &GitFixture, url: &str, auth: &Auth) -> Result<(), CapabilityError> {
    let remote = Remote::parse(url).unwrap();
    fixture
        .program
        .fetch(&fixture.path("new"), &remote, auth)
        .await
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_at_the_deadline() {
    let mut fixture = GitFixture::new();
    fixture.program = GitProgram::new(fixture.at("state")).within(Duration::from_secs(3));
    let (address, asked) = server(None).await;
    let url = format!("{address}/x.git");
    let late = tokio::time::timeout(LIMIT, fetched(&fixture, &url, &Auth::Plain));
    let late = late.await.expect("the server is left");
    assert!(
        matches!(&late, Err(why) if why.kind == CapabilityErrorKind::Unreachable && why.to_string().contains("in 3 s")),
        "{late:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
    // Nothing of it is left.
    let left = || leftover_in(&fixture.mirror());
    let since = Instant::now();
    while left() {
        assert!(since.elapsed() < LIMIT, "a git is still at work");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn leftover_in(folder: &OsPath) -> bool {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|at| at.starts_with(folder)))
}

#[tokio::test]
async fn remotes_that_fail_are_told_apart() {
    let fixture = GitFixture::new();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let away = fetched(&fixture, &closed, &Auth::Plain).await;
    assert!(
        matches!(away, Err(ref error) if error.kind == CapabilityErrorKind::Unreachable),
        "{away:?}"
    );
    let (busy, _) = server(http("503 Busy", "")).await;
    let away = fetched(&fixture, &busy, &Auth::Plain).await;
    assert!(
        matches!(away, Err(ref error) if error.kind == CapabilityErrorKind::Unreachable),
        "{away:?}"
    );
    let (empty, _) = server(http("404 Not Found", "")).await;
    let gone = fetched(&fixture, &empty, &Auth::Plain).await;
    assert!(
        matches!(gone, Err(ref error) if error.kind == CapabilityErrorKind::NotFound),
        "{gone:?}"
    );
    let gone = fetched(
        &fixture,
        fixture.at("no-such.git").to_str().unwrap(),
        &Auth::Plain,
    )
    .await;
    assert!(
        matches!(gone, Err(ref error) if error.kind == CapabilityErrorKind::NotFound),
        "{gone:?}"
    );
    let (locked, _) = server(http("401 Who?", "WWW-Authenticate: Basic realm=\"x\"\r\n")).await;
    let refused = fetched(&fixture, &locked, &Auth::Plain).await;
    assert!(
        matches!(&refused, Err(why) if why.kind == CapabilityErrorKind::Other && why.to_string().contains("auth = \"user\"")),
        "{refused:?}"
    );
    let key = SshKey::parse("/no/key", "/no/known_hosts").unwrap();
    for auth in [Auth::Plain, Auth::User, Auth::Ssh(key)] {
        let away = fetched(&fixture, "ssh://127.0.0.1:1/x.git", &auth).await;
        assert!(
            matches!(away, Err(ref error) if error.kind == CapabilityErrorKind::Unreachable),
            "{away:?}"
        );
    }
    let path = fixture.path("new");
    let never = fixture
        .program
        .resolve(
            &path,
            &Remote::parse("/never/fetched").unwrap(),
            &reference("main"),
        )
        .await;
    assert!(
        matches!(&never, Err(why) if why.kind == CapabilityErrorKind::NotFound && why.to_string().contains("fetch first")),
        "{never:?}"
    );
    let nameless = fixture
        .program
        .fetch(&path, &fixture.origin(), &Auth::Plain)
        .await;
    assert!(
        matches!(&nameless, Err(why) if why.kind == CapabilityErrorKind::NotFound && why.to_string().contains("give a URL")),
        "{nameless:?}"
    );
    let unknown = fixture
        .program
        .fetch(
            &fixture.tree(),
            &Remote::parse("upstream").unwrap(),
            &Auth::Plain,
        )
        .await;
    assert!(
        matches!(&unknown, Err(why) if why.kind == CapabilityErrorKind::NotFound && why.to_string().contains("has origin")),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_token_goes_to_its_origin_and_nowhere_else() {
    let fixture = GitFixture::new();
    let (other, overheard) = server(http("404 Not Found", "")).await;
    let (moved, asked) = server(http(
        "301 Moved",
        &format!("Location: {other}/x.git/info/refs\r\n"),
    ))
    .await;
    let auth = Auth::Token(Arc::new(Token::new(moved.clone(), "s3cr3t-token")));
    let refused = fetched(&fixture, &format!("{moved}/x.git"), &auth).await;
    assert!(
        matches!(&refused, Err(why) if why.kind == CapabilityErrorKind::Invalid && why.to_string().contains("has moved")),
        "{refused:?}"
    );
    let asked = asked.lock().unwrap().join("");
    // base64 of "x-access-token:s3cr3t-token"
    assert!(
        asked.contains("Authorization: Basic eC1hY2Nlc3MtdG9rZW46czNjcjN0LXRva2Vu"),
        "{asked}"
    );
    assert!(overheard.lock().unwrap().is_empty());
    let elsewhere = fetched(&fixture, &format!("{other}/x.git"), &auth).await;
    let why = elsewhere.unwrap_err();
    assert_eq!(why.kind, CapabilityErrorKind::Invalid, "{why:?}");
    let why = why.to_string();
    assert!(why.contains(&moved) && !why.contains("s3cr3t"), "{why}");
    assert!(overheard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_is_in_no_argument() {
    let fixture = GitFixture::new();
    let (silent, asked) = server(None).await;
    let auth = Auth::Token(Arc::new(Token::new(silent.clone(), "s3cr3t-token")));
    let url = format!("{silent}/x.git");
    let fetch = fetched(&fixture, &url, &auth);
    let watch = async {
        while asked.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut lines = String::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            lines += &String::from_utf8_lossy(&line);
        }
        lines
    };
    // Left as soon as it was seen: the server would never answer it.
    let lines = tokio::time::timeout(LIMIT, async {
        tokio::select! {
            ended = fetch => panic!("nobody answered it: {ended:?}"),
            lines = watch => lines,
        }
    });
    let lines = lines.await.expect("the server is asked");
    assert!(lines.contains(&url), "the fetch was not seen");
    assert!(!lines.contains("eC1hY2Nlc3MtdG9rZW46") && !lines.contains("s3cr3t"));
}

#[tokio::test]
async fn two_fetches_at_once_both_end_well() {
    let fixture = GitFixture::new();
    fixture.fetch().await.unwrap();
    for round in 0..3 {
        fixture.commit(&[("app.py", &format!("{round}\n"))], "Next");
        git(
            &fixture.author(),
            &["push", "-q", "origin", &format!("main:refs/heads/b{round}")],
        );
        let other = GitProgram::new(fixture.at("state"));
        let (path, origin) = (fixture.tree(), fixture.origin());
        let (one, two) = tokio::join!(fixture.fetch(), other.fetch(&path, &origin, &Auth::Plain));
        one.unwrap();
        two.unwrap();
    }
}

#[tokio::test]
async fn a_mirror_with_a_killed_fetchs_lock_is_used_again() {
    let fixture = GitFixture::new();
    fixture.fetch().await.unwrap();
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    write(&fixture.mirror().join("refs/heads/main.lock"), "");
    tokio::time::sleep(Duration::from_millis(20)).await;
    fixture.fetch().await.unwrap();
    assert_eq!(
        fixture.resolve("main").await.unwrap().commit.id,
        second.as_str()
    );
}

#[tokio::test]
async fn a_mirror_whose_making_was_killed_is_made_again() {
    let fixture = GitFixture::new();
    fixture.fetch().await.unwrap();
    let mirror = fixture.mirror();
    fs::remove_file(mirror.join("deployhost")).unwrap();
    fs::remove_file(mirror.join("config")).unwrap();
    fixture.fetch().await.unwrap();
    assert_eq!(
        fixture.resolve("main").await.unwrap().commit.id,
        fixture.first.as_str()
    );
}

#[tokio::test]
async fn old_history_with_a_harmless_fault_is_fetched() {
    let fixture = GitFixture::new();
    let author = fixture.author();
    let raw =
        git(&author, &["cat-file", "commit", "HEAD"]).replace("Adèle <a@x>", "Adèle<a@x>") + "\n";
    write(&fixture.at("raw"), &raw);
    let raw = fixture.at("raw");
    let id = git(
        &author,
        &[
            "hash-object",
            "--literally",
            "-t",
            "commit",
            "-w",
            raw.to_str().unwrap(),
        ],
    );
    git(&author, &["update-ref", "refs/heads/main", &id]);
    git(&author, &["push", "-q", "--force", "origin", "main"]);
    fixture.fetch().await.unwrap();
    assert_eq!(fixture.resolve("main").await.unwrap().commit.id, id);
}

#[tokio::test]
async fn a_relative_remote_starts_at_the_tree() {
    let fixture = GitFixture::new();
    git(
        &fixture.at("tree"),
        &["config", "remote.origin.url", "../remote.git"],
    );
    fixture.fetch().await.unwrap();
    let remote = Remote::parse("./../remote.git").unwrap();
    let found = fixture
        .program
        .resolve(&fixture.tree(), &remote, &reference("main"))
        .await
        .unwrap();
    assert_eq!(found.commit.id, fixture.first.as_str());
    assert_eq!(
        fs::read_dir(fixture.at("state/mirrors")).unwrap().count(),
        1
    );
}

#[tokio::test]
async fn this_users_own_set_up_reaches_the_same_remote() {
    let fixture = GitFixture::new();
    let remote = fixture.remote();
    fetched(&fixture, remote.as_str(), &Auth::User)
        .await
        .unwrap();
    let found = fixture
        .program
        .resolve(&fixture.path("new"), &remote, &reference("main"))
        .await;
    assert_eq!(found.unwrap().commit.id, fixture.first.as_str());
}
