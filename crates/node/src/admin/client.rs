//! The operator's end of the admin socket.

use crate::NodeError;
use crate::messages::v1::admin_service_client::AdminServiceClient;
use hyper_util::rt::TokioIo;
use std::path::Path;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// Asks one node.
pub type AdminClient = AdminServiceClient<Channel>;

/// Connects to a node's admin socket.
///
/// # Errors
/// [`NodeError::File`] when nobody listens there.
pub async fn connect(socket: &Path) -> Result<AdminClient, NodeError> {
    // Tried once by hand: tonic's own error would hide whether nobody is there or nobody may enter.
    UnixStream::connect(socket).await.map_err(NodeError::file("cannot reach the node at", socket))?;
    let path = socket.to_owned();
    let connector = service_fn(move |_| {
        let path = path.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
    });
    // The URI is for HTTP/2's headers alone.
    Ok(AdminServiceClient::new(Endpoint::from_static("http://admin.lockstep").connect_with_connector_lazy(connector)))
}
