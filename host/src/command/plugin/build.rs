//! `plugin build`: a crate becomes a component, with no tool to install but cargo.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde::Deserialize;

use crate::command::output;
use crate::command_error::{CommandError, Result};

const TARGET: &str = "wasm32-unknown-unknown";

/// Build plugins from their Rust crates
///
/// Compiles each crate for wasm32-unknown-unknown and turns the result into a component. The
/// target is used where it is installed, fetched with rustup where not; without rustup Debian's
/// rustc-web, rust-web-src and lld-22 do.
#[derive(Debug, Args)]
pub struct PluginBuildArgs {
    /// Folders of the crates
    #[arg(default_value = ".")]
    folders: Vec<PathBuf>,
    /// Where the .wasm files go; by default plugins/ in cargo's target folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub fn run(args: &PluginBuildArgs) -> Result<u8> {
    let crates = args
        .folders
        .iter()
        .map(|folder| Crate::read(folder))
        .collect::<Result<Vec<_>>>()?;
    let toolchain = Toolchain::find()?;
    output::line(toolchain.line());
    // One call for the crates of one workspace: cargo then builds what they share once.
    let mut groups: Vec<(&Path, Vec<&Crate>)> = Vec::new();
    for krate in &crates {
        match groups.iter_mut().find(|(root, _)| *root == krate.root) {
            Some((_, group)) => group.push(krate),
            None => groups.push((&krate.root, vec![krate])),
        }
    }
    for (root, group) in groups {
        toolchain.compile(root, &group)?;
        for krate in group {
            let out = args
                .out
                .clone()
                .unwrap_or_else(|| krate.target.join("plugins"));
            let (path, bytes) = krate.encode(&out)?;
            output::line(format!("{} ({} KiB)", path.display(), bytes.div_ceil(1024)));
        }
    }
    Ok(0)
}

/// What cargo says of a crate.
struct Crate {
    name: String,
    root: PathBuf,
    target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

impl Crate {
    fn read(folder: &Path) -> Result<Self> {
        let manifest = folder.join("Cargo.toml").canonicalize().map_err(|error| {
            CommandError::refused("build.no-crate", format!("no crate to build: {error}"))
                .at(folder.join("Cargo.toml").as_path())
                .help("name the folder of a plugin's crate")
        })?;
        let said = Command::new("cargo")
            .args([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--manifest-path",
            ])
            .arg(&manifest)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| {
                CommandError::refused(
                    "build.no-cargo",
                    format!("cargo cannot be started: {error}"),
                )
                .help("install Rust from rustup.rs")
            })?;
        let metadata: Metadata = serde_json::from_slice(&said.stdout).map_err(|_| {
            CommandError::refused("build.no-crate", "cargo cannot read the crate")
                .at(manifest.as_path())
        })?;
        let package = metadata
            .packages
            .into_iter()
            .find(|package| package.manifest_path == manifest)
            .ok_or_else(|| {
                CommandError::refused("build.workspace", "a workspace, not a crate")
                    .at(manifest.as_path())
                    .help("name the folders of its plugins")
            })?;
        Ok(Self {
            name: package.name,
            root: metadata.workspace_root,
            target: metadata.target_directory,
        })
    }

    /// Turns the compiled core module into a component; its path and size.
    fn encode(&self, out: &Path) -> Result<(PathBuf, usize)> {
        let module = self
            .target
            .join(TARGET)
            .join("plugin")
            .join(format!("{}.wasm", self.name.replace('-', "_")));
        let bytes = std::fs::read(&module).map_err(|error| {
            CommandError::refused("build.no-module", format!("no module was built: {error}"))
                .at(module.as_path())
                .help("give the crate crate-type = [\"cdylib\", \"rlib\"]")
        })?;
        let component = wit_component::ComponentEncoder::default()
            .validate(true)
            .module(&bytes)
            .and_then(|mut encoder| encoder.encode())
            .map_err(|error| {
                CommandError::refused(
                    "build.not-a-plugin",
                    format!("the module is no plugin: {error:#}"),
                )
                .at(module.as_path())
                .help("export one with the SDK's step! or notifier! macro")
            })?;
        let path = out.join(format!("{}.wasm", self.name));
        std::fs::create_dir_all(out)
            .and_then(|()| std::fs::write(&path, &component))
            .map_err(|error| {
                CommandError::refused("build.unwritable", error.to_string()).at(path.as_path())
            })?;
        Ok((path, component.len()))
    }
}

/// A way to compile for the target.
enum Toolchain {
    /// The target's standard library is installed.
    Installed,
    /// rustup has just fetched it.
    Fetched,
    /// Debian's own wasm toolchain, whose standard library is built from source.
    Debian { bin: PathBuf },
}

impl Toolchain {
    fn find() -> Result<Self> {
        if installed() {
            return Ok(Self::Installed);
        }
        let added = Command::new("rustup")
            .args(["target", "add", TARGET])
            .stdout(Stdio::null())
            .status();
        if added.is_ok_and(|status| status.success()) && installed() {
            return Ok(Self::Fetched);
        }
        let bin = PathBuf::from("/usr/bin");
        let parts = ["cargo", "rustc", "wasm-ld-22"];
        if parts.iter().all(|part| bin.join(part).is_file()) {
            return Ok(Self::Debian { bin });
        }
        Err(CommandError::refused("build.no-toolchain", "no Rust toolchain for WebAssembly")
            .help(format!("rustup target add {TARGET}"))
            .note("without rustup, on Debian: apt-get install rustc-web cargo-web rust-web-src lld-22")
            .note("elsewhere: install the standard library of that target for your rustc"))
    }

    fn line(&self) -> String {
        match self {
            Self::Installed => format!("plugins are built with the installed target {TARGET}"),
            Self::Fetched => format!("plugins are built with {TARGET}, fetched by rustup just now"),
            Self::Debian { .. } => "plugins are built with Debian's rustc-web and lld-22".into(),
        }
    }

    fn compile(&self, root: &Path, crates: &[&Crate]) -> Result<()> {
        let mut cargo = match self {
            Self::Installed | Self::Fetched => Command::new("cargo"),
            Self::Debian { bin } => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let paths = std::iter::once(bin.clone()).chain(std::env::split_paths(&path));
                let mut cargo = Command::new(bin.join("cargo"));
                if let Ok(path) = std::env::join_paths(paths) {
                    cargo.env("PATH", path);
                }
                cargo
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22")
                    .arg("-Zbuild-std=std,panic_abort");
                cargo
            }
        };
        cargo
            .current_dir(root)
            .args(["build", "--target", TARGET, "--profile", "plugin"]);
        // The profile is given here, so that a crate of anyone's is built like ours.
        for setting in [
            "inherits=\"release\"",
            "opt-level=\"s\"",
            "lto=true",
            "codegen-units=1",
            "incremental=false",
            "strip=true",
            "panic=\"abort\"",
        ] {
            cargo
                .arg("--config")
                .arg(format!("profile.plugin.{setting}"));
        }
        for krate in crates {
            cargo.arg("--package").arg(&krate.name);
        }
        let status = cargo.status().map_err(|error| {
            CommandError::refused(
                "build.no-cargo",
                format!("cargo cannot be started: {error}"),
            )
            .help("install Rust from rustup.rs")
        })?;
        if !status.success() {
            return Err(CommandError::refused(
                "build.failed",
                "the plugin does not compile; cargo says why above",
            ));
        }
        Ok(())
    }
}

/// Whether the compiler on the path has the target's standard library.
fn installed() -> bool {
    let said = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    said.is_ok_and(|said| {
        let folder = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        said.status.success() && Path::new(&folder).is_dir()
    })
}
