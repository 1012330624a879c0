//! A Region is a wall: between Regions of one process, and between clusters, for callers and for whoever holds another
//! Region's disk and seal.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tests::{ACCOUNT, Cluster, Dev, Options, Refusal, Wire, until, until_async};

const US: &str = "us-east-1";
const EU: &str = "eu-west-1";
const AP: &str = "ap-south-1";
/// What Decrypt says of a ciphertext whose key it does not find.
const NO_SUCH_KEY: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this \
                           region, or you are not allowed to access.";
const TOKEN: &str = "0b9c7e0e-5f0a-4b7e-9d55-2f2f1a3c4d5e";
/// How long a node may take to say why it is not ready, on a machine that is busy building.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_regions_of_one_process_are_walls() -> Result<()> {
    let mut dev = Dev::start_in("us-east-1,eu-west-1")?;
    ensure!(dev.ready()["regions"] == json!([US, EU]), "{}", dev.ready());
    let (us, eu) = (caller(&dev, 0, US)?, caller(&dev, 1, EU)?);
    let here = fill(&us, "us").await?;
    fill(&eu, "eu").await?;
    ensure!((value(&us).await?, value(&eu).await?) == ("us".to_owned(), "eu".to_owned()), "Regions share a name");
    nothing_of_one_is_any_use_in(&eu, US, &here).await?;

    let scope = refused(&caller(&dev, 2, AP)?, "kms", "ListKeys", json!({})).await?;
    ensure!(scope.code == "InvalidSignatureException", "{scope:?}");
    for part in [
        "Credential should be scoped to a valid region, not 'ap-south-1'.",
        "`lockstep dev --regions us-east-1,eu-west-1,ap-south-1`",
    ] {
        ensure!(scope.message.contains(part), "{scope:?}");
    }
    let grpc = dev.client_in(AP)?.kms().list_keys(proto::kms::v1::ListKeysRequest::default()).await;
    let status = grpc.err().context("a Region that is not hosted answers")?;
    ensure!((status.code(), status.message()) == (tonic::Code::Unauthenticated, scope.message.as_str()), "{status:?}");

    dev.wait_ready(6)?;
    let killed = dev.wait_leader()? % 3; // of either Region
    dev.kill(killed)?;
    for region in [US, EU] {
        let survivor = caller(&dev, (killed + 1) % 3, region)?;
        // An election may take longer than a node lets one caller wait.
        let body = json!({"Name": "/later", "Value": region, "Type": "String", "Overwrite": true});
        let put = async || ok(&survivor, "ssm", "PutParameter", body.clone()).await.ok();
        until_async("a write without a zone", PATIENCE, put).await?;
    }

    dev.restart_in("us-east-1,eu-west-1,ap-south-1")?;
    for (region, expected) in [(US, "us"), (EU, "eu")] {
        let caller = caller(&dev, killed, region)?;
        ensure!(value(&caller).await? == expected, "{region} lost something");
        ensure!(named(&caller, "/later").await? == region, "{region} lost what was written without a zone");
    }
    let added = caller(&dev, 0, AP)?;
    fill(&added, "ap").await?;
    ensure!(value(&caller(&dev, 1, AP)?).await? == "ap", "a Region that was added does not replicate");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_of_two_regions_are_walls_even_under_one_seal() -> Result<()> {
    let seal = Some([0x5e; 32]);
    let one = Cluster::start_with(Options { nodes: 1, seal, ..Options::default() })?;
    let mut other = Cluster::start_with(Options { nodes: 1, seal, region: EU, ..Options::default() })?;
    let caller_of =
        |cluster: &Cluster| Wire::new(&cluster.zones()[0].endpoint, cluster.region(), cluster.credentials());
    let (here, there) = (caller_of(&one), caller_of(&other));
    let made = fill(&here, "one").await?;
    fill(&there, "other").await?;
    ensure!((value(&here).await?, value(&there).await?) == ("one".to_owned(), "other".to_owned()));
    nothing_of_one_is_any_use_in(&there, one.region(), &made).await?;
    let scope = refused(
        &Wire::new(&other.zones()[0].endpoint, one.region(), other.credentials()),
        "kms",
        "ListKeys",
        json!({}),
    )
    .await?;
    ensure!(scope.message == "Credential should be scoped to a valid region, not 'eu-central-1'.", "{scope:?}");

    // Who holds the keyring of the one and the seal does not open it as the other: it is of another Region and cluster.
    let (taken, own) = (one.zones()[0].data.join("keyring"), other.zones()[0].data.join("keyring"));
    let kept = std::fs::read(&own)?;
    ensure!(other.terminate(0)?, "the node does not end well");
    std::fs::write(&own, std::fs::read(&taken)?)?;
    other.run(0)?;
    let log = || std::fs::read_to_string(&other.zones()[0].log).unwrap_or_default();
    until("the foreign keyring is refused", PATIENCE, || {
        log().contains("its keyring is not the committed one").then_some(())
    })?;
    ensure!(!other.status(0)?.ready, "a node serves under another Region's keyring");
    ensure!(other.terminate(0)?, "the node does not end well");
    std::fs::write(&own, kept)?;
    other.run(0)?;
    other.wait_ready(0)?;
    ensure!(value(&there).await? == "other", "its own keyring serves again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_of_another_region_does_not_start_even_with_its_seal() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let (region, zone) = (cluster.region(), &cluster.zones()[0]);
    let (config, identity, log) = (zone.config.clone(), zone.data.join("identity.json"), zone.log.clone());
    let caller = Wire::new(&zone.endpoint, region, cluster.credentials());
    fill(&caller, "kept").await?;
    ensure!(cluster.terminate(0)?, "the node does not end well");

    // The same folder and the same seal, configured as another Region.
    replace(&config, region, EU)?;
    refuses_to_start(&mut cluster, &log, "the node is of eu-central-1, its configuration says eu-west-1")?;
    // Its identity is only a file, as is the checksum beside it, and says now what the configuration does: the keyring tells.
    replace(&identity, region, EU)?;
    std::fs::remove_file(identity.with_extension("sum"))?;
    cluster.run(0)?;
    let told = || std::fs::read_to_string(&log).unwrap_or_default().contains("its keyring is not the committed one");
    until("the keyring is refused", PATIENCE, || told().then_some(()))?;
    ensure!(!cluster.status(0)?.ready, "a node serves another Region's tables");
    ensure!(cluster.terminate(0)?, "the node does not end well");

    replace(&identity, EU, region)?;
    replace(&config, EU, region)?;
    cluster.run(0)?;
    cluster.wait_ready(0)?;
    ensure!(value(&caller).await? == "kept", "as itself it serves again");
    Ok(())
}

fn replace(path: &Path, from: &str, to: &str) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    ensure!(text.contains(from), "{} does not say {from}", path.display());
    Ok(std::fs::write(path, text.replace(from, to))?)
}

