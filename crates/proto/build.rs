//! Compiles the public API: messages with their AWS JSON form, redacting Debug, and gRPC clients.
//!
//! The protos are the only input; what JSON needs is derived from their descriptors by [`json`], and what must not be
//! shown by [`redaction`]. Servers are not generated: the gateway dispatches every operation through one path.

#[path = "build/json.rs"]
mod json;
#[path = "build/redaction.rs"]
mod redaction;

use std::path::{Path, PathBuf};

const ROOT: &str = "../../proto/api";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    println!("cargo::rerun-if-changed=build");
    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_imports(true).include_source_info(true).open_files(protos(Path::new(ROOT))?)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;

    let files = compiler.file_descriptor_set();
    let redacted = redaction::redacted_fields(&compiler);
    std::fs::write(out.join("redaction.rs"), redaction::debug_impls(&files, &redacted))?;
    let hidden = redaction::messages_of(&redacted);
    let builder = tonic_prost_build::configure().build_server(false).btree_map(".").bytes(".").skip_debug(hidden);
    json::attributes(builder, &files).compile_fds(files)?;
    Ok(())
}

/// Every proto below a folder, in the order of their names, relative to it.
fn protos(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                found.push(path.strip_prefix(root).expect("it was found below the root").to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
