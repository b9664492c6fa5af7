//! The terminal in each outcome: what stands on a real one, held against `tests/terminal/*.txt`, and
//! the page of all of them, `tests/terminal/page.svg`. `BLESS=1` writes both; then look at the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use rustix::process::Signal;

use crate::fixture::Fixture;
use crate::fixture::compose::{COMMITTED, PUBLISHED, services};
use crate::fixture::terminal::{Piece, Terminal, TextStyle};
use crate::support::program::repository;

const TEA: &str = "labels: { tea: \"yes\" }";
const ENDS: &str = "command: [\"/bin/busybox\", \"false\"]";
const LATE: &str = "environment: { COMMIT: \"${DEPLOYHOST_COMMIT}\", DELAY: \"90\" }";

/// One command: how it was typed, how it ended, what then stood there.
struct Shown {
    outcome: &'static str,
    command: String,
    code: Option<i32>,
    lines: Vec<Vec<Piece>>,
}

/// A fixture, and what of it differs from one time to the next.
struct TerminalFixture {
    fixture: Fixture,
    commits: Vec<String>,
    shown: Vec<Shown>,
}

impl TerminalFixture {
    fn push(&mut self, subject: &str, lines: &[&str]) {
        let all = [&[PUBLISHED], lines].concat();
        let files = [("compose.yml", &*services(&[("web", &all)]))];
        let id = self.fixture.commit(subject, &files);
        self.commits.push(id);
    }

    fn begin(&self, words: &[&str]) -> Terminal {
        let mut command = self
            .fixture
            .command(&self.fixture.plan, words[0], &words[1..]);
        command.env("COLORTERM", "truecolor");
        Terminal::start(command, self.fixture.limit())
    }

    fn show(&mut self, outcome: &'static str, words: &[&str], code: i32) {
        let terminal = self.begin(words);
        self.end(outcome, words, terminal, Some(code));
    }

    fn end(&mut self, outcome: &'static str, words: &[&str], on: Terminal, wanted: Option<i32>) {
        let (code, lines) = on.end();
        let lines: Vec<Vec<Piece>> = lines
            .into_iter()
            .map(|line| line.into_iter().map(|piece| self.settled(piece)).collect())
            // How often a page that comes up is asked in vain is never the same.
            .filter(|line: &Vec<Piece>| {
                !text(std::slice::from_ref(line)).contains("did not answer")
            })
            .collect();
        let text = text(&lines);
        assert_eq!(code, wanted, "{outcome}:\n{text}");
        let mut command = format!("deployhost {}", words[0]);
        if words[0] != "show" {
            command += " --plan shop.toml";
        }
        for word in &words[1..] {
            command += &format!(" {word}");
        }
        self.shown.push(Shown {
            outcome,
            command,
            code,
            lines,
        });
    }

    /// The same each time: paths, ids, ports and durations are made up.
    fn settled(&self, piece: Piece) -> Piece {
        let folder = self.fixture.path("");
        let folder = folder.to_str().unwrap().trim_end_matches('/');
        let mut text = piece.text.replace(folder, "/srv/shop");
        text = text
            .replace("/srv/shop/test.toml", "shop.toml")
            .replace(" --state /srv/shop/state", "")
            .replace(&self.fixture.name, "shop")
            .replace(
                &format!("127.0.0.1:{}", self.fixture.port),
                "127.0.0.1:8080",
            );
        for (index, id) in self.commits.iter().enumerate() {
            let made_up = "abcdef".chars().nth(index).unwrap().to_string() + "1b2c3d";
            text = text.replace(id, &made_up).replace(&id[..7], &made_up);
        }
        let style = piece.style;
        Piece {
            text: steady(&text),
            style,
        }
    }
}

/// Durations, numbers of probes and processes, times, ids: each as the same one.
fn steady(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for index in 0..words.len() {
        let before = index.checked_sub(1).map(|it| words[it].clone());
        let after = words.get(index + 1).cloned().unwrap_or_default();
        let word = &mut words[index];
        let core = word
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_owned();
        let digits = core.trim_end_matches("ms").trim_end_matches('s');
        let number = digits.parse::<f64>().is_ok();
        let unit =
            ["s", "probe", "probes", "times"].contains(&after.trim_end_matches([')', ',', ';']));
        let steady = if core.len() >= 13 && core.as_bytes()[8] == b'-' {
            "01a2b3c4-d5e6"
        } else if core.len() == 64 || core.starts_with("sha256:") {
            "sha256:5d1a2b"
        } else if core.len() == 10 && core.matches('-').count() == 2 {
            "2025-10-25"
        } else if core.split(':').count() >= 2 && core.split(':').all(|it| it.len() == 2) {
            "14:30"
        } else if number && core != digits {
            "1s"
        } else if number && before.is_some_and(|it| it.ends_with("pid")) {
            "4711"
        } else if number && unit {
            "3"
        } else {
            continue;
        };
        *word = word.replace(&core, steady);
    }
    words.join(" ")
}

