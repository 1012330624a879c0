//! What every command needs around cargo: the cache folder, libclang for RocksDB's bindings, a Python environment.
//!
//! Nothing here needs root. What is missing comes from PyPI by name, into one cache folder outside the checkout.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// Room that has to be there for the tests' folders: some hundred megabytes, and more for those that failing tests leave.
const SCRATCH_BYTES: u64 = 4 << 30;
/// The version of PyPI's `libclang` that builds RocksDB's bindings.
const LIBCLANG: &str = "libclang==18.1.1";

/// The folder of the checkout that cargo runs this in: the build folder serves several.
pub fn checkout() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this, and says of which package it is");
    Path::new(&package).ancestors().nth(2).expect("crates/xtask lies two folders down").to_owned()
}

/// The cache folder: `$LOCKSTEP_CACHE`, else `$XDG_CACHE_HOME/lockstep`, else `~/.cache/lockstep`.
pub fn cache() -> Result<PathBuf> {
    let folder = match (std::env::var_os("LOCKSTEP_CACHE"), std::env::var_os("XDG_CACHE_HOME")) {
        (Some(folder), _) => PathBuf::from(folder),
        (None, Some(folder)) => Path::new(&folder).join("lockstep"),
        (None, None) => {
            let home = std::env::var_os("HOME").context("HOME is not set: set LOCKSTEP_CACHE to a folder")?;
            Path::new(&home).join(".cache/lockstep")
        }
    };
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Where cargo builds: one folder outside the checkout, so that RocksDB is compiled once.
pub fn target() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(folder.into()),
        None => Ok(cache()?.join("target")),
    }
}

/// Where tests keep their data folders, unless `TMPDIR` says otherwise: in memory, when there is room. A test that bounds
/// a time would else measure who writes to the machine's disk beside it: all nodes share that disk, and a sync that takes a
/// second outlasts an election. Slow, full, failing and lying disks are made by the scenarios themselves.
pub fn scratch() -> Option<PathBuf> {
    let roomy = |space: rustix::fs::StatVfs| space.f_bavail.saturating_mul(space.f_frsize) >= SCRATCH_BYTES;
    let usable = std::env::var_os("TMPDIR").is_none() && rustix::fs::statvfs(MEMORY).is_ok_and(roomy);
    usable.then(|| PathBuf::from(MEMORY))
}

/// A built program of this workspace.
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("release").join(name))
}

/// `cargo <subcommand>` as the whole project uses it.
pub fn cargo(subcommand: &str) -> Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(checkout()).arg(subcommand).env("CARGO_TARGET_DIR", target()?);
    if std::env::var_os("LIBCLANG_PATH").is_none() {
        command.env("LIBCLANG_PATH", libclang()?).env("BINDGEN_EXTRA_CLANG_ARGS", compiler_include()?);
    }
    Ok(command)
}

/// Builds every program, test and benchmark; the first time, says how long that takes.
pub fn build() -> Result<()> {
    if !program("lockstep")?.exists() {
        note("first build: about 20 minutes on two cores, most of it RocksDB; later builds take seconds");
    }
    run(cargo("build")?.args(["--release", "--workspace", "--all-targets"]))
}

/// Builds the programs that can be broken on purpose. Cargo keeps what they are made of beside what the product is made
/// of, so neither is built again for the other.
///
/// # Errors
/// When the build fails.
pub fn build_faulty() -> Result<()> {
    let features = ["--features", "lockstep/inject,simulation/inject"];
    let programs = ["--bin", "lockstep-faulty", "--bin", "simulate"];
    run(cargo("build")?.args(["--release", "--workspace"]).args(features).args(programs))
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(())
}

/// Says something to the developer.
#[allow(clippy::print_stderr)]
pub fn note(text: &str) {
    eprintln!("xtask: {text}");
}

/// A Python environment with the packages of a requirements file; made anew when the file changes.
pub fn python(requirements: &Path) -> Result<PathBuf> {
    let wanted = fs::read_to_string(requirements)?;
    let name = requirements.file_stem().context("a requirements file has a name")?;
    let folder = cache()?.join("python").join(name);
    let stamp = folder.join("requirements.installed");
    let python = folder.join("bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    note(&format!("making the Python environment of {}", requirements.display()));
    make_venv(&folder)?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

fn make_venv(folder: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
        .context("python3 -m venv failed: install Debian's python3-venv")
}

/// The folder with libclang.so, for RocksDB's bindings.
fn libclang() -> Result<PathBuf> {
    Ok(from_pypi(LIBCLANG)?.join("clang/native"))
}

/// The folder of a package `name==version` of PyPI, fetched without what it depends on when it is not there.
pub fn from_pypi(package: &str) -> Result<PathBuf> {
    let name = package.split("==").next().expect("a split has a first part");
    let (folder, stamp) = (cache()?.join(name), cache()?.join(name).join("package.installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == package) {
        return Ok(folder);
    }
    note(&format!("fetching {package} from PyPI"));
    let venv = cache()?.join("python/fetch");
    make_venv(&venv)?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", package, "--target"];
    run(Command::new(venv.join("bin/python")).args(pip).arg(&folder))?;
    fs::write(stamp, package)?;
    Ok(folder)
}

/// PyPI's libclang brings no headers of the compiler; gcc's stand in.
fn compiler_include() -> Result<String> {
    let output = Command::new("gcc").arg("-print-file-name=include").output();
    let output = output.context("gcc is missing: install Debian's build-essential")?;
    Ok(format!("-I{}", String::from_utf8(output.stdout)?.trim()))
}
