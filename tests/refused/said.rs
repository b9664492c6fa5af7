//! Runs a case, and holds what came of it against what must come.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::case::{Beside, Case, Expect, Variable};
use super::house::House;
use super::scene::Scene;
use crate::site::snapshot::Snapshot;

/// What the program said, and what is wrong whatever it was to say.
pub struct Answer {
    pub said: Expect,
    pub wrong: Vec<String>,
}

impl Answer {
    /// Empty: as it must be.
    pub fn against(&self, expected: &Expect) -> String {
        let mut wrong = self.wrong.join("\n");
        if self.said != *expected {
            let Expect {
                exit,
                out,
                err,
                world,
            } = &self.said;
            wrong += &format!("\n--- exit {exit}, not {}", expected.exit);
            for (name, said, wanted) in [
                ("out", out, &expected.out),
                ("err", err, &expected.err),
                ("world", world, &expected.world),
            ] {
                if said != wanted {
                    wrong += &format!("\n--- {name}:\n{said}\n--- not:\n{wanted}");
                }
            }
        }
        wrong
    }
}

pub fn answer(case: &Case, house: &House) -> Answer {
    let scene = Scene::of(case, house);
    let start = Start {
        case,
        house,
        scene: &scene,
    };
    for words in &case.first {
        let ended = start
            .command(words.words(|it| scene.meant(it)), case.user)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "what comes first: {said}");
    }
    let beside = case.beside.as_ref().map(|beside| start.beside(beside));
    let before = Snapshot::of(&scene.path(""));
    let answer = start.answer();
    let mut wrong = answer.1;
    if let Some(mut beside) = beside {
        beside.kill().unwrap();
        beside.wait().unwrap();
    }
    if !case.runs {
        let mut changed = Snapshot::of(&scene.path("")).since(&before);
        // The folders that it keeps for itself; nothing of a run is in them.
        let own = [
            "state",
            "state/compiled",
            "state/plugins",
            "state/mirrors",
            "state/home",
        ];
        changed.retain(|path| {
            let path = path.strip_prefix(scene.path("")).unwrap();
            !own.iter().any(|own| path == std::path::Path::new(own))
                && !path.starts_with("state/compiled")
                && !path.starts_with("state/locks")
        });
        if !changed.is_empty() {
            wrong.push(format!("it changed {changed:?}"));
        }
    }
    Answer {
        said: answer.0,
        wrong,
    }
}

struct Start<'a> {
    case: &'a Case,
    house: &'a House,
    scene: &'a Scene,
}

