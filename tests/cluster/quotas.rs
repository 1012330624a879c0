//! Quotas are exact: however many writers race over all nodes, and whichever node dies, an account gets what it may have,
//! to the last one, and what is counted is what is there.

use anyhow::{Context, Result, bail, ensure};
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, KeyManagerType, ListKeysRequest};
use proto::secretsmanager::v1::{CreateSecretRequest, ListSecretsRequest};
use proto::ssm::v1::{GetParametersByPathRequest, ParameterType, PutParameterRequest};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tests::{ACCOUNT, Cluster, Options, until_async};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Who race.
const WRITERS: usize = 64;

/// What is counted.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Keys,
    Parameters,
    Secrets,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Keys, Self::Parameters, Self::Secrets];

    /// The quota, and AWS's code when it is reached.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Keys => ("kms-keys", "LimitExceededException"),
            Self::Parameters => ("ssm-standard-parameters", "ParameterLimitExceeded"),
            Self::Secrets => ("secrets", "LimitExceededException"),
        }
    }

    /// Makes one more.
    async fn make(self, client: &client::Client, name: &str) -> Result<(), Status> {
        match self {
            Self::Keys => client.kms().create_key(CreateKeyRequest::default()).await.map(|_| ()),
            Self::Parameters => {
                let (name, value) = (Some(format!("/quota/{name}")), Some("v".to_owned()));
                let mut request = PutParameterRequest { name, value, ..Default::default() };
                request.set_type(ParameterType::String);
                client.ssm().put_parameter(request).await.map(|_| ())
            }
            Self::Secrets => {
                let (name, secret_string) = (Some(format!("quota/{name}")), Some("s".to_owned()));
                let client_request_token = Some(format!("{:->32}", name.as_deref().unwrap_or_default()));
                let request = CreateSecretRequest { name, secret_string, client_request_token, ..Default::default() };
                client.secrets_manager().create_secret(request).await.map(|_| ())
            }
        }
    }

    /// How many there are, counted one by one.
    async fn listed(self, client: &client::Client) -> Result<u64> {
        let (mut count, mut next) = (0, None);
        loop {
            let found;
            (found, next) = match self {
                Self::Keys => customer_keys(client, next).await?,
                Self::Parameters => {
                    let path = Some("/quota".to_owned());
                    let request = GetParametersByPathRequest { path, next_token: next, ..Default::default() };
                    let page = client.ssm().get_parameters_by_path(request).await?.into_inner();
                    (page.parameters.len(), page.next_token)
                }
                Self::Secrets => {
                    let request = ListSecretsRequest { next_token: next, ..Default::default() };
                    let page = client.secrets_manager().list_secrets(request).await?.into_inner();
                    (page.secret_list.len(), page.next_token)
                }
            };
            count += found as u64;
            if next.is_none() {
                return Ok(count);
            }
        }
    }
}

/// A page of keys, without those that AWS manages: they do not count.
async fn customer_keys(client: &client::Client, marker: Option<String>) -> Result<(usize, Option<String>)> {
    let request = ListKeysRequest { limit: Some(1_000), marker, ..Default::default() };
    let page = client.kms().list_keys(request).await?.into_inner();
    let mut count = 0;
    for entry in page.keys {
        let request = DescribeKeyRequest { key_id: entry.key_id, ..Default::default() };
        let described = client.kms().describe_key(request).await?.into_inner();
        count += usize::from(described.key_metadata.context("described")?.key_manager() == KeyManagerType::Customer);
    }
    Ok((count, page.next_marker))
}

/// Use and limit, as the operator sees them at a node.
fn standing(cluster: &Cluster, node: usize, account: &str, kind: Kind) -> Result<(u64, u64)> {
    let document = cluster.operator(node, &["quota", "--account", account])?;
    let quotas = document["quotas"].as_array().context("a list")?;
    let quota = quotas.iter().find(|quota| quota["name"] == kind.names().0).context("every quota is listed")?;
    Ok((quota["used"].as_u64().context("counted")?, quota["limit"].as_u64().context("a limit")?))
}

