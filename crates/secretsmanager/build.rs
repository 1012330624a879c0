//! Compiles the messages of this crate's records and commands.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let include = "../../proto/state";
    println!("cargo::rerun-if-changed={include}/lockstep/secretsmanager");
    let files = protox::compile(["lockstep/secretsmanager/v1/secretsmanager.proto"], [include])?;
    tonic_prost_build::configure().build_client(false).build_server(false).btree_map(".").compile_fds(files)?;
    Ok(())
}
