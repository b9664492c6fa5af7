//! The plan's file, read so that nothing it could be can block or fill the host.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::display::{escape, find_forbidden};
use super::location::{Location, Source};
use super::problem::Problem;

/// Largest plan, in bytes.
pub const LARGEST: u64 = 1024 * 1024;

/// A plan's text and where it lies.
#[derive(Debug)]
pub struct Document {
    pub source: Source,
    /// Absolute, free of symbolic links.
    pub file: PathBuf,
    /// Not only its owner can read it.
    pub open_to_others: bool,
}

/// Reads the plan at `path`. Errors name it as given.
pub fn read(path: &Path) -> Result<Document, Problem> {
    let name = path.display().to_string();
    let whole = || Location::File(name.clone());
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::new(whole(), "there is no such file")
            .cure("give the path of a plan, such as deploy.toml"),
        _ => Problem::new(whole(), format!("the plan cannot be read: {error}")),
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
        let what = format!("{}, not a file", kind(&metadata.file_type()));
        return Err(
            Problem::new(whole(), what).cure("give the path of a plan, such as deploy.toml")
        );
    }
    let bytes = bytes(&file).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        let what = "the plan is larger than 1 MiB";
        return Err(Problem::new(whole(), what).cure("a plan is a few kilobytes of TOML"));
    }
    let absolute = path.canonicalize().map_err(failed)?;
    if absolute.to_str().is_none() {
        let what = "the plan's path is not UTF-8";
        return Err(Problem::new(whole(), what).cure("rename the file or its folder"));
    }
    Ok(Document {
        source: text(&name, bytes)?,
        file: absolute,
        open_to_others: metadata.mode() & 0o044 != 0,
    })
}

fn kind(kind: &std::fs::FileType) -> &'static str {
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
fn bytes(file: &File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The plan's text: UTF-8, without tricks, without the mark at its start that some editors write.
pub fn text(name: &str, bytes: Vec<u8>) -> Result<Source, Problem> {
    let whole = || Location::File(name.to_owned());
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (*first == 0) != (*second == 0),
        _ => false,
    };
    if wide {
        let what = "the plan is not UTF-8: it looks like UTF-16";
        return Err(Problem::new(whole(), what).cure("save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::new(
            whole(),
            format!("the plan is not UTF-8 at byte offset {at}"),
        )
        .cure("save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let source = Source::new(name, text);
    match find_forbidden(text) {
        None => Ok(source),
        Some((at, c)) => {
            let what = format!("the character {} may not be in a plan", escape(c));
            Err(Problem::new(source.place(at), what).cure("remove it"))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let started = Instant::now();
        for (path, what) in [
            (pipe.as_path(), "this is a pipe, not a file"),
            (folder.path(), "this is a folder, not a file"),
            (Path::new("/dev/zero"), "this is a device, not a file"),
            (&folder.path().join("none.toml"), "there is no such file"),
        ] {
            assert_eq!(read(path).unwrap_err().what, what);
        }
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_mebibyte_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.toml");
        let most = usize::try_from(LARGEST).unwrap();
        std::fs::write(&file, vec![b'#'; most]).unwrap();
        assert!(read(&file).is_ok());
        std::fs::write(&file, vec![b'#'; most + 1]).unwrap();
        let problem = read(&file).unwrap_err();
        assert_eq!(problem.what, "the plan is larger than 1 MiB");
    }

    #[test]
    fn the_real_file_counts_and_who_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let file = folder.join("real.toml");
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, folder.join("link.toml")).unwrap();
        for (mode, open) in [(0o600, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let document = read(&folder.join("link.toml")).unwrap();
            assert_eq!(document.file, file);
            assert_eq!(document.open_to_others, open, "{mode:o}");
        }
    }

    #[test]
    fn encodings() {
        let said =
            |bytes: &[u8]| text("p", bytes.to_vec()).map_or_else(|p| p.to_string(), |_| "".into());
        assert_eq!(said(b"\xef\xbb\xbfversion = 1"), "");
        assert_eq!(text("p", b"\xef\xbb\xbfv".to_vec()).unwrap().text(), "v");
        assert!(said(b"\xff\xfev\0").contains("UTF-16"));
        assert!(said(b"v\0e\0").contains("UTF-16"));
        assert!(said(b"\0v\0e").contains("UTF-16"));
        assert!(said(b"name = \"\xe9\"").contains("byte offset 8"));
        assert!(said(b"ab\0").contains("\\u0000 may not be in a plan — p:1:3"));
    }
}
