//! Bytes that are no plugin: what they are is said, and nothing of them is run.

use std::time::Duration;

use deployhost_runtime::sandbox::{Plugin, Sandbox};

use super::patch;
use super::plugin_harness::{PluginHarness, bytes, load, wait};

/// The header of a component, and by itself an empty one.
pub const COMPONENT: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// Different each time it is called, the same in each run of the tests.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn bytes(&mut self, many: usize) -> Vec<u8> {
        (0..many).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn what_they_are_is_said() {
    let over = vec![0; (32 << 20) + 1];
    let module = [&b"\0asm\x01\0\0\0"[..], &[0; 20]].concat();
    for (bytes, what) in [
        (&b""[..], "an empty file"),
        (b"abc", "not WebAssembly"),
        (b"\0as", "not WebAssembly"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"\x7fELF\x02\x01\x01\0", "an ELF program"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x1f\x8b\x08\0", "gzip data"),
        (b"(component)", "WebAssembly text"),
        (&module, "a core module, not yet a component"),
        (b"\0asm\x99\0\0\0", "WebAssembly of an unknown kind"),
        (b"#!/bin/sh\nid\n", "not WebAssembly"),
        (&over, "over 32 MiB"),
    ] {
        let refused = load(bytes).err().unwrap();
        assert_eq!(
            refused,
            format!(
                "{what} — a plugin is a WebAssembly component: build it with deployhost plugin build"
            )
        );
    }
}

#[test]
fn a_program_of_this_machine_is_none() {
    let refused = load(&std::fs::read("/bin/true").unwrap()).err().unwrap();
    assert!(refused.starts_with("an ELF program"), "{refused}");
}

#[test]
fn a_component_without_our_exports_is_none() {
    let refused = load(&COMPONENT).err().unwrap();
    assert!(
        refused.starts_with(
            "it exports neither deployhost:plugin/step nor deployhost:plugin/notifier"
        ),
        "{refused}"
    );
}

#[test]
fn a_plugin_that_is_cut_off_is_none() {
    let whole = bytes();
    for hundredth in 0..100 {
        let refused = load(&whole[..whole.len() * hundredth / 100]).err();
        assert!(refused.is_some(), "{hundredth} % of it were taken");
    }
    assert!(load(&whole[..whole.len() - 1]).is_err(), "all but a byte");
}

#[test]
fn what_follows_a_good_header_is_looked_at() {
    let mut random = Random(0x5eed);
    for many in [1, 2, 10, 100, 1_000, 10_000, 100_000] {
        for _ in 0..20 {
            let wasm = [&COMPONENT[..], &random.bytes(many)].concat();
            assert!(load(&wasm).is_err(), "{many} bytes");
        }
    }
}

/// Most such plugins cannot even be compiled; whatever the others do, they do it within limits.
#[test]
fn a_plugin_with_a_byte_changed_is_refused_or_held() {
    let mut random = Random(0xb17);
    for _ in 0..20 {
        let mut wasm = bytes().to_vec();
        let at = random.next() as usize % wasm.len();
        wasm[at] ^= 1 << (random.next() % 8);
        drop(load(&wasm));
    }
}

#[test]
fn what_is_rewritten_without_a_change_is_the_same() {
    assert_eq!(patch::memories(bytes(), 1, 0), bytes());
}

#[test]
fn another_version_is_refused_by_its_name() {
    let old = b"deployhost:plugin/step@0.1.0";
    let new = b"deployhost:plugin/step@0.2.0";
    let mut wasm = bytes().to_vec();
    let places: Vec<usize> = (0..wasm.len() - old.len())
        .filter(|at| wasm[*at..].starts_with(old))
        .collect();
    for at in places {
        wasm[at..at + new.len()].copy_from_slice(new);
    }
    let refused = load(&wasm).err().unwrap();
    assert!(
        refused.contains(
            "it wants deployhost:plugin/step@0.2.0, this host has deployhost:plugin@0.1.0"
        ),
        "{refused}"
    );
}

#[test]
fn one_that_takes_too_long_to_compile_is_refused() {
    let sandbox = Sandbox::new().unwrap().compiling(Duration::from_millis(1));
    let ports = PluginHarness::default().ports();
    let refused = wait(Plugin::load(&sandbox, None, &ports, bytes()))
        .err()
        .unwrap();
    assert_eq!(refused.0.message, "it is not compiled after 0.001 s");
}
