//! Encrypt of 256 bytes, beside an echo of the same bytes on the same processor.

use crate::echo::{self, Echo};
use crate::load::closed_loop;
use crate::report::{Report, Row, median};
use crate::signed::{GrpcCall, JsonCall, channels};
use anyhow::{Context, Result};
use base64::Engine as _;
use bytes::Bytes;
use proto::kms::v1::{CreateKeyRequest, EncryptRequest, EncryptResponse};
use std::time::Duration;
use tests::{Cluster, Options};
use tonic::transport::Channel;

const CALLERS: usize = 64;
const CHANNELS: usize = 4;
const PLAINTEXT: [u8; 256] = [7; 256];
const PATH: &str = "/lockstep.kms.v1.KmsService/Encrypt";

/// The server and the yardstick share processor 0; the load has processor 1.
pub(crate) async fn one_node(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, processor: Some(0), ..Options::default() })?;
    let request = request(&cluster).await?;
    let echo = Echo::start("echo-grpc", 0)?;
    let (ours, theirs) =
        (channels(&cluster.zones()[0].endpoint, CHANNELS).await?, channels(&echo.endpoint, CHANNELS).await?);
    let (mut rates, mut yardsticks) = (Vec::new(), Vec::new());
    for _ in 0..report.rounds() {
        rates.push(encrypt(&cluster, 0, &ours, &request, report.round()).await?);
        yardsticks.push(echo_rate(&theirs, &request, report.round()).await?);
    }
    report.row(Row {
        what: "Encrypt 256 B, gRPC".to_owned(),
        nodes: "1 node, 1 core, strict",
        rate: median(rates),
        yardstick: "tonic echo",
        yardstick_rate: median(yardsticks),
        target: Some(0.6),
    });
    json(report, &cluster, &request).await
}

async fn json(report: &mut Report, cluster: &Cluster, request: &EncryptRequest) -> Result<()> {
    let echo = Echo::start("echo-json", 0)?;
    let plaintext = base64::engine::general_purpose::STANDARD.encode(PLAINTEXT);
    let key_id = request.key_id.as_deref().context("a key id")?;
    let body = Bytes::from(serde_json::json!({ "KeyId": key_id, "Plaintext": plaintext }).to_string());
    let ours = JsonCall::signed(cluster, 0, "TrentService.Encrypt", body.clone())?;
    let theirs = JsonCall::plain(&echo.endpoint, body)?;
    let (mut rates, mut yardsticks) = (Vec::new(), Vec::new());
    for _ in 0..report.rounds() {
        for (call, figures) in [(&ours, &mut rates), (&theirs, &mut yardsticks)] {
            let send = |call: JsonCall| async move { call.send().await.map(drop) };
            figures.push(closed_loop(vec![call.clone(); CALLERS], report.round(), send).await?);
        }
    }
    report.row(Row {
        what: "Encrypt 256 B, AWS JSON".to_owned(),
        nodes: "1 node, 1 core, strict",
        rate: median(rates),
        yardstick: "bare JSON echo",
        yardstick_rate: median(yardsticks),
        target: Some(0.5),
    });
    Ok(())
}

/// Three nodes and the load share both processors; the yardstick is the echo on one.
pub(crate) async fn three_nodes(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start()?;
    let request = request(&cluster).await?;
    let echo = Echo::start("echo-grpc", 0)?;
    let theirs = channels(&echo.endpoint, CHANNELS).await?;
    let follower = (cluster.wait_leader()? + 1) % 3;
    let ours = channels(&cluster.zones()[follower].endpoint, CHANNELS).await?;
    let (mut rates, mut yardsticks) = (Vec::new(), Vec::new());
    for _ in 0..report.rounds() {
        rates.push(encrypt(&cluster, follower, &ours, &request, report.round()).await?);
        yardsticks.push(echo_rate(&theirs, &request, report.round()).await?);
    }
    report.row(Row {
        what: "Encrypt 256 B, gRPC, at a follower".to_owned(),
        nodes: "3 nodes, 2 cores, strict",
        rate: median(rates),
        yardstick: "tonic echo",
        yardstick_rate: median(yardsticks),
        target: Some(0.25),
    });
    Ok(())
}

async fn encrypt(
    cluster: &Cluster,
    node: usize,
    channels: &[Channel],
    request: &EncryptRequest,
    time: Duration,
) -> Result<f64> {
    let caller = |n: usize| {
        GrpcCall::<_, EncryptResponse>::signed(cluster, node, &channels[n % channels.len()], PATH, request.clone())
    };
    closed_loop((0..CALLERS).map(caller).collect(), time, |call| async { call.send().await.map(drop) }).await
}

async fn echo_rate(channels: &[Channel], request: &EncryptRequest, time: Duration) -> Result<f64> {
    let caller =
        |n: usize| GrpcCall::<_, EncryptRequest>::plain(&channels[n % channels.len()], echo::PATH, request.clone());
    closed_loop((0..CALLERS).map(caller).collect(), time, |call| async { call.send().await.map(drop) }).await
}

async fn request(cluster: &Cluster) -> Result<EncryptRequest> {
    let created = cluster.client(0).kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    let key_id = created.key_metadata.and_then(|metadata| metadata.key_id).context("a key id")?;
    Ok(EncryptRequest { key_id: Some(key_id), plaintext: Some(PLAINTEXT.to_vec().into()), ..Default::default() })
}
