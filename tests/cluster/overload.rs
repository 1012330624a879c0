//! More than a node can do, from one account: it is throttled, the others are answered as before, the leader leads on, and
//! memory is bounded.
//!
//! The load has threads of its own at `nice 10`, so that on a small machine it competes with the caller that is measured
//! through the node alone.

use anyhow::{Context, Result, ensure};
use client::{Credentials, Scope, Signing};
use prost::Message as _;
use proto::kms::v1::{CreateKeyRequest, EncryptRequest, EncryptResponse};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tests::{ACCOUNT, Cluster, Wire, until_async};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

const PATH: &str = "/lockstep.kms.v1.KmsService/Encrypt";
const QUIET_ACCOUNT: &str = "444455556666";

/// What the flooding account keeps under way: more than ten times the calls that a node runs for one account at a time
/// when it has nothing else to do.
const FLOOD: usize = 1_500;
const FLOOD_CHANNELS: usize = 8;

/// Rounds without and with the flood, and how long each is.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// The quiet caller's calls: one in so long.
const EVERY: Duration = Duration::from_millis(10);
/// From its start until the flood is what it is: connections are open, and the node has seen how busy it is.
const RISE: Duration = Duration::from_secs(1);

/// A signed Encrypt that can be sent any number of times, as AWS allows within five minutes.
#[derive(Clone)]
struct Call {
    channel: Channel,
    metadata: MetadataMap,
    message: EncryptRequest,
}

impl Call {
    /// By an account with a key of its own, at one node.
    async fn of(cluster: &Cluster, node: usize, account: &str, channel: Channel) -> Result<Self> {
        let (access_key_id, secret) = cluster.credential_of(account)?;
        let endpoint = &cluster.zones()[node].endpoint;
        let client = client::Client::builder(cluster.region()).credentials(&access_key_id, &secret);
        let client = client.endpoint(endpoint).build()?;
        let key = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
        let key_id = key.key_metadata.and_then(|metadata| metadata.key_id);
        let message = EncryptRequest { key_id, plaintext: Some(vec![7; 256].into()), ..Default::default() };
        let credentials = Credentials { access_key_id, secret_access_key: secret.into() };
        let scope = Scope { region: cluster.region(), service: "kms" };
        let payload = message.encode_to_vec();
        let authority = endpoint.trim_start_matches("http://");
        let request = Signing { authority, path: PATH, target: None, payload: &payload };
        let metadata = MetadataMap::from_headers(client::sign(&credentials, &scope, &request, now()));
        Ok(Self { channel, metadata, message })
    }

    async fn send(&self) -> Result<(), Status> {
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|cause| Status::unavailable(cause.to_string()))?;
        let mut request = tonic::Request::new(self.message.clone());
        *request.metadata_mut() = self.metadata.clone();
        let path = hyper::http::uri::PathAndQuery::from_static(PATH);
        grpc.unary(request, path, ProstCodec::<EncryptRequest, EncryptResponse>::default()).await.map(drop)
    }
}

#[allow(clippy::disallowed_methods, reason = "a client signs with the wall clock")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// What the flood was answered.
#[derive(Default)]
struct Flood {
    stop: AtomicBool,
    answered: AtomicUsize,
    throttled: AtomicUsize,
    /// The first answer that a flood must not get.
    wrong: std::sync::Mutex<Option<Status>>,
}

impl Flood {
    async fn go_on(&self, call: Call) {
        while !self.stop.load(Ordering::Relaxed) {
            match call.send().await {
                Ok(()) => self.answered.fetch_add(1, Ordering::Relaxed),
                Err(status) if is_throttling(&status) => self.throttled.fetch_add(1, Ordering::Relaxed),
                Err(status) => {
                    self.wrong.lock().expect("nobody panics with it").get_or_insert(status);
                    return;
                }
            };
        }
    }
}

/// AWS's refusal, on gRPC.
fn is_throttling(status: &Status) -> bool {
    let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
    status.code() == Code::ResourceExhausted && reason.as_deref() == Some("ThrottlingException")
}

/// Threads for load, which come after everybody else's.
struct Nice(Option<tokio::runtime::Runtime>);

impl Nice {
    fn start() -> Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let be_nice = || {
            let _ = rustix::process::nice(10); // of this thread alone, in Linux
        };
        Ok(Self(Some(builder.worker_threads(2).enable_all().on_thread_start(be_nice).build()?)))
    }

    fn spawn<F>(&self, load: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.as_ref().expect("there until it is dropped").spawn(load)
    }
}

impl Drop for Nice {
    fn drop(&mut self) {
        // A test's own runtime must not wait for another one.
        self.0.take().expect("dropped once").shutdown_background();
    }
}

