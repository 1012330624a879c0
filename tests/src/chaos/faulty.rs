//! `lockstep-faulty`: the program that can be broken on purpose, and what the sources say about where.

use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};

/// Names the point at which a process ends; how often it passes before, behind a colon.
pub const CRASH_VARIABLE: &str = "LOCKSTEP_CRASH_AT";
/// Names points at which a process lingers, each with milliseconds.
pub const SLOW_VARIABLE: &str = "LOCKSTEP_SLOW_AT";
/// Names the bugs that are planted in a process.
pub const BUG_VARIABLE: &str = "LOCKSTEP_PLANTED_BUG";
/// Names the program.
const PROGRAM_VARIABLE: &str = "LOCKSTEP_TEST_FAULTY";
/// What a process says before it ends at a crash point.
pub const CRASH_SAID: &str = "crashed at the point";

/// The program: what `cargo xtask test` built, named by `LOCKSTEP_TEST_FAULTY`, else what lies beside the product.
///
/// # Errors
/// When it is not built.
pub fn program() -> Result<PathBuf> {
    let program = match std::env::var_os(PROGRAM_VARIABLE) {
        Some(program) => program.into(),
        None => crate::program().with_file_name("lockstep-faulty"),
    };
    ensure!(program.exists(), "{} is not built: `cargo xtask test` and `cargo xtask chaos` do", program.display());
    Ok(program)
}

/// Whether a node's log says that it ended at this point.
pub fn has_crashed_at(log: &Path, point: &str) -> bool {
    let said = format!("{CRASH_SAID} {point}");
    std::fs::read_to_string(log).unwrap_or_default().lines().any(|line| line == said)
}

/// Every crash point in the sources of the product, with the file that it is in.
///
/// # Errors
/// When the sources cannot be read.
pub fn points() -> Result<Vec<(String, PathBuf)>> {
    let crates = crate::checkout().join("crates");
    let mut points = Vec::new();
    let mut folders = vec![crates.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.starts_with(crates.join("faults"))
            {
                let text = std::fs::read_to_string(&path)?;
                let named = text.split("faults::point(\"").skip(1).filter_map(|rest| rest.split('"').next());
                points.extend(named.map(|name| (name.to_owned(), path.clone())));
            }
        }
    }
    points.sort();
    Ok(points)
}
