//! `POST /_lockstep/reset`: a development cluster is empty on every node, in every Region and account, when it answers;
//! whatever races with it is whole or is not there. Any other cluster does not know it.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tests::{ACCOUNT, Cluster, Dev, Options, Refusal, Wire, reset, until, until_async};
use tokio::task::JoinHandle;

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
/// Two accounts; the second one is that of callers whose access key is not an account.
const ACCOUNTS: [&str; 2] = [ACCOUNT, "000000000000"];
/// Rows of one account in one Region, for the time that a reset takes.
const PARAMETERS: usize = 1_000;
/// Alone it takes some hundredths of a second; the machine may be busy, and an election may come between.
const RESET_WITHIN: Duration = Duration::from_secs(10);
/// How often the racing writers lose everything, and how much they do in between: less than each of them does in a round.
const RESETS: usize = 60;
const BETWEEN_RESETS: u64 = 15;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_empties_every_region_and_account_on_every_node() -> Result<()> {
    let dev = Dev::start_in("us-east-1,eu-west-1")?;
    operator(&dev, &["quota", "set", "--account", ACCOUNT, "kms-keys", "2"])?;
    let mut before = Vec::new();
    for region in REGIONS {
        for account in ACCOUNTS {
            before.push(fill(&dev.wire(0, region, account)?).await?);
        }
    }
    fill_up(&dev).await?;
    let full = ask(&dev.wire(1, REGIONS[0], ACCOUNT)?, "kms", "CreateKey", json!({})).await?;
    ensure!(code(&full) == "LimitExceededException", "the quota is not used up: {full:?}");

    for (header, status) in [(None, 400), (Some("0"), 400)] {
        let refused = reset(dev.endpoint()?, header).await?;
        ensure!(refused.0 == status, "{header:?}: {refused:?}");
    }
    let there = ask(&dev.wire(1, REGIONS[0], ACCOUNT)?, "kms", "DescribeKey", json!({"KeyId": before[0].key})).await?;
    ensure!(there.is_ok(), "a refused reset emptied something: {there:?}");

    let begun = Instant::now();
    let answer = reset(&dev.zone_endpoint(1)?, Some("1")).await?;
    let took = begun.elapsed();
    ensure!(answer == (200, "{}".to_owned()), "{answer:?}");
    ensure!(took < RESET_WITHIN, "a reset of {PARAMETERS} parameters and more took {took:?}");
    let mut made = before.iter();
    for region in REGIONS {
        for account in ACCOUNTS {
            let made = made.next().context("one of each")?;
            for zone in 0..3 {
                is_empty(&dev.wire(zone, region, account)?, made)
                    .await
                    .with_context(|| format!("{region} at {zone}"))?;
            }
        }
    }

    for (region, account, former) in [(REGIONS[0], ACCOUNTS[0], &before[0]), (REGIONS[1], ACCOUNTS[1], &before[3])] {
        let again = fill(&dev.wire(2, region, account)?).await.context("quotas and names are free")?;
        ensure!(again.managed_key != former.managed_key, "the AWS managed key is still the former one");
    }
    let answer = reset(dev.endpoint()?, Some("1")).await?;
    ensure!(answer.0 == 200, "through the front: {answer:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_races_with_a_reset_is_whole_or_not_there() -> Result<()> {
    let dev = Dev::start()?;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut writers = Vec::new();
    for number in 0..12 {
        let caller = dev.wire(number % 3, REGIONS[0], ACCOUNTS[number % 2])?;
        writers.push(tokio::spawn(write_on(caller, number, stop.clone(), done.clone())));
    }
    for number in 0..RESETS {
        let answer = reset(&dev.zone_endpoint(number % 3)?, Some("1")).await?;
        ensure!(answer.0 == 200, "reset {number}: {answer:?}");
        // The writers are in the middle of something again.
        let before = done.load(Ordering::Relaxed);
        let went_on = || done.load(Ordering::Relaxed) >= before + BETWEEN_RESETS;
        let goes_on = async || (went_on() || writers.iter().any(JoinHandle::is_finished)).then_some(());
        until_async("the writers go on", PATIENCE, goes_on).await?;
        if !went_on() {
            break; // one of them says below why it ended
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut survivors = 0;
    for writer in writers {
        writer.await??;
    }
    for account in ACCOUNTS {
        for zone in 0..3 {
            survivors += everything_is_whole(&dev.wire(zone, REGIONS[0], account)?).await?;
        }
    }
    ensure!(survivors > 0, "nothing was written behind the last reset: the race is none");
    all_zones_agree(&dev)?;
    for number in 0..3 {
        let name = dev.ready()["nodes"][number]["log"].as_str().context("a log")?;
        let log = std::fs::read_to_string(name)?;
        for word in ["panic", "was kept from the log", "cannot apply"] {
            ensure!(!log.contains(word), "{name}: {word}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_cluster_does_not_know_of_resets() -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let zone = &cluster.zones()[0];
    let caller = Wire::new(&zone.endpoint, cluster.region(), cluster.credentials());
    let made = fill(&caller).await?;
    for header in [None, Some("1")] {
        let answer = reset(&zone.endpoint, header).await?;
        ensure!(answer.0 == 404, "{header:?}: {answer:?}");
    }
    ask(&caller, "kms", "DescribeKey", json!({"KeyId": made.key}))
        .await?
        .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    Ok(())
}

/// What was made of each kind.
struct Made {
    key: String,
    ciphertext: String,
    managed_key: String,
}

/// Two keys, an alias, a secret, parameters of two types, and so an AWS managed key.
async fn fill(caller: &Wire) -> Result<Made> {
    let mut key = Value::Null;
    for _ in 0..2 {
        key = done(caller, "kms", "CreateKey", json!({})).await?["KeyMetadata"]["KeyId"].clone();
    }
    let sealed = done(caller, "kms", "Encrypt", json!({"KeyId": key, "Plaintext": STANDARD.encode("x")})).await?;
    done(
        caller,
        "secretsmanager",
        "CreateSecret",
        json!({"Name": "s", "SecretString": "x", "ClientRequestToken": token(0, 0)}),
    )
    .await?;
    done(caller, "ssm", "PutParameter", json!({"Name": "/plain", "Value": "x", "Type": "String"})).await?;
    done(caller, "ssm", "PutParameter", json!({"Name": "/secret", "Value": "x", "Type": "SecureString"})).await?;
    let managed = done(caller, "kms", "DescribeKey", json!({"KeyId": "alias/aws/ssm"})).await?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
    Ok(Made {
        key: text(&key)?,
        ciphertext: text(&sealed["CiphertextBlob"])?,
        managed_key: text(&managed["KeyMetadata"]["KeyId"])?,
    })
}

/// Some thousands of rows.
async fn fill_up(dev: &Dev) -> Result<()> {
    const CALLERS: usize = 16;
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        let caller = dev.wire(number % 3, REGIONS[number % 2], ACCOUNT)?;
        callers.push(tokio::spawn(async move {
            for n in (number..2 * PARAMETERS).step_by(CALLERS) {
                let body = json!({"Name": format!("/many/{n}"), "Value": "x", "Type": "String"});
                done(&caller, "ssm", "PutParameter", body).await?;
            }
            anyhow::Ok(())
        }));
    }
    for caller in callers {
        caller.await??;
    }
    Ok(())
}

async fn is_empty(caller: &Wire, made: &Made) -> Result<()> {
    for (service, operation, body, list) in [
        ("kms", "ListKeys", json!({}), "Keys"),
        ("ssm", "GetParametersByPath", json!({"Path": "/", "Recursive": true}), "Parameters"),
        ("ssm", "DescribeParameters", json!({}), "Parameters"),
        ("secretsmanager", "ListSecrets", json!({}), "SecretList"),
    ] {
        let found = done(caller, service, operation, body).await?;
        ensure!(found[list] == json!([]), "{service}:{operation} finds {found}");
    }
    for (service, operation, body, expected) in [
        ("kms", "DescribeKey", json!({"KeyId": made.key}), "NotFoundException"),
        ("kms", "Decrypt", json!({"CiphertextBlob": made.ciphertext}), "AccessDeniedException"),
        ("ssm", "GetParameter", json!({"Name": "/secret"}), "ParameterNotFound"),
        ("secretsmanager", "GetSecretValue", json!({"SecretId": "s"}), "ResourceNotFoundException"),
    ] {
        let answer = ask(caller, service, operation, body).await?;
        ensure!(code(&answer) == expected, "{operation}: {answer:?}");
    }
    Ok(())
}

/// Writes and reads until told to stop. A reset may take anything away between two calls, and so the second one of two
/// that belong together may be refused; only as AWS refuses what is not there.
async fn write_on(caller: Wire, number: usize, stop: Arc<AtomicBool>, done: Arc<AtomicU64>) -> Result<()> {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let name = format!("/race/{number}/{}", n % 5);
        let secret = format!("race/{number}/{}", n % 5);
        let key = ask(&caller, "kms", "CreateKey", json!({})).await?;
        let key = key.map(|made| made["KeyMetadata"]["KeyId"].clone()).unwrap_or_default();
        for (service, operation, body) in [
            ("kms", "CreateAlias", json!({"AliasName": format!("alias/race-{number}-{n}"), "TargetKeyId": key})),
            ("kms", "Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})),
            ("ssm", "PutParameter", json!({"Name": name, "Value": "v", "Type": "SecureString", "Overwrite": true})),
            ("ssm", "GetParameter", json!({"Name": name, "WithDecryption": true})),
            (
                "secretsmanager",
                "CreateSecret",
                json!({"Name": secret, "SecretString": "v", "ClientRequestToken": token(number, 2 * n)}),
            ),
            (
                "secretsmanager",
                "PutSecretValue",
                json!({"SecretId": secret, "SecretString": "w", "ClientRequestToken": token(number, 2 * n + 1)}),
            ),
            ("kms", "DisableKey", json!({"KeyId": key})),
            ("ssm", "DeleteParameter", json!({"Name": name})),
            ("kms", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})),
        ] {
            let answer = ask(&caller, service, operation, body).await?;
            let code = code(&answer);
            let absent = [
                "OK",
                "NotFoundException",
                "ParameterNotFound",
                "ResourceNotFoundException",
                "ResourceExistsException",
                // Of the AWS managed key, between its making and its use.
                "InvalidKeyId",
                "EncryptionFailure",
                // What is reset between deciding and doing, over and over.
                "ServiceUnavailableException",
                // The key was taken away before its name could be used.
                "ValidationException",
            ];
            ensure!(absent.contains(&code), "{service}:{operation}: {answer:?}");
            done.fetch_add(u64::from(code == "OK"), Ordering::Relaxed);
        }
    }
    // Behind the last reset: these stay.
    let body = json!({"Name": format!("/left/{number}"), "Value": "v", "Type": "SecureString"});
    self::done(&caller, "ssm", "PutParameter", body).await?;
    Ok(())
}

/// A ClientRequestToken that no other call has.
fn token(writer: usize, number: usize) -> String {
    format!("{writer:016}-{number:016}")
}

/// Whatever a list names is there and opens; how many things there are.
async fn everything_is_whole(caller: &Wire) -> Result<usize> {
    let mut count = 0;
    let keys = done(caller, "kms", "ListKeys", json!({"Limit": 1_000})).await?;
    for key in keys["Keys"].as_array().context("keys")? {
        done(caller, "kms", "DescribeKey", json!({"KeyId": key["KeyId"]})).await.context("a key is half there")?;
        count += 1;
    }
    let mut body = json!({"Path": "/", "Recursive": true, "WithDecryption": true});
    loop {
        let page =
            done(caller, "ssm", "GetParametersByPath", body.clone()).await.context("a parameter does not open")?;
        count += page["Parameters"].as_array().context("parameters")?.len();
        match &page["NextToken"] {
            Value::String(next) => body["NextToken"] = json!(next),
            _ => break,
        }
    }
    let secrets = done(caller, "secretsmanager", "ListSecrets", json!({"MaxResults": 100})).await?;
    for secret in secrets["SecretList"].as_array().context("secrets")? {
        let body = json!({"SecretId": secret["ARN"]});
        done(caller, "secretsmanager", "GetSecretValue", body).await.context("a secret does not open")?;
        count += 1;
    }
    Ok(count)
}

/// The nodes come to the same state.
fn all_zones_agree(dev: &Dev) -> Result<()> {
    until("all zones agree", PATIENCE, || {
        let status = dev.status().ok()?;
        let nodes = status["nodes"].as_array()?;
        let of = |node: &Value| (node["applied"].clone(), node["chain"].clone());
        let agree = nodes.iter().all(|node| node["ready"] == true && of(node) == of(&nodes[0]));
        agree.then_some(())
    })
}

fn operator(dev: &Dev, words: &[&str]) -> Result<()> {
    let data = dev.ready()["nodes"][0]["data"].as_str().context("a data folder")?;
    let output =
        std::process::Command::new(tests::program()).arg("operator").args(words).args(["--node", data]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn ask(caller: &Wire, service: &str, operation: &str, body: Value) -> Result<Result<Value, Refusal>> {
    caller.ask(service, operation, body).await
}

async fn done(caller: &Wire, service: &str, operation: &str, body: Value) -> Result<Value> {
    let answer = ask(caller, service, operation, body).await?;
    answer.map_err(|refusal| anyhow::anyhow!("{service}:{operation}: {refusal:?}"))
}

fn code(answer: &Result<Value, Refusal>) -> &str {
    answer.as_ref().err().map_or("OK", |refusal| refusal.code.as_str())
}