fn refuses_to_start(cluster: &mut Cluster, log: &Path, why: &str) -> Result<()> {
    let _ = cluster.run(0); // its socket may be gone before it is seen
    let told = || std::fs::read_to_string(log).unwrap_or_default().contains(why).then_some(());
    until(why, PATIENCE, told)?;
    ensure!(!cluster.terminate(0).unwrap_or(false), "it ended well");
    Ok(())
}

/// What another Region must not be able to use.
struct Made {
    key_arn: String,
    ciphertext: String,
    secret_arn: String,
}

/// A key with a ciphertext, a parameter under the AWS managed key, a secret.
async fn fill(caller: &Wire, content: &str) -> Result<Made> {
    let key = ok(caller, "kms", "CreateKey", json!({})).await?;
    let key_arn = text(&key["KeyMetadata"]["Arn"])?;
    let plaintext = STANDARD.encode(content);
    let sealed = ok(caller, "kms", "Encrypt", json!({"KeyId": key_arn, "Plaintext": plaintext})).await?;
    let parameter = json!({"Name": "/wall", "Value": content, "Type": "SecureString"});
    ok(caller, "ssm", "PutParameter", parameter).await?;
    let secret = ok(
        caller,
        "secretsmanager",
        "CreateSecret",
        json!({"Name": "wall", "SecretString": content, "ClientRequestToken": TOKEN}),
    )
    .await?;
    Ok(Made { key_arn, ciphertext: text(&sealed["CiphertextBlob"])?, secret_arn: text(&secret["ARN"])? })
}

/// Refuses what was made in `region` as AWS does in another Region.
async fn nothing_of_one_is_any_use_in(caller: &Wire, region: &str, made: &Made) -> Result<()> {
    let Made { key_arn, ciphertext, secret_arn } = made;
    let account = key_arn.split(':').nth(4).context("an ARN")?;
    let invalid_arn = format!("Invalid arn {region}");
    let parameter = format!("arn:aws:ssm:{region}:{account}:parameter/wall");
    for (service, operation, body, code, message) in [
        ("kms", "DescribeKey", json!({"KeyId": key_arn}), "NotFoundException", invalid_arn.as_str()),
        ("kms", "Encrypt", json!({"KeyId": key_arn, "Plaintext": "YQ=="}), "NotFoundException", &invalid_arn),
        ("kms", "Decrypt", json!({"KeyId": key_arn, "CiphertextBlob": ciphertext}), "NotFoundException", &invalid_arn),
        ("kms", "Decrypt", json!({"CiphertextBlob": ciphertext}), "AccessDeniedException", NO_SUCH_KEY),
        ("kms", "DisableKey", json!({"KeyId": key_arn}), "NotFoundException", &invalid_arn),
        ("ssm", "GetParameter", json!({"Name": parameter, "WithDecryption": true}), "ParameterNotFound", ""),
        (
            "secretsmanager",
            "GetSecretValue",
            json!({"SecretId": secret_arn}),
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        ),
    ] {
        let refusal = refused(caller, service, operation, body).await?;
        let expected = Refusal { code: code.to_owned(), message: message.to_owned() };
        ensure!(refusal == expected, "{service}:{operation}: {refusal:?}, not {expected:?}");
    }
    Ok(())
}

async fn value(caller: &Wire) -> Result<String> {
    named(caller, "/wall").await
}

async fn named(caller: &Wire, name: &str) -> Result<String> {
    text(&ok(caller, "ssm", "GetParameter", json!({"Name": name, "WithDecryption": true})).await?["Parameter"]["Value"])
}

fn caller(dev: &Dev, zone: usize, region: &str) -> Result<Wire> {
    dev.wire(zone, region, ACCOUNT)
}

async fn ok(caller: &Wire, service: &str, operation: &str, body: Value) -> Result<Value> {
    let answer = caller.ask(service, operation, body).await?;
    answer.map_err(|refusal| anyhow::anyhow!("{service}:{operation}: {refusal:?}"))
}

async fn refused(caller: &Wire, service: &str, operation: &str, body: Value) -> Result<Refusal> {
    let answer = caller.ask(service, operation, body).await?;
    answer.err().with_context(|| format!("{service}:{operation} is answered"))
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("no text: {value}"))
}
