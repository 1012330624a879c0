//! What a node shows to Prometheus.

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// The page of a metrics port, such as [`crate::Zone::metrics`].
///
/// # Errors
/// When it does not answer.
pub async fn metrics(endpoint: &str) -> Result<String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let answer = client.get(format!("{endpoint}/metrics").parse()?).await?;
    ensure!(answer.status().is_success(), "metrics: {}", answer.status());
    let body = answer.into_body().collect().await?.to_bytes();
    String::from_utf8(body.to_vec()).context("the page of metrics is text")
}

/// The value of one series, its labels included, on such a page.
///
/// # Errors
/// When the page does not show it.
pub fn series(page: &str, series: &str) -> Result<f64> {
    let value = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("no {series} in {page}"))?.parse()?)
}
