//! A case as its file says it. Every word that a case may use is here; another one fails the test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use serde::Deserialize;

use super::fake_network::FakeNetwork;
use crate::support::guest::Guest;

/// What goes in, and what has to come out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What the case shows, for who reads it.
    pub why: String,
    /// What lies in the folder that the command is run in, by path.
    #[serde(default)]
    pub files: BTreeMap<String, Thing>,
    /// What differs from the usual environment: text is set, `false` takes away.
    #[serde(default)]
    pub environment: BTreeMap<String, Variable>,
    #[serde(default)]
    pub stdin: String,
    /// Commands that come before, and have to succeed.
    #[serde(default)]
    pub first: Vec<CommandLine>,
    /// A command that is under way meanwhile.
    pub beside: Option<Beside>,
    /// What is typed after `deployhost`.
    pub command: CommandLine,
    /// What a shell does instead of starting the program: `"$@"` is the program.
    pub through: Option<String>,
    /// Number of the user that runs it; otherwise whoever runs the tests.
    pub user: Option<u32>,
    /// How many are started at once; all but one must end alike.
    #[serde(default = "once")]
    pub times: usize,
    /// With which code that one ends.
    pub winner: Option<i32>,
    /// The names and servers that there are besides this machine's.
    pub network: Option<FakeNetwork>,
    /// A run is begun: the journal may be written, and what the steps move may have moved.
    #[serde(default)]
    pub runs: bool,
    /// Below this line `BLESS=1` writes.
    pub expect: ExpectedOutput,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOutput {
    pub exit: i32,
    #[serde(default)]
    pub out: String,
    #[serde(default)]
    pub err: String,
    /// Who was asked for and reached in the case's network.
    #[serde(default)]
    pub network: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Variable {
    Set(Text),
    Kept(bool),
}

/// Words, or a line of words between spaces.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum CommandLine {
    Line(String),
    Words(Vec<Text>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    pub command: CommandLine,
    /// What it has printed when the case's own command starts.
    pub until: String,
    pub user: Option<u32>,
}

/// A piece of text, or bytes that are no text or too many to be written down.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Text {
    Plain(String),
    Hex(Hex),
    Repeated(Repeated),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hex {
    hex: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    #[serde(default)]
    before: String,
    repeat: String,
    times: usize,
    #[serde(default)]
    after: String,
}

/// A file: its text, or how it is made.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Thing {
    Text(Text),
    Made(Box<Made>),
}

/// One of these, with a mode and an owner where they matter.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub text: Option<Text>,
    /// This many random bytes, always the same ones, after `text`.
    pub random: Option<usize>,
    /// The beginning of a plugin that the program is tested with.
    pub of: Option<String>,
    /// How much of it, in hundredths.
    pub hundredths: Option<usize>,
    /// A word of it, and one as long that takes its place everywhere.
    pub swap: Option<[String; 2]>,
    /// A plugin that describes itself and asks for what is written here.
    pub guest: Option<Guest>,
    /// The plugin that misbehaves: how it describes itself.
    pub misbehaving: Option<String>,
    /// What the program makes of a plugin for itself, without its seal.
    #[serde(default)]
    pub precompiled: bool,
    #[serde(default)]
    pub folder: bool,
    #[serde(default)]
    pub pipe: bool,
    /// Where a symbolic link leads.
    pub link: Option<String>,
    /// A program of this machine, by its name.
    pub program: Option<String>,
    /// A socket that nobody listens on.
    #[serde(default)]
    pub socket: bool,
    /// A file system of its own, of this size: `1m`; `1m,ro` cannot be written.
    pub room: Option<String>,
    /// A git repository with one commit of these files.
    pub git: Option<BTreeMap<String, String>>,
    /// An SQLite database, made by these statements.
    pub database: Option<String>,
    /// Octal.
    pub mode: Option<String>,
    pub owner: Option<u32>,
}

fn once() -> usize {
    1
}

impl Case {
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}

impl Text {
    /// `expand` puts in what is known only when the case is run.
    pub fn bytes(&self, expand: impl Fn(&str) -> String) -> Vec<u8> {
        match self {
            Self::Plain(text) => expand(text).into_bytes(),
            Self::Hex(Hex { hex }) => {
                let digits: Vec<char> = hex.chars().filter(|it| !it.is_whitespace()).collect();
                let byte = |pair: &[char]| {
                    let pair: String = pair.iter().collect();
                    u8::from_str_radix(&pair, 16).unwrap_or_else(|why| panic!("{pair:?}: {why}"))
                };
                digits.chunks(2).map(byte).collect()
            }
            Self::Repeated(text) => {
                let middle = text.repeat.repeat(text.times);
                expand(&format!("{}{middle}{}", text.before, text.after)).into_bytes()
            }
        }
    }
}

impl CommandLine {
    pub fn words(&self, expand: impl Fn(&str) -> String + Copy) -> Vec<OsString> {
        match self {
            Self::Line(line) => line
                .split_whitespace()
                .map(|it| expand(it).into())
                .collect(),
            Self::Words(words) => {
                let word = |word: &Text| OsString::from_vec(word.bytes(expand));
                words.iter().map(word).collect()
            }
        }
    }
}

impl ExpectedOutput {
    /// Writes it to the end of a case's file.
    pub fn bless(&self, file: &Path) {
        let file_text = std::fs::read_to_string(file).unwrap();
        let kept = file_text.split("\n[expect]\n").next().unwrap().trim_end();
        let mut new = format!("{kept}\n\n[expect]\nexit = {}\n", self.exit);
        for (key, text) in [
            ("out", &self.out),
            ("err", &self.err),
            ("network", &self.network),
        ] {
            let plain = !text.contains("'''") && text.chars().all(|it| it == '\n' || it >= ' ');
            match (text.is_empty(), plain) {
                (true, _) => {}
                (_, true) => new += &format!("{key} = '''\n{text}'''\n"),
                // What JSON escapes, TOML reads.
                (_, false) => new += &format!("{key} = {}\n", serde_json::json!(text)),
            }
        }
        std::fs::write(file, new).unwrap();
    }
}
