#![allow(clippy::unwrap_used)]

use super::*;

fn pin(name: &str, version: &str, digit: char) -> Pin {
    Pin {
        name: name.into(),
        version: version.into(),
        sha256: digit.to_string().repeat(64),
    }
}

fn read(text: &str) -> Result<Pins, Diagnostic> {
    Pins::parse(Path::new("plugins.toml"), text.as_bytes().to_vec())
}

#[test]
fn what_is_written_is_read_back_and_sorted() {
    let mut pins = Pins::default();
    assert_eq!(read(&pins.text().unwrap()).unwrap(), pins);
    pins.set(pin("git-sync", "0.1.0", 'b'));
    pins.set(pin("a \"quoted\" folder/é.wasm", "1.0", '0'));
    pins.set(pin("git-sync", "0.2.0", 'a'));
    let text = pins.text().unwrap();
    assert_eq!(read(&text).unwrap(), pins);
    assert!(text.starts_with("# The bytes of each plugin"), "{text}");
    let at = |word: &str| text.find(word).unwrap();
    assert!(at("quoted") < at("git-sync"), "{text}");
    assert!(!text.contains("0.1.0"), "{text}");
}

#[test]
fn a_plugin_below_the_plan_goes_where_the_plan_goes() {
    let name = |plugin: &str| {
        let plugin = PluginRef::try_from(plugin.to_owned()).unwrap();
        Pins::name(&plugin, Path::new("/srv/plans"))
    };
    assert_eq!(name("git-sync"), "git-sync");
    assert_eq!(name("/srv/plans/plugins/own.wasm"), "plugins/own.wasm");
    assert_eq!(name("/srv/plans2/own.wasm"), "/srv/plans2/own.wasm");
}

#[test]
fn a_version_is_a_strangers_text() {
    let plugin = PluginRef::Name("own".into());
    let kept = |version: &str| Pin::new(&plugin, Path::new("/"), version, "").version;
    assert_eq!(kept("1.2.3-rc.1+4_5"), "1.2.3-rc.1+4_5");
    assert_eq!(kept("https://discord.com/api"), "httpsdiscord.comapi");
    assert_eq!(kept("\" é\n"), "none");
    assert_eq!(kept(&"9".repeat(1000)).len(), LONGEST);
}

#[test]
fn a_file_that_is_none_of_ours_is_refused_with_its_place() {
    let whole = format!(
        "version = 1\n[[plugin]]\nname = \"a\"\nversion = \"1\"\nsha256 = \"{}\"\n",
        "0".repeat(64)
    );
    assert!(read(&whole).is_ok());
    let twice = format!("{whole}{}", whole.replace("version = 1\n", ""));
    for (text, said) in [
        (
            "",
            "missing key `version` in plugins.toml — plugins.toml:1:1",
        ),
        ("version = 2\n", "than 1 — plugins.toml:1:11"),
        ("version = 1\nplugins = []\n", "plugins.toml:2:1"),
        ("version = 1\nplugin = 3\n", "wanted a list"),
        ("version = ", "not TOML"),
        (&whole.replace("name", "nmae"), "plugins.toml:3:1"),
        (&whole.replace("000", "0g0"), "plugins.toml:5:10"),
        (&whole.replace("000", "00"), "64 lower-case hexadecimal"),
        (&whole.replace("\"a\"", "\"\""), "the text is empty"),
        (&twice, "`a` is there twice — plugins.toml:7:8"),
        (&whole.replace("\"a\"", "\"\\u001b\""), "\\u001B"),
    ] {
        let diagnostic = read(text).unwrap_err();
        let shown = format!("{diagnostic} {:?}", diagnostic.notes);
        assert!(shown.contains(said), "{text}: {shown}");
        assert!(shown.contains("writes it anew"), "{shown}");
    }
    let diagnostic = Pins::parse(Path::new("p"), b"\xff".to_vec()).unwrap_err();
    assert!(diagnostic.message.contains("byte offset 0"), "{diagnostic}");
}
