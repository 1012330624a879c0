//! A crash of the leader that is about to do what is due. Days have to pass for it, on every node's clock at once and on no
//! client's, so it has a cluster and a load of its own.

use super::arm::ABORTED;
use crate::chaos::faulty;
use crate::chaos::shim::Faults;
use crate::{Cluster, NodeOptions, Options, Written, scratch, until};
use anyhow::{Context as _, Result, ensure};
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, ScheduleKeyDeletionRequest};
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

/// The shortest time that a key is kept before it is deleted, and more than that. In days and in milliseconds.
const WINDOW_DAYS: i32 = 7;
const LATER_MILLIS: i64 = 8 * 24 * 3_600 * 1_000;
/// How long things may take on a busy machine.
const COMES: Duration = Duration::from_secs(60);
/// How long the clocks are ahead before somebody looks: the leader looks more often.
const AHEAD: Duration = Duration::from_secs(2);

/// A key is to be deleted; the leader crashes before it says so, and whoever leads then does it.
///
/// # Errors
/// When the point was not reached, or something that must hold does not.
pub fn crash_before_what_is_due(point: &str) -> Result<()> {
    let folder = scratch();
    let clocks = (0..3).map(|number| {
        let name = |what: &str| folder.path().join(format!("{what}-{number}"));
        Ok((Faults::new(&name("control"), &name("data"))?, name("data")))
    });
    let clocks: Vec<_> = clocks.collect::<Result<_>>()?;
    let each = clocks.iter().map(|(faults, data)| NodeOptions {
        environment: faults.environment(),
        data: Some(data.clone()),
        ..NodeOptions::default()
    });
    let options = Options { program: Some(faulty::program()?), each: each.collect(), ..Options::default() };
    let mut cluster = Cluster::start_with(options)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (key, written) = runtime.block_on(prepare(&cluster))?;

    let node = (cluster.wait_leader()? + 1) % 3;
    cluster.kill(node)?;
    cluster.environment(node).push((faulty::CRASH_VARIABLE.to_owned(), point.to_owned()));
    cluster.run(node)?;
    cluster.wait_ready(node)?;
    let set = |millis| clocks.iter().for_each(|(clock, _)| clock.shift_clock(millis));
    set(LATER_MILLIS);
    let ended = until("the crash", COMES, || {
        let leader = cluster.leader().unwrap_or(node);
        let _ = cluster.operator(leader, &["transfer", "--to", &super::arm::id(node)]);
        cluster.exit(node)
    })?;
    let said = faulty::has_crashed_at(&cluster.zones()[node].log, point);
    ensure!(said && ended.signal() == Some(ABORTED), "node {node} ended otherwise than at {point}: {ended}");

    cluster.environment(node).retain(|(name, _)| name != faulty::CRASH_VARIABLE);
    cluster.run(node)?;
    until("the deletion", COMES, || {
        std::thread::sleep(AHEAD); // the fault itself: the clocks are ahead for so long
        set(0);
        let gone = runtime.block_on(is_gone(&cluster, &key)).unwrap_or(false);
        set(if gone { 0 } else { LATER_MILLIS });
        gone.then_some(())
    })?;
    let statuses = cluster.wait_level()?;
    ensure!(statuses.iter().all(|status| status.chain == statuses[0].chain), "the nodes differ: {statuses:?}");
    runtime.block_on(async {
        for number in 0..3 {
            written.verify(&cluster.client_at(number)).await?;
        }
        Ok(())
    })
}

/// A key that is to be deleted, and a parameter that stays.
async fn prepare(cluster: &Cluster) -> Result<(String, Written)> {
    let client = cluster.client(0);
    let made = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    let key = made.key_metadata.and_then(|metadata| metadata.key_id).context("a key has an id")?;
    let pending_window_in_days = Some(WINDOW_DAYS);
    let request = ScheduleKeyDeletionRequest { key_id: Some(key.clone()), pending_window_in_days };
    client.kms().schedule_key_deletion(request).await?;
    let (name, value) = ("/stays".to_owned(), "as it is".to_owned());
    let mut request =
        PutParameterRequest { name: Some(name.clone()), value: Some(value.clone()), ..Default::default() };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok((key, Written::Parameter(name, value)))
}

async fn is_gone(cluster: &Cluster, key: &str) -> Result<bool> {
    let request = DescribeKeyRequest { key_id: Some(key.to_owned()), ..Default::default() };
    match cluster.client(0).kms().describe_key(request).await {
        Ok(_) => Ok(false),
        Err(status) => Ok(status.code() == tonic::Code::NotFound),
    }
}
