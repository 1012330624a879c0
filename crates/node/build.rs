//! Compiles the messages of the admin socket, of the peers' calls, and of this crate's records.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let include = "../../proto/state";
    println!("cargo::rerun-if-changed={include}/lockstep/node");
    let files = ["admin", "backup", "peers", "records"].map(|name| format!("lockstep/node/v1/{name}.proto"));
    let files = protox::compile(files, [include])?;
    tonic_prost_build::configure().btree_map(".").compile_fds(files)?;
    Ok(())
}
