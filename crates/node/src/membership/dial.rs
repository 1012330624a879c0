//! Calling a peer beside Raft: one connection for a few calls, over the links' TLS.

use crate::messages::v1::peer_service_client::PeerServiceClient;
use crate::{NodeError, limits};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// A peer's client.
pub(crate) type Peer = PeerServiceClient<Channel>;

/// Connects to the node at `address`, which must show a certificate for `name`.
///
/// # Errors
/// [`NodeError::Peer`]
pub(crate) async fn dial(address: &str, name: &str, tls: Arc<ClientConfig>) -> Result<Peer, NodeError> {
    let channel = channel(address, name, tls).await?;
    Ok(PeerServiceClient::new(channel).max_decoding_message_size(limits::PEER_MESSAGE_BYTES_MAX))
}

pub(crate) async fn channel(address: &str, name: &str, tls: Arc<ClientConfig>) -> Result<Channel, NodeError> {
    let name = ServerName::try_from(name.to_owned()).map_err(|cause| NodeError::peer(address, cause))?;
    let connector = TlsConnector::from(tls);
    let target = address.to_owned();
    let connect = service_fn(move |_| {
        let (connector, target, name) = (connector.clone(), target.clone(), name.clone());
        async move {
            let stream = TcpStream::connect(&target).await?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(TokioIo::new(connector.connect(name, stream).await?))
        }
    });
    // The URI is for HTTP/2's headers alone; the connector above goes to `address`.
    let endpoint =
        Endpoint::from_static("http://peer.lockstep").connect_timeout(limits::CONNECT).timeout(limits::PEER_CALL);
    tokio::time::timeout(limits::CONNECT, endpoint.connect_with_connector(connect))
        .await
        .map_err(|_| NodeError::peer(address, "no connection in time"))?
        .map_err(|cause| NodeError::peer(address, causes(&cause)))
}

/// An error with everything behind it: tonic's own text says only "transport error".
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
