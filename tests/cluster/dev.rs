//! What a newcomer does with `lockstep dev`: kill one, kill another, start them again, kill all.

use anyhow::{Result, ensure};
use client::{Credentials, Scope, Signing};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use std::time::{Duration, Instant};
use tests::{Dev, program, until_async};

/// How soon a cluster without a quorum has to say so.
const REFUSES_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomers_first_five_minutes() -> Result<()> {
    let mut dev = Dev::start()?;
    ensure!(dev.ready()["nodes"].as_array().is_some_and(|nodes| nodes.len() == 3), "{}", dev.ready());
    put(&dev, "/first", "1").await?;

    let leader = dev.wait_leader()?;
    dev.kill(leader)?;
    put(&dev, "/second", "2").await?;
    ensure!(get(&dev, "/first").await? == "1");

    let successor = dev.wait_leader()?;
    ensure!(successor != leader, "the fault did nothing");
    dev.kill(successor)?;
    let begun = Instant::now();
    // What is sent in the moment of the kill may go down with the zone that had it; what is sent next is answered.
    let status = || async { plain_http_status(&dev).await.ok() };
    let refused = until_async("an answer without a quorum", REFUSES_WITHIN, status).await?;
    ensure!(refused == 503, "answered {refused} without a quorum");
    ensure!(begun.elapsed() < REFUSES_WITHIN, "took {:?} to refuse", begun.elapsed());

    dev.revive(leader)?;
    dev.revive(successor)?;
    dev.wait_ready(3)?;
    put(&dev, "/third", "3").await?;

    for number in 0..3 {
        dev.kill(number)?;
    }
    for number in 0..3 {
        dev.revive(number)?;
    }
    dev.wait_ready(3)?;
    for (name, value) in [("/first", "1"), ("/second", "2"), ("/third", "3")] {
        ensure!(get(&dev, name).await? == value, "{name} is lost");
    }
    dev.restart()?;
    ensure!(get(&dev, "/third").await? == "3", "the folder does not come back");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_command_and_the_ready_file_goes_with_it() -> Result<()> {
    let mut dev = Dev::start()?;
    put(&dev, "/kept", "1").await?;
    let data = dev.folder().join("data");
    let second = std::process::Command::new(program()).args(["dev", "--port", "0", "--data"]).arg(&data).output()?;
    let said = String::from_utf8_lossy(&second.stderr);
    ensure!(!second.status.success() && said.contains("runs already: zone us-east-1a is process"), "{said}");
    ensure!(get(&dev, "/kept").await? == "1", "the second command disturbed the first");
    dev.kill(0)?;
    dev.revive(0)?;
    dev.wait_ready(3)?;
    let ready = dev.folder().join("ready.json");
    ensure!(ready.exists(), "there is no ready file");
    ensure!(dev.end()?, "the command does not end well");
    ensure!(!ready.exists(), "the ready file outlives the command");
    let nodes = dev.status()?;
    let down = nodes["nodes"].as_array().is_some_and(|nodes| nodes.iter().all(|node| node["health"] == "down"));
    ensure!(down, "a zone that was started again by hand outlives the command: {nodes}");
    dev.restart()?;
    ensure!(get(&dev, "/kept").await? == "1", "the folder does not come back");
    Ok(())
}

async fn put(dev: &Dev, name: &str, value: &str) -> Result<()> {
    let mut request = PutParameterRequest { name: Some(name.into()), value: Some(value.into()), ..Default::default() };
    request.set_type(ParameterType::String);
    dev.client()?.ssm().put_parameter(request).await?;
    Ok(())
}

async fn get(dev: &Dev, name: &str) -> Result<String> {
    let request = GetParameterRequest { name: Some(name.into()), ..Default::default() };
    let answer = dev.client()?.ssm().get_parameter(request).await?.into_inner();
    Ok(answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default())
}

/// The status of one AWS JSON request to the front, sent once and without any retry.
#[allow(clippy::disallowed_methods, reason = "a client signs with the wall clock")]
async fn plain_http_status(dev: &Dev) -> Result<u16> {
    let endpoint = dev.ready()["endpoint"].as_str().unwrap_or_default().to_owned();
    let credentials = Credentials { access_key_id: "anyone".into(), secret_access_key: "anything".to_owned().into() };
    let body = b"{\"Name\":\"/first\"}";
    let authority = endpoint.trim_start_matches("http://");
    let signing = Signing { authority, path: "/", target: Some("AmazonSSM.GetParameter"), payload: body };
    let scope = Scope { region: "us-east-1", service: "ssm" };
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let mut request = hyper::Request::post(format!("{endpoint}/"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(http_body_util::Full::new(bytes::Bytes::from_static(body)))?;
    request.headers_mut().extend(client::sign(&credentials, &scope, &signing, std::time::SystemTime::now()));
    Ok(client.request(request).await?.status().as_u16())
}
