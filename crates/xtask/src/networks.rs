//! The programs that make networks for the tests: `ip`, `tc` and `nft`. This machine's own where it has them, else Debian's,
//! unpacked into the cache folder. None of them needs root: the tests make their networks in a user namespace.

use crate::debian;
use crate::environment::{cache, note};
use crate::tools::folders_of_libraries;
use anyhow::{Result, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs are that only root usually runs; not on everybody's path.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];
/// A program, Debian's package of it, and the variable that names it. Who sets one chooses another program.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("ip", "iproute2", "LOCKSTEP_TEST_IP"),
    ("tc", "iproute2", "LOCKSTEP_TEST_TC"),
    ("nft", "nftables", "LOCKSTEP_TEST_NFT"),
];

/// Fetches what is not there; the variables through which the tests find it.
///
/// # Errors
/// When the cache folder cannot be made. What cannot be fetched is only noted: the tests that need it fail and say so.
pub fn fetch() -> Result<Vec<(&'static str, OsString)>> {
    let folder = cache()?.join("tools/networks");
    let mut variables = Vec::new();
    for (name, package, variable) in PROGRAMS {
        if std::env::var_os(variable).is_some() || is_installed(name) {
            continue;
        }
        match fetched(name, package, &folder.join(package)) {
            Ok(program) => variables.push((variable, program.into())),
            Err(cause) => note(&format!("no {name} ({variable} may name one): {cause:#}")),
        }
    }
    Ok(variables)
}

fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(FOLDERS.map(PathBuf::from));
    folders.any(|folder| runs(&folder.join(name)))
}

fn runs(program: &Path) -> bool {
    Command::new(program).arg("-V").output().is_ok_and(|output| output.status.success())
}

/// Debian's, with Debian's libraries.
fn fetched(name: &str, package: &str, folder: &Path) -> Result<PathBuf> {
    let (root, script) = (folder.join("root"), folder.join(name));
    if !runs(&script) {
        if !root.exists() {
            note(&format!("fetching {package} from Debian (nothing is installed)"));
            // Every program has this machine's libc already.
            debian::unpack(package, |name| name.starts_with("lib") && !name.starts_with("libc6"), &root)?;
        }
        let libraries: Vec<String> =
            folders_of_libraries(&root)?.iter().map(|folder| folder.display().to_string()).collect();
        let program = ["usr/sbin", "sbin", "usr/bin", "bin"].map(|folder| root.join(folder).join(name));
        let program = program.iter().find(|program| program.exists());
        let program = program.ok_or_else(|| anyhow::anyhow!("{package} holds no {name}"))?;
        let line = format!("exec env LD_LIBRARY_PATH='{}' '{}' \"$@\"", libraries.join(":"), program.display());
        debian::write_script(&script, &line)?;
    }
    ensure!(runs(&script), "{} does not run", script.display());
    Ok(script)
}
