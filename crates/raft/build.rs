//! Compiles the messages of the log and of the calls between peers.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let include = "../../proto/state";
    println!("cargo::rerun-if-changed={include}/lockstep/raft");
    let files = protox::compile(["lockstep/raft/v1/raft.proto"], [include])?;
    tonic_prost_build::configure()
        .btree_map(".")
        .bytes(".lockstep.raft.v1.Entry.command")
        .bytes(".lockstep.raft.v1.SnapshotPiece.bytes")
        .compile_fds(files)?;
    Ok(())
}
