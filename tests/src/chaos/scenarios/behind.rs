//! F25: a follower was away for longer than the log reaches back, and is killed again and again while it gets a snapshot.

use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::{Result, ensure};
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::time::Duration;

/// The log is cut after so many entries.
const SNAPSHOT_ENTRIES: u64 = 200;
/// What makes a snapshot take a moment: so many parameters of 4,000 bytes.
const PARAMETERS: usize = 600;
/// Callers that write them at one time.
const AT_ONCE: usize = 8;
/// What a node logs when a snapshot begins to come in.
const RECEIVING: &str = "receiving a snapshot";
/// More entries than the follower may take between the look at it and its end.
const AHEAD: u64 = 300;
/// How long a snapshot may take to begin.
const BEGINS: Duration = Duration::from_secs(60);

/// F25.
pub struct FarBehind;

impl Scenario for FarBehind {
    fn name(&self) -> &'static str {
        "F25"
    }

    fn what(&self) -> &'static str {
        "a follower that needs a snapshot is killed while it gets one"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.options.snapshot_entries = Some(SNAPSHOT_ENTRIES);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        let follower = field.follower()?;
        let held = field.cluster().status(follower)?.applied;
        field.kill(follower)?;
        fill(field, follower)?;
        let cut = |number| field.counter(number, "lockstep_raft_purged_index").is_ok_and(|index| index > held + AHEAD);
        let all_cut = || field.running().into_iter().all(cut).then_some(());
        until("the others' logs begin after what it has", BEGINS, all_cut)?;
        let before = received(field, follower);
        let kills = field.length().choose(2, 10);
        for kill in 1..=kills {
            field.start(follower)?;
            let begun = || (received(field, follower) >= before + kill).then_some(());
            until("a snapshot comes in", BEGINS, begun)?;
            field.kill(follower)?;
            field.observe(format!("follower {follower} killed over snapshot {kill}"));
        }
        field.start(follower)?;
        field.wait_ready(follower)?;
        let begun = received(field, follower) - before;
        ensure!(begun >= kills, "the kills interrupted nothing: {begun} snapshots began");
        Ok(())
    }
}

fn received(field: &Field, number: usize) -> usize {
    std::fs::read_to_string(&field.cluster().zones()[number].log).unwrap_or_default().matches(RECEIVING).count()
}

/// Writes more than the log keeps, beside the load.
fn fill(field: &Field, away: usize) -> Result<()> {
    let client = field.cluster().client((away + 1) % 3);
    let put = |number: usize| {
        let (client, value) = (client.clone(), format!("{number:04}").repeat(1_000));
        async move {
            let name = Some(format!("/fill/{number}"));
            let mut request =
                PutParameterRequest { name, value: Some(value), overwrite: Some(true), ..Default::default() };
            request.set_type(ParameterType::String);
            client.ssm().put_parameter(request).await.map(|_| ())
        }
    };
    field.block_on(async {
        use futures::{StreamExt as _, TryStreamExt as _};
        let puts = futures::stream::iter((0..PARAMETERS).map(put)).buffer_unordered(AT_ONCE);
        puts.try_collect::<Vec<()>>().await
    })?;
    Ok(())
}
