//! A plugin that is made, not compiled: it asks for what it is told to ask for, says of itself what
//! it is told to say, takes every config, and does nothing.

use std::fmt::Write;

use serde::Deserialize;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Resolve, WorldItem};

use super::program::repository;

/// Where the strings of its description begin, and where the host may write.
const TEXTS: usize = 1024;
const FREE: usize = 512 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guest {
    /// The interfaces that it imports, such as `git`; one with a package is imported as it is.
    pub asks: Vec<String>,
    /// The interfaces that it exports, the same way.
    pub exports: Vec<String>,
    /// The version of `deployhost:plugin` that it is built against.
    pub package: String,
    /// Packages of its own, or another `interface step { … }` in the place of the real one.
    pub wit: String,
    pub step: Option<String>,
    pub name: String,
    pub version: String,
    pub summary: String,
    pub schema: String,
    pub role: String,
    pub recovery: String,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            asks: Vec::new(),
            exports: vec!["step".into()],
            package: "0.1.0".into(),
            wit: String::new(),
            step: None,
            name: "guest".into(),
            version: "0.1.0".into(),
            summary: "Does nothing".into(),
            schema: r#"{"type": "object"}"#.into(),
            role: "change".into(),
            recovery: "none".into(),
        }
    }
}

impl Guest {
    /// Its bytes.
    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let ours = self.interfaces();
        let foreign = match self.wit.as_str() {
            "" => None,
            wit => Some(resolve.push_str("foreign.wit", wit).unwrap()),
        };
        let main = resolve.push_str("ours.wit", &ours).unwrap();
        let packages: Vec<_> = foreign.into_iter().chain([main]).collect();
        let world = resolve
            .select_world(&packages[packages.len() - 1..], Some("guest"))
            .unwrap();
        let mut module = wat::parse_str(self.module(&resolve, world)).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        let mut encoder = ComponentEncoder::default().validate(true);
        encoder = encoder.module(&module).unwrap();
        encoder.encode().unwrap()
    }

    /// The interfaces of the repository, and a world of this guest's.
    fn interfaces(&self) -> String {
        let mut text = String::new();
        let mut files: Vec<_> = std::fs::read_dir(repository().join("wit"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let package = "package deployhost:plugin@0.1.0;";
        for file in files {
            let own = std::fs::read_to_string(&file).unwrap();
            let own = own.replace(package, "");
            match (&self.step, file.file_stem().and_then(|it| it.to_str())) {
                (Some(step), Some("step")) => text += step,
                // A world that includes one of the others does not fit another `step`.
                (_, Some("world")) => {}
                _ => text += &own,
            }
        }
        let lines = |word: &str, names: &[String]| -> String {
            let line = |name: &String| format!("    {word} {name};\n");
            names.iter().map(line).collect()
        };
        format!(
            "{}\n{text}\nworld guest {{\n{}{}}}\n",
            package.replace("0.1.0", &self.package),
            lines("import", &self.asks),
            lines("export", &self.exports),
        )
    }

    /// The module behind it. Every import is there, since one that is not used is not asked for.
    fn module(&self, resolve: &Resolve, world: wit_parser::WorldId) -> String {
        let world = &resolve.worlds[world];
        let mut text = String::from("(module\n");
        for (key, item) in &world.imports {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let from = resolve.name_world_key(key);
            for (name, function) in &resolve.interfaces[*id].functions {
                let signature = signature(resolve, AbiVariant::GuestImport, function);
                writeln!(text, "(import {from:?} {name:?} (func {signature}))").unwrap();
            }
        }
        text += "(memory (export \"memory\") 16)\n";
        writeln!(text, "(global $free (mut i32) (i32.const {FREE}))").unwrap();
        text += "(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
            (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
            (global.get $free)
            (global.set $free (i32.add (global.get $free) (local.get 3))))\n";
        for (key, item) in &world.exports {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let from = resolve.name_world_key(key);
            for (name, function) in &resolve.interfaces[*id].functions {
                let signature = signature(resolve, AbiVariant::GuestExport, function);
                let body = match name.as_str() {
                    "describe" => "(i32.const 16)",
                    // An empty list is two zeros.
                    "check" => "(i32.const 0)",
                    _ => "unreachable",
                };
                writeln!(text, "(func (export \"{from}#{name}\") {signature} {body})").unwrap();
            }
        }
        text + &self.description() + ")"
    }

    /// Six strings, each an address and a length, and then what they say.
    fn description(&self) -> String {
        let texts = [
            &self.name,
            &self.version,
            &self.summary,
            &self.schema,
            &self.role,
            &self.recovery,
        ];
        let (mut record, mut content) = (Vec::new(), Vec::new());
        for text in texts {
            let at = (TEXTS + content.len()) as u32;
            record.extend(at.to_le_bytes());
            record.extend((text.len() as u32).to_le_bytes());
            content.extend(text.as_bytes());
        }
        assert!(content.len() < FREE - TEXTS, "a guest's texts are too long");
        let data = |at: usize, bytes: &[u8]| {
            let hex: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            format!("(data (i32.const {at}) \"{hex}\")\n")
        };
        data(16, &record) + &data(TEXTS, &content)
    }
}

fn signature(resolve: &Resolve, variant: AbiVariant, function: &Function) -> String {
    let signature = resolve.wasm_signature(variant, function);
    let types = |word: &str, types: &[WasmType]| -> String {
        let named = types.iter().map(|it| match it {
            WasmType::I64 | WasmType::PointerOrI64 => "i64",
            WasmType::F32 => "f32",
            WasmType::F64 => "f64",
            WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        });
        let named: Vec<_> = named.collect();
        match named.is_empty() {
            true => String::new(),
            false => format!("({word} {})", named.join(" ")),
        }
    };
    types("param", &signature.params) + &types("result", &signature.results)
}
