//! Where the files are that a test reads.

use std::path::PathBuf;

/// The checkout that cargo runs this in. A build folder may serve several, so the one it was compiled in may be another.
///
/// # Panics
/// When no folder above the package is a workspace.
pub fn checkout() -> PathBuf {
    let compiled = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled, PathBuf::from);
    package.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).expect("a workspace").to_owned()
}
