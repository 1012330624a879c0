//! Crashes of a node that makes a cluster. Nothing of such a cluster was promised to anyone, and nothing of it may live:
//! the folder is refused until it is emptied.

use super::arm::{COMES, Crash, disarm, start_armed, wait_crash};
use crate::chaos::Field;
use crate::{ACCOUNT, until};
use anyhow::{Context as _, Result, ensure};

/// What a node says of a birth that was cut short.
const CUT_SHORT: &str = "making a cluster was cut short here";

/// The node crashes over its birth, is refused, and begins again in an empty folder.
pub(super) fn begin(field: &mut Field, crash: Crash, spare: usize) -> Result<usize> {
    crash_over(field, crash, spare, &["init", "--account", ACCOUNT])
}

/// The node crashes while it makes a cluster of what the living one holds, is refused, and begins again.
pub(super) fn restore(field: &mut Field, crash: Crash, spare: usize) -> Result<usize> {
    let file = field.cluster().folder().join(format!("saved-{spare}"));
    let file = file.to_str().context("a path in UTF-8")?;
    field.cluster().operator(0, &["snapshot", "save", file])?;
    crash_over(field, crash, spare, &["snapshot", "restore", file, "--force"])
}

fn crash_over(field: &mut Field, crash: Crash, spare: usize, beginning: &[&str]) -> Result<usize> {
    start_armed(field, spare, crash.point, 0)?;
    // It fails: whom it asks ends over it.
    let _ = field.cluster().operator(spare, beginning);
    wait_crash(field, spare, crash.point)?;

    disarm(field, spare);
    field.start(spare)?;
    field.expect_end(spare);
    let refused = until("the refusal of half a cluster", COMES, || field.cluster_mut().exit(spare))?;
    let log = std::fs::read_to_string(&field.cluster().zones()[spare].log)?;
    ensure!(!refused.success() && log.contains(CUT_SHORT), "half a cluster was taken for one: {refused}");

    let data = field.cluster().zones()[spare].data.clone();
    std::fs::remove_dir_all(&data)?;
    field.start(spare)?;
    field.cluster().operator(spare, beginning)?;
    field.wait_ready(spare).context("a cluster in the emptied folder")?;
    // It was a cluster of its own, and is not missed.
    field.kill(spare)?;
    field.cluster_mut().retire(spare);
    std::fs::remove_dir_all(&data)?;
    Ok(spare)
}
