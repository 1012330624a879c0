//! What a newcomer does with `lockstep dev`: kill one, kill another, start them again, kill all.

use anyhow::{Result, ensure};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use std::time::{Duration, Instant};
use tests::Dev;

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
    let refused = plain_http_status(&dev).await?;
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

/// The status of one signed-by-nobody JSON request to the front, sent once and without any retry.
async fn plain_http_status(dev: &Dev) -> Result<u16> {
    let endpoint = dev.ready()["endpoint"].as_str().unwrap_or_default().to_owned();
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let date = "20260101T000000Z";
    let request = hyper::Request::post(format!("{endpoint}/"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AmazonSSM.GetParameter")
        .header("x-amz-date", date)
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=anyone/20260101/us-east-1/ssm/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
        )
        .body(http_body_util::Full::new(bytes::Bytes::from_static(b"{\"Name\":\"/first\"}")))?;
    Ok(client.request(request).await?.status().as_u16())
}
