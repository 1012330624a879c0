//! Values that are sealed: SecureString parameters and secrets, on three nodes, beside a three-node etcd.

use crate::etcd::Etcd;
use crate::report::{Report, Row, median};
use crate::signed::Nodes;
use anyhow::{Context, Result};
use proto::secretsmanager::v1::{CreateSecretRequest, GetSecretValueRequest, GetSecretValueResponse};
use proto::ssm::v1::{
    GetParameterRequest, GetParameterResponse, ParameterType, PutParameterRequest, PutParameterResponse,
};
use std::time::Duration;
use tests::Cluster;

/// As many names as there are callers, so that no two write the same one.
const NAMES: usize = 64;
const NODES: &str = "3 nodes, 2 cores, strict";

/// PutParameter and GetParameter of a SecureString, and GetSecretValue.
pub(crate) async fn three_nodes(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start()?;
    let nodes = Nodes::open(&cluster).await?;
    let etcd = Etcd::start().await?;
    make_secrets(&cluster).await?;
    let (mut puts, mut gets, mut secrets, mut etcd_puts, mut etcd_gets) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..report.rounds() {
        puts.push(put(&nodes, report.round()).await?);
        etcd_puts.push(etcd.put(report.round()).await?);
        gets.push(get(&nodes, report.round()).await?);
        etcd_gets.push(etcd.get(report.round()).await?);
        secrets.push(get_secret(&nodes, report.round()).await?);
    }
    let (etcd_put, etcd_get) = (median(etcd_puts), median(etcd_gets));
    for (what, rates, yardstick, yardstick_rate) in [
        ("PutParameter SecureString 256 B, gRPC, 64 callers", puts, "etcd put, 3 nodes", etcd_put),
        ("GetParameter with decryption, gRPC, 64 callers", gets, "etcd linearizable get, 3 nodes", etcd_get),
        ("GetSecretValue 256 B, gRPC, 64 callers", secrets, "etcd linearizable get, 3 nodes", etcd_get),
    ] {
        let rate = median(rates);
        report.row(Row { what: what.to_owned(), nodes: NODES, rate, yardstick, yardstick_rate, target: None });
    }
    Ok(())
}

async fn put(nodes: &Nodes<'_>, time: Duration) -> Result<f64> {
    let request = |n: usize| {
        let mut request = PutParameterRequest {
            name: Some(format!("/sealed/{n}")),
            value: Some("v".repeat(256)),
            overwrite: Some(true),
            ..Default::default()
        };
        request.set_type(ParameterType::SecureString);
        request
    };
    nodes.rate::<_, PutParameterResponse>("/lockstep.ssm.v1.SsmService/PutParameter", request, time).await
}

async fn get(nodes: &Nodes<'_>, time: Duration) -> Result<f64> {
    let request = |n: usize| GetParameterRequest { name: Some(format!("/sealed/{n}")), with_decryption: Some(true) };
    nodes.rate::<_, GetParameterResponse>("/lockstep.ssm.v1.SsmService/GetParameter", request, time).await
}

async fn make_secrets(cluster: &Cluster) -> Result<()> {
    for n in 0..NAMES {
        let request = CreateSecretRequest {
            name: Some(format!("sealed/{n}")),
            client_request_token: Some(format!("{n:032}")),
            secret_string: Some("v".repeat(256)),
            ..Default::default()
        };
        cluster.client(0).secrets_manager().create_secret(request).await.context("CreateSecret")?;
    }
    Ok(())
}

async fn get_secret(nodes: &Nodes<'_>, time: Duration) -> Result<f64> {
    let path = "/lockstep.secretsmanager.v1.SecretsManagerService/GetSecretValue";
    let request = |n: usize| GetSecretValueRequest { secret_id: Some(format!("sealed/{n}")), ..Default::default() };
    nodes.rate::<_, GetSecretValueResponse>(path, request, time).await
}
