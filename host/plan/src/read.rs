//! The plan's file, read so that nothing it could be can block or fill the host.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::source_text::SourceText;
use deployhost_policy::display::{escape, find_forbidden};
use deployhost_policy::{Diagnostic, Location};

/// Largest plan, in bytes.
pub const LARGEST: u64 = 1024 * 1024;

/// A plan's text and where it lies.
#[derive(Debug)]
pub struct Document {
    pub source: SourceText,
    /// Absolute, free of symbolic links.
    pub file: PathBuf,
    /// Not only its owner can read it.
    pub open_to_others: bool,
}

/// Reads the plan at `path`. Errors name it as given.
pub fn read(path: &Path) -> Result<Document, Diagnostic> {
    let name = path.display().to_string();
    let whole = || Location::path(path);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Diagnostic::new("plan.file-missing", "there is no such file")
                .at(whole())
                .help("give the path of a plan, such as deploy.toml")
        }
        _ => Diagnostic::new(
            "plan.file-unreadable",
            format!("the plan cannot be read: {error}"),
        )
        .at(whole()),
    };
    // A FIFO without a writer, or a terminal, must not block before it is known to be one.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
        .open(path)
        .map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        let message = format!("{}, not a file", describe_kind(&metadata.file_type()));
        return Err(Diagnostic::new("plan.file-kind", message)
            .at(whole())
            .help("give the path of a plan, such as deploy.toml"));
    }
    let bytes = read_bytes(&file).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        let message = "the plan is larger than 1 MiB";
        return Err(Diagnostic::new("plan.file-too-large", message)
            .at(whole())
            .help("a plan is a few kilobytes of TOML"));
    }
    let absolute = path.canonicalize().map_err(failed)?;
    if absolute.to_str().is_none() {
        let message = "the plan's path is not UTF-8";
        return Err(Diagnostic::new("plan.encoding", message)
            .at(whole())
            .help("rename the file or its folder"));
    }
    Ok(Document {
        source: decode(&name, bytes)?,
        file: absolute,
        open_to_others: metadata.mode() & 0o044 != 0,
    })
}

fn describe_kind(kind: &std::fs::FileType) -> &'static str {
    if kind.is_dir() {
        "this is a folder"
    } else if kind.is_fifo() {
        "this is a pipe"
    } else if kind.is_socket() {
        "this is a socket"
    } else {
        "this is a device"
    }
}

/// At most one byte more than a plan may have; a file that grows meanwhile does not matter.
fn read_bytes(file: &File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The plan's text: UTF-8, without tricks, without the mark at its start that some editors write.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<SourceText, Diagnostic> {
    let whole = || Location::path(Path::new(name));
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (*first == 0) != (*second == 0),
        _ => false,
    };
    if wide {
        let message = "the plan is not UTF-8: it looks like UTF-16";
        return Err(Diagnostic::new("plan.encoding", message)
            .at(whole())
            .help("save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Diagnostic::new(
            "plan.encoding",
            format!("the plan is not UTF-8 at byte offset {at}"),
        )
        .at(whole())
        .help("save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let source = SourceText::new(name, text);
    match find_forbidden(text) {
        None => Ok(source),
        Some((at, c)) => {
            let message = format!("the character {} may not be in a plan", escape(c));
            Err(Diagnostic::new("plan.character", message)
                .parameter("character", escape(c))
                .at(source.locate(at))
                .help("remove it"))
        }
    }
}

#[cfg(test)]
mod tests;
