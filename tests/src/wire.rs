//! AWS's wire by hand: any operation by its name, with a body that no typed client would send.

use anyhow::{Context, Result};
use bytes::Bytes;
use client::{Credentials, Scope, Signing, sign};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use proto::ServiceInfo;
use serde_json::Value;
use std::time::SystemTime;

/// One caller at one node.
#[derive(Clone)]
pub struct Wire {
    client: Client<HttpConnector, Full<Bytes>>,
    endpoint: String,
    region: String,
    credentials: Credentials,
    /// The call's own id, and which attempt at it this is.
    invocation: Option<(String, u32)>,
}

/// An error as AWS sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `AccessDeniedException`.
    pub code: String,
    /// The text; empty where there is none.
    pub message: String,
}

impl Wire {
    /// Calls `endpoint` with an access key: its id and its secret.
    pub fn new(endpoint: &str, region: &str, (access_key_id, secret): (&str, &str)) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            endpoint: endpoint.to_owned(),
            region: region.to_owned(),
            credentials: Credentials {
                access_key_id: access_key_id.to_owned(),
                secret_access_key: secret.to_owned().into(),
            },
            invocation: None,
        }
    }

    /// Calls an operation of the service with this signing name.
    ///
    /// # Errors
    /// As [`Wire::call`].
    ///
    /// # Panics
    /// When there is no such service.
    pub async fn ask(&self, service: &str, operation: &str, body: Value) -> Result<Result<Value, Refusal>> {
        let info = proto::services().into_iter().find(|info| info.name == service).expect("a service of the model");
        self.call(info, operation, &body).await
    }

    /// As [`Wire::ask`], as attempt number `count` at the call that has this `amz-sdk-invocation-id`.
    ///
    /// # Errors
    /// As [`Wire::call`].
    ///
    /// # Panics
    /// When there is no such service.
    pub async fn attempt(
        &self,
        service: &str,
        operation: &str,
        body: &Value,
        invocation: &str,
        count: u32,
    ) -> Result<Result<Value, Refusal>> {
        let info = proto::services().into_iter().find(|info| info.name == service).expect("a service of the model");
        let attempt = Self { invocation: Some((invocation.to_owned(), count)), ..self.clone() };
        attempt.call(info, operation, body).await
    }

    /// Calls an operation: in AWS JSON, or, without its members, in AWS Query. An answer in XML is one text.
    ///
    /// # Errors
    /// When there is no answer, or none of AWS's form.
    pub async fn call(&self, service: &ServiceInfo, operation: &str, body: &Value) -> Result<Result<Value, Refusal>> {
        if service.target_prefix.is_empty() {
            let body = format!("Action={operation}&Version={}", service.api_version);
            let (is_well, text) = self.send(service, None, "application/x-www-form-urlencoded", body).await?;
            return Ok(if is_well { Ok(Value::String(text)) } else { Err(xml_refusal(&text)) });
        }
        let target = format!("{}.{operation}", service.target_prefix);
        let (is_well, text) = self.send(service, Some(&target), "application/x-amz-json-1.1", body.to_string()).await?;
        let answer: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).context(text)? };
        Ok(if is_well { Ok(answer) } else { Err(json_refusal(&answer)) })
    }

    async fn send(
        &self,
        service: &ServiceInfo,
        target: Option<&str>,
        content_type: &str,
        body: String,
    ) -> Result<(bool, String)> {
        let scope = Scope { region: &self.region, service: service.name };
        let authority = self.endpoint.trim_start_matches("http://");
        let request = Signing { authority, path: "/", target, payload: body.as_bytes() };
        let headers = sign(&self.credentials, &scope, &request, now());
        let mut request = hyper::Request::post(&self.endpoint).body(Full::new(Bytes::from(body)))?;
        *request.headers_mut() = headers;
        request.headers_mut().insert("content-type", content_type.parse()?);
        if let Some((invocation, count)) = &self.invocation {
            request.headers_mut().insert("amz-sdk-invocation-id", invocation.parse()?);
            request.headers_mut().insert("amz-sdk-request", format!("attempt={count}").parse()?);
        }
        let response = self.client.request(request).await?;
        let is_well = response.status().is_success();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((is_well, String::from_utf8(body.to_vec())?))
    }
}

fn json_refusal(answer: &Value) -> Refusal {
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    let message = text("message").or_else(|| text("Message")).unwrap_or_default();
    Refusal { code: text("__type").unwrap_or_default(), message }
}

fn xml_refusal(answer: &str) -> Refusal {
    let between = |from: &str, to: &str| Some(answer.split_once(from)?.1.split_once(to)?.0.to_owned());
    Refusal {
        code: between("<Code>", "</Code>").unwrap_or_default(),
        message: between("<Message>", "</Message>").unwrap_or_default(),
    }
}

#[allow(clippy::disallowed_methods, reason = "a client signs with the wall clock")]
fn now() -> SystemTime {
    SystemTime::now()
}
