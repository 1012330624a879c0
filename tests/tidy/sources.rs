//! What the sources may say.

use std::path::{Path, PathBuf};
use tests::checkout;

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the checkout is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "no sources in {}", folder.display());
    files
}

/// The part of a file that is not its tests.
fn product(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source is UTF-8");
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = ["crates", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&checkout().join(folder)))
        .filter(|path| !std::fs::read_to_string(path).expect("a source is UTF-8").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "files without an opening: {silent:?}");
}

#[test]
fn where_apply_lives_nobody_asks_a_clock_or_dice() {
    let banned = ["SystemTime", "Instant::now", "Timestamp::now", "new_v4", "thread_rng", "rand::", "getrandom"];
    for name in ["replica", "iam", "kms", "ssm", "secretsmanager"] {
        for path in rust_files(&checkout().join("crates").join(name).join("src")) {
            let text = product(&path);
            let found: Vec<_> = banned.iter().filter(|word| text.contains(**word)).collect();
            assert!(found.is_empty(), "{} names {found:?}", path.display());
        }
    }
}

#[test]
fn lists_are_lists() {
    const LINES_MAX: usize = 120;
    for path in rust_files(&checkout().join("crates")) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let generated = path.components().any(|part| part.as_os_str() == "generated");
        let in_sources = path.components().any(|part| part.as_os_str() == "src");
        if in_sources && !generated && (name == "lib.rs" || name == "mod.rs") {
            let lines = product(&path).lines().count();
            assert!(
                lines <= LINES_MAX,
                "{} has {lines} lines: it should hold the list and nothing else",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_to_do_behind_a_name() {
    for path in rust_files(&checkout().join("crates")) {
        let text = product(&path);
        for word in ["todo!(", "unimplemented!(", "allow(dead_code)", "allow(unused"] {
            assert!(!text.contains(word), "{} holds {word}", path.display());
        }
    }
}

#[test]
fn workflow_files_carry_no_path_of_a_machine() {
    for name in [".ci/run", "Cargo.toml", "deny.toml", "README.md", "ARCHITECTURE.md", ".cargo/config.toml"] {
        let text = std::fs::read_to_string(checkout().join(name)).expect(name);
        for path in ["/root/", "/work/", "/home/"] {
            assert!(!text.contains(path), "{name} names {path}");
        }
    }
}