fn set_limit(cluster: &Cluster, node: usize, kind: Kind, limit: u64) -> Result<()> {
    cluster.operator(node, &["quota", "set", "--account", ACCOUNT, kind.names().0, &limit.to_string()])?;
    Ok(())
}

/// Fails unless the refusal is AWS's for a quota that is used up.
fn is_limit(kind: Kind, status: &Status) -> Result<()> {
    let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
    ensure!(status.code() == Code::ResourceExhausted && reason.as_deref() == Some(kind.names().1), "{status:?}");
    Ok(())
}

/// Each writer makes so many, or goes on until it is refused; how many were acknowledged.
async fn race(cluster: &Cluster, kind: Kind, each: Option<usize>, made: &Arc<AtomicU64>) -> Vec<Racer> {
    let write = |number: usize| {
        let (client, made) = (cluster.client(number % 3), Arc::clone(made));
        tokio::spawn(async move {
            for round in 0..each.unwrap_or(usize::MAX) {
                match kind.make(&client, &format!("{number}-{round}")).await {
                    Ok(()) => made.fetch_add(1, Ordering::SeqCst),
                    Err(status) => return is_limit(kind, &status),
                };
            }
            Ok(())
        })
    };
    (0..WRITERS).map(write).collect()
}

type Racer = tokio::task::JoinHandle<Result<()>>;

async fn finish(racers: Vec<Racer>) -> Result<()> {
    for racer in racers {
        racer.await??;
    }
    Ok(())
}