fn text(lines: &[Vec<Piece>]) -> String {
    let mut text = String::new();
    for line in lines {
        for piece in line {
            text += &piece.text;
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[test]
fn each_outcome_looks_as_it_should() {
    let going_well = std::thread::spawn(goes_well);
    let going_wrong = std::thread::spawn(goes_wrong);
    let mut shown = going_well.join().unwrap();
    shown.extend(going_wrong.join().unwrap());
    compare(&shown);
}

fn terminal_fixture(word: &str) -> TerminalFixture {
    let mut fixture = Fixture::new(word);
    fixture.plan.set("health", "start_period", "\"2s\"");
    fixture.plan.set("health", "witness", "{ text = true }");
    let mut shop = TerminalFixture {
        fixture,
        commits: Vec::new(),
        shown: Vec::new(),
    };
    shop.push("Open the shop", &[COMMITTED]);
    shop
}

fn goes_well() -> Vec<Shown> {
    let mut shop = terminal_fixture("well");
    shop.show("first", &["run"], 0);
    shop.push("Sell tea as well", &[COMMITTED, TEA]);
    shop.show("planned", &["run", "--dry-run"], 0);
    shop.fixture.plan.confirm = Some("DEPLOY");
    let mut asked = shop.begin(&["run"]);
    asked.until("Type DEPLOY");
    asked.types("deploy\n");
    shop.end("cancelled", &["run"], asked, Some(6));
    let mut asked = shop.begin(&["run"]);
    asked.until("Type DEPLOY");
    asked.types("DEPLOY\n");
    shop.end("succeeded", &["run"], asked, Some(0));
    shop.fixture.plan.confirm = None;
    shop.show("unchanged", &["run"], 0);
    shop.show("failed", &["run", "--set", "code.ref=nowhere"], 3);
    shop.show("refused", &["run", "--set", "health.atempts=3"], 2);
    shop.shown
}

fn goes_wrong() -> Vec<Shown> {
    let mut shop = terminal_fixture("wrong");
    shop.push("Sell tea as well", &[COMMITTED, TEA]);
    shop.fixture.run().exits(0);
    shop.push("Close the door", &[COMMITTED, ENDS, "restart: always"]);
    shop.show("rolled-back", &["run"], 4);
    shop.fixture.plan.automatic = false;
    shop.show("needs-operator", &["run"], 5);
    shop.fixture.plan.automatic = true;
    shop.show("gone-back", &["rollback"], 0);

    shop.push("Wake up late", &[LATE]);
    shop.fixture.plan.set("health", "start_period", "\"1m\"");
    let mut slow = shop.begin(&["run"]);
    slow.until("recreated web");
    shop.show("locked", &["run"], 75);
    slow.send(Signal::INT);
    shop.end("stopped", &["run"], slow, Some(130));
    let mut killed = shop.begin(&["run"]);
    killed.until("recreated web");
    killed.send(Signal::KILL);
    assert_eq!(killed.end().0, None);
    shop.show("interrupted", &["status"], 3);
    shop.push("Wake up early", &[COMMITTED]);
    shop.show("settled", &["run"], 0);
    shop.shown
}

fn compare(shown: &[Shown]) {
    let folder = repository().join("tests/terminal");
    let mut files: Vec<(PathBuf, String)> = shown
        .iter()
        .map(|it| {
            let code = it.code.unwrap_or(-1);
            let text = format!("$ {}\n{}(exit {code})\n", it.command, text(&it.lines));
            (folder.join(format!("{}.txt", it.outcome)), text)
        })
        .collect();
    files.push((folder.join("page.svg"), page(shown)));
    let mut wrong = String::new();
    for (file, text) in &files {
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(file, text).unwrap();
        }
        let expected = fs::read_to_string(file).unwrap_or_default();
        if &expected != text && file.extension().is_some_and(|it| it == "txt") {
            write!(wrong, "{}\n{expected}--- is now\n{text}", file.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let (page, made) = files.pop().unwrap();
    assert_eq!(
        fs::read_to_string(&page).unwrap_or_default(),
        made,
        "the page is not that of these screens: BLESS=1 makes it anew"
    );
    let known: BTreeSet<PathBuf> = files
        .into_iter()
        .map(|(file, _)| file)
        .chain([page])
        .collect();
    let there: BTreeSet<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(there, known, "a screen that no outcome shows");
}

const LINE: usize = 18;

/// All of them below each other, as a terminal with a dark ground shows them.
fn page(shown: &[Shown]) -> String {
    let mut body = String::new();
    let mut top = 30;
    let mut widest = 0;
    let mut write = |pieces: &[Piece], top: usize| {
        let spans: String = pieces.iter().map(span).collect();
        let columns: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
        widest = widest.max(columns);
        body += &format!("<text x=\"20\" y=\"{top}\" xml:space=\"preserve\">{spans}</text>\n");
    };
    for it in shown {
        let plain = |text: String, dim| Piece {
            text,
            style: TextStyle {
                dim,
                ..TextStyle::default()
            },
        };
        write(&[plain(format!("── {} ", it.outcome), true)], top);
        top += LINE;
        write(&[plain(format!("$ {}", it.command), false)], top);
        for line in &it.lines {
            top += LINE;
            write(line, top);
        }
        top += 2 * LINE;
    }
    let width = 40 + widest * 8;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{top}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <title>deployhost: the terminal in each outcome</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n{body}</svg>\n"
    )
}

fn span(piece: &Piece) -> String {
    let colour = match (piece.style.colour, piece.style.dim) {
        (Some(1), _) => "#ff7b72",
        (Some(2), _) => "#7ee787",
        (Some(3), _) => "#e3b341",
        (_, true) => "#8b949e",
        _ => "#e6edf3",
    };
    let weight = match piece.style.bold {
        true => " font-weight=\"bold\"",
        false => "",
    };
    let text = piece
        .text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<tspan fill=\"{colour}\"{weight}>{text}</tspan>")
}