impl Start<'_> {
    /// The program in the case's folder and environment.
    fn command(&self, words: Vec<OsString>, user: Option<u32>) -> Command {
        let mut command = Command::new(self.house.program());
        command.args(words);
        self.placed(command, user)
    }

    fn placed(&self, mut command: Command, user: Option<u32>) -> Command {
        let here = self.scene.path("");
        command.current_dir(&here).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .env("HOME", &here)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC");
        command.env("STATE_DIRECTORY", self.scene.path("state"));
        for (name, value) in &self.case.environment {
            match value {
                Variable::Kept(kept) => {
                    assert!(!kept, "{name} = true means nothing");
                    command.env_remove(name)
                }
                Variable::Set(text) => {
                    use std::os::unix::ffi::OsStringExt;
                    let value = text.bytes(|it| self.scene.meant(it));
                    command.env(name, OsString::from_vec(value))
                }
            };
        }
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn beside(&self, beside: &Beside) -> Child {
        let words = beside.command.words(|it| self.scene.meant(it));
        let mut child = self
            .command(words, beside.user)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let reached = lines.map_while(Result::ok).any(|line| {
            let reached = line.contains(&beside.until);
            said.push(line);
            reached
        });
        if !reached {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it never said {:?}: {said:#?}", beside.until);
        }
        child
    }

    fn answer(&self) -> (Expect, Vec<String>) {
        let mut wrong = Vec::new();
        let ends: Vec<(Output, Duration)> = std::thread::scope(|scope| {
            let once = || scope.spawn(|| self.once());
            let all: Vec<_> = (0..self.case.times).map(|_| once()).collect();
            all.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let mut said: Vec<Expect> = Vec::new();
        let mut winners = 0;
        for (ended, took) in ends {
            let plain = |bytes: &[u8]| self.plain(&String::from_utf8_lossy(bytes));
            let one = Expect {
                exit: ended.status.code().unwrap_or(-1),
                out: plain(&ended.stdout),
                err: plain(&ended.stderr),
                world: String::new(),
            };
            if one.err.contains("panicked at") {
                wrong.push(format!("it panics:\n{}", one.err));
            }
            if Some(one.exit) == self.case.winner {
                winners += 1;
                continue;
            }
            if took > Duration::from_secs_f32(self.case.within) {
                wrong.push(format!("it took {took:.1?}"));
            }
            said.push(one);
        }
        if winners != usize::from(self.case.winner.is_some()) {
            wrong.push(format!("{winners} got through"));
        }
        said.dedup();
        if said.len() > 1 {
            wrong.push(format!("they ended differently: {said:#?}"));
        }
        (said.swap_remove(0), wrong)
    }

    fn once(&self) -> (Output, Duration) {
        let began = Instant::now();
        let words = self.case.command.words(|it| self.scene.meant(it));
        let mut command = match &self.case.through {
            None => self.command(words, self.case.user),
            Some(line) => {
                let mut shell = Command::new("sh");
                shell
                    .arg("-c")
                    .arg(line)
                    .arg("sh")
                    .arg(self.house.program())
                    .args(words);
                self.placed(shell, self.case.user)
            }
        };
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Who does not read it has closed it.
        let _unread = stdin.write_all(self.case.stdin.as_bytes());
        drop(stdin);
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (stdout, stderr) = std::thread::scope(|scope| {
            let (out, err) = (scope.spawn(|| all(out)), scope.spawn(|| all(err)));
            // What hangs is ended well after its time, so that it is said how long it took.
            let longest = Duration::from_secs_f32(self.case.within * 2.0 + 10.0);
            while child.try_wait().unwrap().is_none() {
                if began.elapsed() > longest {
                    child.kill().unwrap();
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            (out.join().unwrap(), err.join().unwrap())
        });
        let took = began.elapsed();
        let status = child.wait().unwrap();
        (
            Output {
                status,
                stdout,
                stderr,
            },
            took,
        )
    }

    /// Without what is another each time: folders, run ids, process ids, times.
    fn plain(&self, text: &str) -> String {
        let here = self.scene.path("");
        let here = here.to_str().unwrap().trim_end_matches('/');
        let text = text.replace(here, "{here}");
        let text = text.replace(&self.house.seen_plugins(), "{plugins}");
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let new = !plain.ends_with(|it: char| it.is_ascii_alphanumeric());
            let (length, name) = match new {
                true => varying(&plain, rest),
                false => (0, ""),
            };
            match length {
                0 => plain.push(first),
                _ => plain += name,
            }
            rest = &rest[if length == 0 {
                first.len_utf8()
            } else {
                length
            }..];
        }
        plain
    }
}

/// How long what varies is at the beginning of a text, and what it is shown as.
fn varying(before: &str, text: &str) -> (usize, &'static str) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let id = text.bytes().take_while(|it| hex(it)).count();
    let dashed = text.as_bytes().get(8) == Some(&b'-') && text.starts_with("01");
    if dashed && [13, 36].contains(&id) {
        return (id, "{run}");
    }
    let number = digits(text);
    if number > 0 && before.ends_with("pid ") {
        return (number, "{pid}");
    }
    let (hours, minutes) = (number == 2, text.get(3..).map_or(0, digits) == 2);
    if hours && minutes && text.as_bytes()[2] == b':' && before.ends_with("since ") {
        return (5, "{time}");
    }
    // As runs show how long a thing took: `0.1 s`.
    if number > 0 && text[number..].starts_with('.') {
        let more = digits(&text[number + 1..]);
        if more == 1 && text[number + 2..].starts_with(" s") {
            return (number + 4, "{time}");
        }
    }
    (0, "")
}

fn all(mut from: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _broken = from.read_to_end(&mut bytes);
    bytes
}
