//! Certificates are replaced while nodes run: those between nodes, and the one that clients see.

use anyhow::{Context, Result, ensure};
use rcgen::{CertificateParams, KeyPair};
use rustix::process::Signal;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tests::{Cluster, Load, Options, metrics, series, until, until_async};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_nodes_are_renewed_under_load_and_no_request_fails() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 4);
    load.progress(20).await?;
    for round in 0..2 {
        for number in 0..3 {
            let before = certificate(&cluster, number)?;
            let renewed = cluster.operator(number, &["renew-certificate"])?;
            ensure!(certificate(&cluster, number)? != before, "round {round}: node {number} keeps its certificate");
            let ends = renewed["ends_at"].as_f64().context("an end")?;
            let shown = gauge(&cluster, number, "lockstep_certificate_ends_seconds{certificate=\"node\"}").await?;
            ensure!((shown - ends).abs() < 1.0, "shown is {shown}, told was {ends}");
            load.progress(10).await?;
        }
    }
    // New connections use it: every node meets every other one anew, the restarted one under what is on its disk.
    for number in 0..3 {
        ensure!(cluster.terminate(number)?, "node {number} ends well");
        cluster.run(number)?;
        cluster.wait_ready(number)?;
        load.progress(10).await?;
    }
    let (acknowledged, refused) = load.stop().await?;
    ensure!(refused.is_empty(), "{} calls failed, the first: {}", refused.len(), refused[0]);
    crate::failover::all_nodes_hold(&cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_certificate_is_good_until_its_end_and_one_of_a_removed_node_renews_nothing() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let node = (cluster.wait_leader()? + 1) % 3;
    let identity = cluster.zones()[node].data.join("identity.json");
    let former = std::fs::read(&identity)?;
    cluster.operator(node, &["renew-certificate"])?;
    cluster.kill(node)?;
    std::fs::write(&identity, &former)?;
    cluster.run(node)?;
    cluster.wait_ready(node)?;
    cluster.operator(node, &["renew-certificate"])?;

    let id = cluster.status(node)?.id;
    let other = (node + 1) % 3;
    cluster.operator(other, &["remove", &id.to_string()])?;
    let kept = certificate(&cluster, node)?;
    let refused = cluster.operator(node, &["renew-certificate"]);
    let told = format!("{:#}", refused.err().context("a removed node renewed its certificate")?);
    ensure!(told.contains("removed"), "{told}");
    ensure!(certificate(&cluster, node)? == kept);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_see_a_replaced_certificate_without_a_restart() -> Result<()> {
    let mut cluster = Cluster::prepare(&Options { nodes: 1, ..Options::default() })?;
    let folder = tests::scratch();
    let pairs = [pair()?, pair()?, pair()?];
    place(folder.path(), &pairs[0].0, &pairs[0].1)?;
    let (zone, files) = (&cluster.zones()[0], ["certificate", "key"].map(|name| folder.path().join(name)));
    let text = std::fs::read_to_string(&zone.config)?;
    let tls = format!("[tls]\ncertificate = {:?}\nkey = {:?}\n", files[0], files[1]);
    std::fs::write(&zone.config, text + &tls)?;
    let port = zone.endpoint.rsplit(':').next().context("a port")?.to_owned();
    cluster.run(0)?;
    cluster.operator(0, &["init"])?;
    cluster.wait_ready(0)?;

    let sees = |pem: &str| (shown(&port)? == base64_of(pem)).then_some(());
    until("the first pair is shown", SOON, || sees(&pairs[0].0))?;
    ensure!(handshake(&port, "-tls1_3") && !handshake(&port, "-tls1_2"), "TLS 1.3 and nothing older is spoken");
    place(folder.path(), &pairs[1].0, &pairs[1].1)?;
    until("the second pair is shown", SOON, || sees(&pairs[1].0))?;

    std::fs::write(&files[1], "no PEM")?;
    let refusals = "lockstep_client_certificate_reloads_total{outcome=\"refused\"}";
    let complained = || async { gauge(&cluster, 0, refusals).await.ok().filter(|count| *count >= 1.0) };
    until_async("the broken pair is refused", SOON, complained).await?;
    ensure!(sees(&pairs[1].0).is_some(), "the pair before stays");

    let before = gauge(&cluster, 0, refusals).await?;
    cluster.signal(0, Signal::HUP)?;
    let asked = || async { gauge(&cluster, 0, refusals).await.ok().filter(|count| *count > before) };
    until_async("SIGHUP has the files read again", SOON, asked).await?;
    place(folder.path(), &pairs[2].0, &pairs[2].1)?;
    cluster.signal(0, Signal::HUP)?;
    until("the third pair is shown", SOON, || sees(&pairs[2].0))
}

/// A certificate and its key, PEM. It may sign for itself: who looks takes any.
fn pair() -> Result<(String, String)> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn place(folder: &Path, certificate: &str, key: &str) -> Result<()> {
    for (name, content) in [("certificate", certificate), ("key", key)] {
        let aside = folder.join("aside");
        std::fs::write(&aside, content)?;
        std::fs::rename(aside, folder.join(name))?;
    }
    Ok(())
}

/// The certificate that a new connection is shown, in base64.
fn shown(port: &str) -> Option<String> {
    let script = "import ssl,sys; sys.stdout.write(ssl.get_server_certificate(('127.0.0.1', int(sys.argv[1]))))";
    let output = Command::new(tests::python().ok()?).args(["-c", script, port]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(base64_of(&text)).filter(|found| !found.is_empty())
}

/// PEM without its frame: line ends are everyone's own.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn handshake(port: &str, version: &str) -> bool {
    let name = if version == "-tls1_3" { "TLSv1_3" } else { "TLSv1_2" };
    let script = "import socket,ssl,sys\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\nc.check_hostname = False\n\
                  c.verify_mode = ssl.CERT_NONE\nv = getattr(ssl.TLSVersion, sys.argv[2])\nc.minimum_version = v\n\
                  c.maximum_version = v\nc.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))";
    let python = tests::python().expect("the tests have a Python");
    Command::new(python).args(["-c", script, port, name]).output().is_ok_and(|output| output.status.success())
}

fn certificate(cluster: &Cluster, number: usize) -> Result<String> {
    let text = std::fs::read_to_string(cluster.zones()[number].data.join("identity.json"))?;
    let identity: serde_json::Value = serde_json::from_str(&text)?;
    Ok(identity["certificate"].as_str().context("a certificate")?.to_owned())
}

/// The value of one series of a node's `/metrics`.
async fn gauge(cluster: &Cluster, number: usize, name: &str) -> Result<f64> {
    series(&metrics(&cluster.zones()[number].metrics).await?, name)
}
