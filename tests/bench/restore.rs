//! How long a snapshot file takes: to be saved by a cluster, and to be restored by an empty node until it answers.

use crate::report::{Report, median, worst};
use anyhow::{Context, Result};
use proto::ssm::v1::{ParameterTier, ParameterType, PutParameterRequest};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;
use tests::{ACCOUNT, Cluster, Options};

const WRITERS: usize = 64;
const SEAL: [u8; 32] = [7; 32];
const GIB: f64 = (1_u64 << 30) as f64;

/// A cluster of parameters of 4 to 8 KiB that do not compress to nothing; each round restores into a fresh folder.
pub(crate) async fn from_file(report: &mut Report) -> Result<()> {
    let parameters = if report.is_quick() { 2_000 } else { 45_000 };
    let mut cluster = Cluster::start_with(Options { seal: Some(SEAL), ..Options::default() })?;
    let words = ["quota", "set", "--account", ACCOUNT, "ssm-advanced-parameters", &parameters.to_string()];
    cluster.operator(0, &words)?;
    fill(&cluster, parameters).await?;
    let folder = tests::scratch();
    let file = folder.path().join("cluster.snapshot");
    let file = file.to_str().context("a path in UTF-8")?;
    let begun = Instant::now();
    let saved = cluster.operator(0, &["snapshot", "save", file])?;
    let save_seconds = begun.elapsed().as_secs_f64();
    (0..3).try_for_each(|number| cluster.kill(number))?;
    let gib = std::fs::metadata(Path::new(file))?.len() as f64 / GIB;
    let mut seconds = Vec::new();
    for _ in 0..report.rounds() {
        let mut fresh = Cluster::prepare(&Options { nodes: 1, seal: Some(SEAL), ..Options::default() })?;
        fresh.run(0)?;
        let begun = Instant::now();
        fresh.operator(0, &["snapshot", "restore", file])?;
        fresh.wait_ready(0)?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    report.note(format!(
        "a snapshot file of {:.0} MiB, {} rows, {parameters} parameters of 4 to 8 KiB: saved and read back in {save_seconds:.1} s; \
         restored on an empty node until it answers, {} rounds: median {:.1} s, at worst {:.1} s, which is {:.0} s per GiB \
         (target 60)",
        gib * 1024.0,
        saved["rows"],
        seconds.len(),
        median(seconds.clone()),
        worst(&seconds),
        median(seconds.clone()) / gib,
    ));
    Ok(())
}

async fn fill(cluster: &Cluster, count: usize) -> Result<()> {
    let writers = (0..WRITERS).map(|first| {
        let client = cluster.client(first);
        async move {
            for n in (first..count).step_by(WRITERS) {
                let name = format!("/restore/{}/{n}", n % 100);
                let mut request = PutParameterRequest { name: Some(name), value: Some(value(n)), ..Default::default() };
                request.set_type(ParameterType::String);
                request.set_tier(ParameterTier::Advanced);
                client.ssm().put_parameter(request).await?;
            }
            Ok::<(), anyhow::Error>(())
        }
    });
    futures::future::try_join_all(writers).await.map(drop)
}

/// 4 to 8 KiB of digits, another text for every number.
fn value(n: usize) -> String {
    let (length, mut state) = (4_096 + n % 4_096, n as u64 + 1);
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ = write!(text, "{:016x}", state ^ (state >> 29));
    }
    text.truncate(length);
    text
}