/// The number that was acknowledged is the limit, is what each node counts, and is what is there.
async fn is_exact(cluster: &Cluster, kind: Kind, acknowledged: u64, limit: u64) -> Result<()> {
    ensure!(acknowledged == limit, "{kind:?}: {acknowledged} were made of {limit}");
    for node in 0..3 {
        ensure!(standing(cluster, node, ACCOUNT, kind)? == (limit, limit), "{kind:?} at {node}");
        let listed = kind.listed(&cluster.client_at(node)).await?;
        ensure!(listed == limit, "{kind:?}: {listed} are listed of {limit} at {node}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_get_exactly_what_is_left() -> Result<()> {
    const LIMIT: u64 = 20;
    let cluster = Cluster::start()?;
    // Keys that AWS manages come with the first secure string and the first secret; they count for nothing.
    let mut request = PutParameterRequest { name: Some("/s".into()), value: Some("v".into()), ..Default::default() };
    request.set_type(ParameterType::SecureString);
    cluster.client(0).ssm().put_parameter(request).await?;
    for (node, kind) in Kind::ALL.into_iter().enumerate() {
        let before = standing(&cluster, node, ACCOUNT, kind)?.0;
        ensure!(before == u64::from(matches!(kind, Kind::Parameters)), "{kind:?}: {before} before the race");
        set_limit(&cluster, node, kind, LIMIT + before)?;
        let made = Arc::default();
        finish(race(&cluster, kind, Some(1), &made).await).await?;
        if before == 1 {
            let name = Some("/s".to_owned());
            let request = proto::ssm::v1::DeleteParameterRequest { name };
            cluster.client(0).ssm().delete_parameter(request).await?;
            set_limit(&cluster, node, kind, LIMIT)?;
        }
        is_exact(&cluster, kind, made.load(Ordering::SeqCst), LIMIT).await?;
    }
    // Another account has its own count, and its limits are the profile's.
    let other = "444455556666";
    let client = cluster.client_of_account(other, 0)?;
    for (kind, number) in [(Kind::Keys, 1_000), (Kind::Parameters, 10_000), (Kind::Secrets, 500_000)] {
        kind.make(&client, "other").await?;
        ensure!(standing(&cluster, 1, other, kind)? == (1, number), "{kind:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_dies_in_the_race_costs_nothing_and_gives_nothing() -> Result<()> {
    const LIMIT: u64 = 400;
    let mut cluster = Cluster::start()?;
    for kind in Kind::ALL {
        set_limit(&cluster, 0, kind, LIMIT)?;
        let leader = cluster.wait_leader()?;
        let made = Arc::default();
        let racers = race(&cluster, kind, None, &made).await;
        let begun = || async { (made.load(Ordering::SeqCst) >= LIMIT / 8).then_some(()) };
        until_async("the race is on", Duration::from_secs(60), begun).await?;
        cluster.kill(leader)?;
        let at_death = made.load(Ordering::SeqCst);
        ensure!(at_death < LIMIT, "{kind:?}: all were made before the leader died, so nothing is shown");
        finish(racers).await?;
        let successor = cluster.wait_leader()?;
        ensure!(successor != leader, "the fault did nothing: {leader} still leads");
        cluster.run(leader)?;
        cluster.wait_ready(leader)?;
        is_exact(&cluster, kind, made.load(Ordering::SeqCst), LIMIT).await?;
    }
    let statuses = cluster.wait_level()?;
    ensure!(statuses.iter().all(|status| status.chain == statuses[0].chain), "the nodes differ: {statuses:?}");
    Ok(())
}

#[tokio::test]
async fn an_operator_is_told_what_cannot_be_set() -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let quota = |words: &[&str]| cluster.operator(0, &[&["quota"], words].concat());
    for (words, expected) in [
        (&["set", "--account", ACCOUNT, "kms-key", "7"][..], "there is no quota \"kms-key\"; there are kms-keys,"),
        (&["set", "--account", ACCOUNT, "versions-per-secret", "0"], "versions-per-secret may be 1 to 1000, not 0"),
        (&["set", "--account", ACCOUNT, "kms-keys", "-1"], "unexpected argument '-1'"),
        (&["set", "--account", ACCOUNT, "kms-keys", "all"], "invalid value 'all'"),
        (&["set", "--account", "1111", "kms-keys", "7"], "an account is twelve digits"),
        (&["reset", "--account", ACCOUNT, "keys"], "there is no quota \"keys\""),
        (&["profile", "huge"], "invalid value 'huge'"),
        (&["--account", "x"], "an account is twelve digits"),
    ] {
        match quota(words) {
            Ok(answer) => bail!("{words:?} was done: {answer}"),
            Err(refusal) => ensure!(format!("{refusal:#}").contains(expected), "{words:?}: {refusal:#}"),
        }
    }
    let limit = || Ok::<_, anyhow::Error>(standing(&cluster, 0, ACCOUNT, Kind::Keys)?.1);
    ensure!(limit()? == 1_000, "what was refused changed nothing");
    quota(&["profile", "aws"])?;
    ensure!(limit()? == 100_000, "the profile's number");
    quota(&["set", "--account", ACCOUNT, "kms-keys", "7"])?;
    ensure!(limit()? == 7, "its own number");
    quota(&["reset", "--account", ACCOUNT, "kms-keys"])?;
    ensure!(limit()? == 100_000, "the profile's number again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_serves_its_share_of_a_rate() -> Result<()> {
    let cluster = Cluster::start_with(Options { request_rates: true, ..Options::default() })?;
    // 5 calls a second of an account, of which a node of three serves one in 0.6 s: however slow the machine, it is asked
    // for more than that.
    let client = cluster.client_at(0);
    let calls = (0..30).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.kms().create_key(CreateKeyRequest::default()).await })
    });
    let (mut served, mut refused) = (0, 0);
    for call in calls.collect::<Vec<_>>() {
        match call.await? {
            Ok(_) => served += 1,
            Err(status) => {
                let details = status.get_error_details();
                let reason = details.error_info().map(|info| info.reason.clone());
                ensure!(reason.as_deref() == Some("ThrottlingException"), "{status:?}");
                ensure!(details.retry_info().is_some(), "it is said when to come again");
                refused += 1;
            }
        }
    }
    ensure!(served >= 1, "none was served");
    ensure!(refused > 0, "all of {served} were served");
    // Another account pays for itself.
    let other = cluster.client_of_account("444455556666", 0)?;
    other.kms().create_key(CreateKeyRequest::default()).await?;
    Ok(())
}
