//! The programs that read what lies in deploy/, for the tests: promtool and systemd-analyze. This machine's own where it
//! has them, else Debian's, unpacked into the cache folder.

use crate::debian;
use crate::environment::{cache, note};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variables that name the programs. Who sets one chooses another program.
const PROMTOOL_VARIABLE: &str = "LOCKSTEP_TEST_PROMTOOL";
const SYSTEMD_ANALYZE_VARIABLE: &str = "LOCKSTEP_TEST_SYSTEMD_ANALYZE";

/// Fetches what is not there; the variables through which the tests find it.
///
/// # Errors
/// When the cache folder cannot be made. What cannot be fetched is only noted: the tests that need it fail and say so.
pub fn fetch() -> Result<Vec<(&'static str, OsString)>> {
    let folder = cache()?.join("tools/deploy");
    let mut variables = Vec::new();
    for (name, variable, unpack) in [
        ("promtool", PROMTOOL_VARIABLE, promtool as fn(&Path) -> Result<PathBuf>),
        ("systemd-analyze", SYSTEMD_ANALYZE_VARIABLE, systemd_analyze),
    ] {
        if std::env::var_os(variable).is_some() || runs(Path::new(name)) {
            continue;
        }
        match unpack(&folder.join(name)) {
            Ok(program) => variables.push((variable, program.into())),
            Err(cause) => note(&format!("no {name} ({variable} may name one): {cause:#}")),
        }
    }
    Ok(variables)
}

fn runs(program: &Path) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn promtool(folder: &Path) -> Result<PathBuf> {
    let (root, program) = (folder.join("root"), folder.join("root/usr/bin/promtool"));
    if !runs(&program) {
        note("fetching promtool from Debian (nothing is installed)");
        // What else prometheus depends on is its page.
        debian::unpack("prometheus", |_| false, &root)?;
    }
    ensure!(runs(&program), "{} does not run", program.display());
    Ok(program)
}

/// With Debian's libraries, and with Debian's units, which ours names.
fn systemd_analyze(folder: &Path) -> Result<PathBuf> {
    let (root, script) = (folder.join("root"), folder.join("systemd-analyze"));
    if !runs(&script) {
        note("fetching systemd-analyze from Debian (nothing is installed)");
        // Every program has this machine's libc already.
        debian::unpack("systemd", |name| name.starts_with("lib") && name != "libc6", &root)?;
        let libraries: Vec<String> =
            folders_of_libraries(&root)?.iter().map(|folder| folder.display().to_string()).collect();
        let units = ["lib/systemd/system", "usr/lib/systemd/system"].map(|path| root.join(path).display().to_string());
        let variables = format!("LD_LIBRARY_PATH='{}' SYSTEMD_UNIT_PATH='{}:'", libraries.join(":"), units.join(":"));
        let program = root.join("usr/bin/systemd-analyze");
        debian::write_script(&script, &format!("exec env {variables} '{}' \"$@\"", program.display()))?;
    }
    ensure!(runs(&script), "{} does not run", script.display());
    Ok(script)
}

/// The folders that hold a shared library, under lib and usr/lib.
///
/// # Errors
/// When there is none.
pub fn folders_of_libraries(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = ["lib", "usr/lib"].map(|name| root.join(name)).into();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if is_library(&path) {
                found.insert(folder.clone());
            }
        }
    }
    ensure!(!found.is_empty(), "{} holds no library", root.display());
    Ok(found)
}

/// `libc.so.6`, or as systemd names its own, `libsystemd-shared-252.so`.
fn is_library(path: &Path) -> bool {
    path.file_name().is_some_and(|name| format!("{}.", name.display()).contains(".so."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_found_wherever_they_lie() {
        let root = std::env::temp_dir().join(format!("lockstep-xtask-tools-{}", std::process::id()));
        for file in [
            "lib/x86/liba.so.1",
            "usr/lib/x86/systemd/libsystemd-shared-252.so",
            "usr/share/libb.so.1",
            "lib/units/a.service",
        ] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let found = folders_of_libraries(&root).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [root.join("lib/x86"), root.join("usr/lib/x86/systemd")]);
        fs::remove_dir_all(root).unwrap();
    }
}
