//! The simulated network as the nodes use it: connections without TLS, which say who they are in their first bytes.
//!
//! This is the only transport without TLS there is, and no configuration of the product leads to it.

use async_trait::async_trait;
use raft::{ClusterId, Connection, Door, Greeting, PeerIdentity, PeerName, Transport};
use replica::NodeId;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use turmoil::net::{TcpListener, TcpStream};

/// Where every node takes its peers.
pub(crate) const PORT: u16 = 7000;

/// The way of one node to its peers.
pub(crate) struct Roads {
    pub(crate) me: NodeId,
}

#[async_trait]
impl Transport for Roads {
    async fn connect(&self, address: &str, peer: PeerName) -> io::Result<Connection> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_u64(self.me.0).await?;
        stream.write_u64(peer.node.0).await?;
        Ok(Box::new(stream))
    }
}

/// One node's door.
pub(crate) struct Gate {
    pub(crate) me: NodeId,
    pub(crate) cluster: ClusterId,
    pub(crate) listener: TcpListener,
}

#[async_trait]
impl Door for Gate {
    async fn accept(&mut self) -> io::Result<(Greeting, SocketAddr)> {
        let (mut stream, from) = self.listener.accept().await?;
        let (me, cluster) = (self.me, self.cluster);
        let greeting = async move {
            let name = PeerName { node: NodeId(stream.read_u64().await?), cluster };
            if stream.read_u64().await? != me.0 {
                return Err(io::Error::other("somebody else was called"));
            }
            let connection: Connection = Box::new(stream);
            Ok((connection, PeerIdentity(Some(name))))
        };
        Ok((Box::pin(greeting), from))
    }
}
