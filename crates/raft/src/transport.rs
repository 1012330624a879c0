//! How nodes reach each other: TLS over TCP in the product. A simulation brings a network of its own.

use crate::limits::ACCEPT_TIME_MAX;
use crate::{PeerIdentity, PeerName, SharedTls};
use async_trait::async_trait;
use futures::future::BoxFuture;
use rustls_pki_types::{CertificateDer, ServerName};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use x509_parser::extensions::GeneralName;

/// Bytes that go both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open connection between two nodes.
pub type Connection = Box<dyn Duplex>;

/// Opens connections to peers.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Connects to `address`, `host:port`, and makes sure that `peer` is there.
    ///
    /// # Errors
    /// When nobody is there, or somebody else.
    async fn connect(&self, address: &str, peer: PeerName) -> io::Result<Connection>;
}

/// Finds out who is at the other end of a connection that just came in. Runs beside the next one's arrival.
pub type Greeting = BoxFuture<'static, io::Result<(Connection, PeerIdentity)>>;

/// Where connections of peers come in.
#[async_trait]
pub trait Door: Send {
    /// The next connection, before it is known whose it is, and where it comes from.
    ///
    /// # Errors
    /// Those of the listener.
    async fn accept(&mut self) -> io::Result<(Greeting, SocketAddr)>;
}

#[async_trait]
impl Transport for SharedTls {
    async fn connect(&self, address: &str, peer: PeerName) -> io::Result<Connection> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from(peer.to_string()).expect("a peer's name is a DNS name");
        let client = Arc::clone(&self.get().client);
        Ok(Box::new(TlsConnector::from(client).connect(name, tcp).await?))
    }
}

/// The product's door: TLS over TCP. Whoever comes without a certificate is let in as nobody; the calls that it may make
/// are the caller's affair.
pub(crate) struct TlsDoor {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Arc<SharedTls>,
}

#[async_trait]
impl Door for TlsDoor {
    async fn accept(&mut self) -> io::Result<(Greeting, SocketAddr)> {
        let (tcp, from) = self.listener.accept().await?;
        let tls = self.tls.get();
        let greeting = async move {
            tcp.set_nodelay(true)?;
            let accepting = TlsAcceptor::from(Arc::clone(&tls.server)).accept(tcp);
            let stream = timeout(ACCEPT_TIME_MAX, accepting).await??;
            let identity = PeerIdentity(stream.get_ref().1.peer_certificates().and_then(peer_name));
            let connection: Connection = Box::new(stream);
            Ok((connection, identity))
        };
        Ok((Box::pin(greeting), from))
    }
}

/// The name in a certificate that the cluster's CA signed; the TLS layer has checked the signature.
fn peer_name(chain: &[CertificateDer<'_>]) -> Option<PeerName> {
    let (_, certificate) = x509_parser::parse_x509_certificate(chain.first()?).ok()?;
    let names = certificate.subject_alternative_name().ok()??.value.general_names.clone();
    names.iter().find_map(|name| match name {
        GeneralName::DNSName(name) => name.parse().ok(),
        _ => None,
    })
}
