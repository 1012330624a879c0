//! Calls that were signed once: over gRPC on one shared channel per eight callers, and over HTTP/1.1 with AWS JSON.

use crate::load::closed_loop;
use anyhow::{Result, bail};
use bytes::Bytes;
use client::{Credentials, Scope, Signing};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost::Message;
use std::time::{Duration, SystemTime};
use tests::Cluster;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

/// A gRPC call that can be sent any number of times.
#[derive(Clone)]
pub(crate) struct GrpcCall<Q, A> {
    channel: Channel,
    path: &'static str,
    metadata: MetadataMap,
    message: Q,
    answer: std::marker::PhantomData<fn() -> A>,
}

impl<Q, A> GrpcCall<Q, A>
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    /// Without a signature, for yardsticks.
    pub(crate) fn plain(channel: &Channel, path: &'static str, message: Q) -> Self {
        let metadata = MetadataMap::new();
        Self { channel: channel.clone(), path, metadata, message, answer: std::marker::PhantomData }
    }

    /// Signed for one node of a cluster.
    pub(crate) fn signed(cluster: &Cluster, node: usize, channel: &Channel, path: &'static str, message: Q) -> Self {
        let scope = Scope { region: cluster.region(), service: path[10..].split('.').next().unwrap_or_default() };
        let authority = cluster.zones()[node].endpoint.trim_start_matches("http://").to_owned();
        let bytes = message.encode_to_vec();
        let request = Signing { authority: &authority, path, target: None, payload: &bytes };
        let headers = client::sign(&credentials(cluster), &scope, &request, now());
        let metadata = MetadataMap::from_headers(headers);
        Self { channel: channel.clone(), path, metadata, message, answer: std::marker::PhantomData }
    }

    /// Sends it once.
    pub(crate) async fn send(self) -> Result<A> {
        let mut grpc = Grpc::new(self.channel);
        grpc.ready().await?;
        let mut request = tonic::Request::new(self.message);
        *request.metadata_mut() = self.metadata;
        let path = hyper::http::uri::PathAndQuery::from_static(self.path);
        Ok(grpc.unary(request, path, ProstCodec::<Q, A>::default()).await?.into_inner())
    }
}

/// Channels to an endpoint, enough that no single connection is the limit.
pub(crate) async fn channels(endpoint: &str, count: usize) -> Result<Vec<Channel>> {
    let mut channels = Vec::new();
    for _ in 0..count {
        channels.push(Endpoint::from_shared(endpoint.to_owned())?.connect().await?);
    }
    Ok(channels)
}

/// A cluster with open channels to all of its nodes.
pub(crate) struct Nodes<'a> {
    cluster: &'a Cluster,
    /// Which nodes, and the channels to each.
    channels: Vec<(usize, Vec<Channel>)>,
}

impl<'a> Nodes<'a> {
    const CHANNELS_PER_NODE: usize = 2;
    const CALLERS: usize = 64;

    pub(crate) async fn open(cluster: &'a Cluster) -> Result<Self> {
        Self::open_at(cluster, 0..cluster.zones().len()).await
    }

    /// With channels to these nodes alone.
    pub(crate) async fn open_at(cluster: &'a Cluster, nodes: impl IntoIterator<Item = usize>) -> Result<Self> {
        let mut all = Vec::new();
        for node in nodes {
            all.push((node, channels(&cluster.zones()[node].endpoint, Self::CHANNELS_PER_NODE).await?));
        }
        Ok(Self { cluster, channels: all })
    }

    /// Calls per second of 64 callers, spread over the nodes, each with a request of its own.
    pub(crate) async fn rate<Q, A>(
        &self,
        path: &'static str,
        request: impl Fn(usize) -> Q,
        time: Duration,
    ) -> Result<f64>
    where
        Q: Message + Clone + 'static,
        A: Message + Clone + Default + 'static,
    {
        let caller = |n: usize| {
            let (node, channels) = &self.channels[n % self.channels.len()];
            let channel = &channels[n / self.channels.len() % Self::CHANNELS_PER_NODE];
            GrpcCall::<Q, A>::signed(self.cluster, *node, channel, path, request(n))
        };
        closed_loop((0..Self::CALLERS).map(caller).collect(), time, |call| async { call.send().await.map(drop) }).await
    }
}

/// An HTTP call with a JSON body that can be sent any number of times.
#[derive(Clone)]
pub(crate) struct JsonCall {
    client: Client<HttpConnector, Full<Bytes>>,
    uri: hyper::Uri,
    headers: hyper::HeaderMap,
    body: Bytes,
}

impl JsonCall {
    /// Without a signature, for yardsticks.
    pub(crate) fn plain(endpoint: &str, body: Bytes) -> Result<Self> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { client, uri: endpoint.parse()?, headers: hyper::HeaderMap::new(), body })
    }

    /// Signed for one node of a cluster, by the same signature as any SDK's.
    pub(crate) fn signed(cluster: &Cluster, node: usize, target: &'static str, body: Bytes) -> Result<Self> {
        let endpoint = &cluster.zones()[node].endpoint;
        let mut call = Self::plain(endpoint, body)?;
        let scope = Scope { region: cluster.region(), service: "kms" };
        let authority = endpoint.trim_start_matches("http://");
        let request = Signing { authority, path: "/", target: Some(target), payload: &call.body };
        call.headers = client::sign(&credentials(cluster), &scope, &request, now());
        call.headers.insert("content-type", "application/x-amz-json-1.1".parse()?);
        Ok(call)
    }

    /// Sends it once.
    pub(crate) async fn send(self) -> Result<Bytes> {
        let mut request = hyper::Request::post(self.uri).body(Full::new(self.body))?;
        *request.headers_mut() = self.headers;
        let response = self.client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }
}

fn credentials(cluster: &Cluster) -> Credentials {
    let (access_key_id, secret) = cluster.credentials();
    Credentials { access_key_id: access_key_id.to_owned(), secret_access_key: secret.to_owned().into() }
}

#[allow(clippy::disallowed_methods, reason = "a client signs with the wall clock")]
fn now() -> SystemTime {
    SystemTime::now()
}
