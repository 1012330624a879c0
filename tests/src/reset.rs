//! `POST /_lockstep/reset`, as a test suite sends it.

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// Sends it, with a value of its header or without it, and gives the status and the body.
///
/// # Errors
/// When there is no answer.
pub async fn reset(endpoint: &str, header: Option<&str>) -> Result<(u16, String)> {
    let mut request = hyper::Request::post(format!("{endpoint}/_lockstep/reset")).body(Empty::<Bytes>::new())?;
    if let Some(value) = header {
        request.headers_mut().insert("x-lockstep-reset", value.parse()?);
    }
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}