/// The 99th percentile of the quiet caller's times over one round, in milliseconds. None of its calls may fail.
async fn p99(call: &Call) -> Result<f64> {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < ROUND {
        ticks.tick().await;
        let sent = Instant::now();
        call.send().await.context("the quiet account's call")?;
        times.push(sent.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A line of proc_pid_status(5), in bytes.
fn memory(pid: u32, line: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':')).context("no such line")?;
    Ok(found.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// How many threads of a process have names that begin so.
fn threads(pid: u32, prefix: &str) -> Result<usize> {
    let names = std::fs::read_dir(format!("/proc/{pid}/task"))?
        .map(|task| Ok(std::fs::read_to_string(task?.path().join("comm"))?))
        .collect::<Result<Vec<_>>>()?;
    Ok(names.iter().filter(|name| name.starts_with(prefix)).count())
}

async fn channel(cluster: &Cluster, node: usize) -> Result<Channel> {
    Ok(Endpoint::from_shared(cluster.zones()[node].endpoint.clone())?.connect().await?)
}

/// What came of it.
struct Seen {
    /// The quiet account's p99 in milliseconds, without and with the flood.
    alone: f64,
    flooded: f64,
    /// Whether there was no election.
    has_led_on: bool,
}

/// So many rounds without and with the flood. Whatever the machine is busy with besides: the flood is throttled in AWS's way
/// and served too, no call of the quiet account fails, and memory is bounded.
#[allow(clippy::print_stderr, reason = "figures for whoever runs it by hand")]
async fn flood(rounds: usize) -> Result<Seen> {
    const MEMORY_MAX: u64 = 512 << 20;
    let cluster = Cluster::start()?;
    let leader = cluster.wait_leader()?;
    let term = cluster.status(leader)?.term;
    for (prefix, count) in [("raft-", 2), ("calls-", std::thread::available_parallelism()?.get())] {
        let found = threads(cluster.pids()[leader], prefix)?;
        ensure!(found >= count, "{found} threads {prefix}: consensus and callers are to have their own");
    }
    let quiet = Call::of(&cluster, leader, QUIET_ACCOUNT, channel(&cluster, leader).await?).await?;
    let runtime = Nice::start()?;
    let flood = Call::of(&cluster, leader, ACCOUNT, channel(&cluster, leader).await?).await?;
    let mut calls = Vec::new();
    for _ in 0..FLOOD_CHANNELS {
        let endpoint = Endpoint::from_shared(cluster.zones()[leader].endpoint.clone())?;
        let channel = runtime.spawn(async move { endpoint.connect().await }).await??;
        calls.push(Call { channel, ..flood.clone() });
    }
    p99(&quiet).await?; // opens what has to be opened
    let (mut alone, mut flooded) = (Vec::new(), Vec::new());
    let (mut answered, mut throttled) = (0, 0);
    for _ in 0..rounds {
        alone.push(p99(&quiet).await?);
        let (during, counts) = beside_a_flood(&runtime, &calls, &quiet).await?;
        flooded.push(during);
        (answered, throttled) = (answered + counts.0, throttled + counts.1);
    }
    eprintln!(
        "p99 in ms alone {alone:.1?}, flooded {flooded:.1?}; the flood: {answered} answered, {throttled} throttled"
    );
    ensure!(throttled > FLOOD, "the flood was none: {throttled} calls were throttled, {answered} answered");
    ensure!(answered > 0, "the flooding account is served too");
    let has_led_on = cluster.status(leader).is_ok_and(|status| status.role == "leader" && status.term == term);
    let peak = memory(cluster.pids()[leader], "VmHWM")?;
    eprintln!("the leader's memory at its peak: {} MiB", peak >> 20);
    ensure!(peak < MEMORY_MAX, "the node took {} MiB", peak >> 20);
    Ok(Seen { alone: median(alone), flooded: median(flooded), has_led_on })
}

/// One round with the flood: the quiet account's p99, and how many calls of the flood were answered and throttled.
async fn beside_a_flood(runtime: &Nice, calls: &[Call], quiet: &Call) -> Result<(f64, (usize, usize))> {
    let flood = Arc::<Flood>::default();
    let start = |number: usize| {
        let (flood, call) = (flood.clone(), calls[number % calls.len()].clone());
        runtime.spawn(async move { flood.go_on(call).await })
    };
    let callers: Vec<_> = (0..FLOOD).map(start).collect();
    tokio::time::sleep(RISE).await; // the load itself
    let during = p99(quiet).await?;
    flood.stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await?;
    }
    let wrong = flood.wrong.lock().expect("nobody panics with it").take();
    ensure!(wrong.is_none(), "the flood was answered {wrong:?}");
    Ok((during, (flood.answered.load(Ordering::Relaxed), flood.throttled.load(Ordering::Relaxed))))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flood_of_one_account_is_throttled_and_fails_no_call_of_another() -> Result<()> {
    /// What a machine that is busy with much else may add to ten times what the quiet account's calls take without the flood.
    const BUSY_MS: f64 = 100.0;
    let Seen { alone, flooded, .. } = flood(2).await?;
    ensure!(flooded <= 10.0 * alone + BUSY_MS, "p99 rose from {alone:.1} to {flooded:.1} ms");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure, for a machine that does nothing else: cargo test --test cluster p99 -- --ignored --nocapture"]
async fn the_flood_of_one_account_leaves_the_leader_and_the_p99_of_another_alone() -> Result<()> {
    let Seen { alone, flooded, has_led_on } = flood(ROUNDS).await?;
    ensure!(has_led_on, "the flood starved the leader");
    ensure!(flooded <= 2.0 * alone, "p99 rose from {alone:.1} to {flooded:.1} ms");
    Ok(())
}

/// A PutParameter of nearly the longest body, all but its last byte.
async fn hold_a_large_body(address: String, secret: Arc<(String, String)>, region: &'static str) -> Result<TcpStream> {
    const BODY_BYTES: usize = 1024 * 1024;
    let target = "AmazonSSM.PutParameter";
    let body = format!("{{\"Name\":\"/large\",\"Type\":\"String\",\"Value\":\"{}\"}}", "v".repeat(BODY_BYTES - 64));
    let credentials = Credentials { access_key_id: secret.0.clone(), secret_access_key: secret.1.clone().into() };
    let request = Signing { authority: &address, path: "/", target: Some(target), payload: body.as_bytes() };
    let headers = client::sign(&credentials, &Scope { region, service: "ssm" }, &request, now());
    let mut head = format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-amz-json-1.1\r\n");
    for (name, value) in &headers {
        head += &format!("{name}: {}\r\n", value.to_str()?);
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(&address).await?;
    stream.write_all(head.as_bytes()).await?;
    // Whoever is refused may find the connection closed behind the refusal.
    let _ = stream.write_all(&body.as_bytes()[..body.len() - 1]).await;
    Ok(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_bodies_take_no_more_memory_than_there_is_for_them() -> Result<()> {
    const BODIES: usize = 400;
    /// What all bodies may hold is 128 MiB, of which one access key has half; the rest is what a connection's buffers and the
    /// allocator take.
    const GROWTH_MAX: u64 = 256 << 20;
    let cluster = Cluster::start()?;
    let node = cluster.wait_leader()?;
    let pid = cluster.pids()[node];
    let address = cluster.zones()[node].endpoint.trim_start_matches("http://").to_owned();
    let (access_key_id, secret) = cluster.credentials();
    let secret = Arc::new((access_key_id.to_owned(), secret.to_owned()));
    let before = memory(pid, "VmRSS")?;
    let runtime = Nice::start()?;
    let senders: Vec<_> = (0..BODIES)
        .map(|_| runtime.spawn(hold_a_large_body(address.clone(), secret.clone(), cluster.region())))
        .collect();
    let mut held = Vec::new();
    for sender in senders {
        held.push(sender.await??);
    }
    // Another account's body, from the same address, has room meanwhile.
    let other = cluster.credential_of(QUIET_ACCOUNT)?;
    let other = Wire::new(&cluster.zones()[node].endpoint, cluster.region(), (&other.0, &other.1));
    let name = serde_json::json!({"Name": "/other", "Type": "String", "Value": "v".repeat(4_000)});
    let put = other.ask("ssm", "PutParameter", name).await?;
    ensure!(put.is_ok(), "another account is refused: {put:?}");
    let peak = memory(pid, "VmHWM")?.saturating_sub(before);
    eprintln!("{BODIES} bodies of 1 MiB took {} MiB", peak >> 20);
    ensure!(peak < GROWTH_MAX, "the bodies took {} MiB", peak >> 20);
    let mut refused = 0;
    // A refusal goes out when the body is there, or after five seconds; those that are kept wait for their last byte.
    let answers = held.iter_mut().map(|stream| async {
        let mut answer = vec![0; 512];
        let read = tokio::time::timeout(Duration::from_secs(15), stream.read(&mut answer)).await.ok()?.ok()?;
        answer.truncate(read);
        Some(answer)
    });
    for answer in futures::future::join_all(answers).await.into_iter().flatten() {
        let answer = String::from_utf8_lossy(&answer).into_owned();
        ensure!(answer.contains("400 Bad Request") && answer.contains("ThrottlingException"), "{answer}");
        refused += 1;
    }
    ensure!(refused >= BODIES / 2, "{refused} bodies of {BODIES} were refused: the test shows nothing");
    drop(held);
    // And afterwards everything is as it was.
    let wire = Wire::new(&cluster.zones()[node].endpoint, cluster.region(), cluster.credentials());
    let put = || async {
        let name =
            serde_json::json!({"Name": "/after", "Type": "String", "Value": "v".repeat(4_000), "Overwrite": true});
        wire.ask("ssm", "PutParameter", name).await.ok()?.ok()
    };
    until_async("the room is given back", Duration::from_secs(20), put).await?;
    Ok(())
}
