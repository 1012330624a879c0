//! The leader dies after it has committed a change and before its answer arrives: the retry must not act twice.
//!
//! A splice in front of the leader passes the request on and holds every byte of the answer back. Once another node shows
//! the change, the leader is killed; the client's own retry goes to the next node, under the same invocation id.

use crate::failover::all_nodes_hold;
use anyhow::{Context, Result, ensure};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use std::time::Duration;
use tests::{Cluster, Written, until_async};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_was_lost_is_made_once() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let leader = cluster.wait_leader()?;
    let (first, second) = ((leader + 1) % 3, (leader + 2) % 3);
    let splice = hold_answers(cluster.zones()[leader].endpoint.trim_start_matches("http://").to_owned()).await?;
    let (access_key_id, secret) = cluster.credentials();
    let client = client::Client::builder(cluster.region())
        .credentials(access_key_id, secret)
        .endpoint(splice)
        .endpoint(&cluster.zones()[first].endpoint)
        .build()?;
    let mut request = PutParameterRequest { name: Some("/once".into()), value: Some("v".into()), ..Default::default() };
    request.set_type(ParameterType::String);
    let call = tokio::spawn(async move { client.ssm().put_parameter(request).await });

    let other = cluster.client_at(second);
    let committed = || async {
        let request = GetParameterRequest { name: Some("/once".into()), ..Default::default() };
        other.ssm().get_parameter(request).await.ok()
    };
    until_async("another node shows the change", Duration::from_secs(3), committed).await?;
    ensure!(!call.is_finished(), "the answer came through: the fault did nothing");
    cluster.kill(leader)?;

    // Without Overwrite, a second action would be refused with ParameterAlreadyExists.
    let answer = call.await?.context("the retry gets the first outcome")?.into_inner();
    ensure!(answer.version == Some(1), "made {:?} times", answer.version);
    cluster.run(leader)?;
    all_nodes_hold(&cluster, &[Written::Parameter("/once".into(), "v".into())]).await
}

/// Listens, passes what clients send on to `to`, and swallows what comes back.
async fn hold_answers(to: String) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let server = TcpStream::connect(to).await?;
                let ((mut from_client, _to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), server.into_split());
                let onwards = tokio::io::copy(&mut from_client, &mut to_server);
                let mut swallowed = tokio::io::sink();
                let back = tokio::io::copy(&mut from_server, &mut swallowed);
                // When the server dies, the connection to the client ends with this task.
                tokio::select! { done = onwards => done, done = back => done }
            });
        }
    });
    Ok(endpoint)
}
