//! Whether the cluster that a snapshot file was saved from still lives.
//!
//! Two clusters with the same keys that both answer callers go different ways, and one of them revives what the other
//! has deleted. So a restore looks for the file's voters first. A node counts when it shows a certificate with the name of
//! a member of that cluster, of whatever incarnation: who only pretends to live keeps nobody from using force.

use crate::{NodeError, certificates::tls, limits};
use futures::future::join_all;
use raft::{ClusterId, Member, PeerName, SavedStanding};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A name for TLS to put on the wire; whatever name the peer has is looked at afterwards.
const ANY_MEMBER: &str = "member.lockstep";

/// Looks for the voters of a saved cluster, except where this node itself listens.
///
/// # Errors
/// [`NodeError::Refused`] when a majority answers.
pub(crate) async fn refuse_over_the_living(
    cluster: ClusterId,
    standing: &SavedStanding,
    own_address: &str,
) -> Result<(), NodeError> {
    let voters: Vec<Member> = standing.members().into_iter().filter(|(_, votes)| *votes).map(|(it, _)| it).collect();
    let asked = voters.iter().filter(|voter| voter.peer_addr != own_address);
    let found = join_all(asked.map(|voter| answers_as(&voter.peer_addr, cluster))).await;
    let living: Vec<String> = found.into_iter().flatten().collect();
    if living.len() <= voters.len() / 2 {
        return Ok(());
    }
    let text = format!(
        "{} of {} voters of the cluster in the file still answer ({}): restored beside them, a second cluster would have \
         the same keys and go its own way. Stop them first; --force restores all the same",
        living.len(),
        voters.len(),
        living.join(", ")
    );
    Err(NodeError::Refused(text))
}

/// The address and the name of the node that answers there, if it is of that cluster.
async fn answers_as(address: &str, cluster: ClusterId) -> Option<String> {
    let named = tokio::time::timeout(limits::CONNECT, name_at(address)).await.ok()??;
    (named.cluster == cluster).then(|| format!("node {} at {address}", named.node))
}

async fn name_at(address: &str) -> Option<PeerName> {
    let stream = TcpStream::connect(address).await.ok()?;
    let connector = TlsConnector::from(Arc::new(tls::looking().ok()?));
    let name = ServerName::try_from(ANY_MEMBER).expect("a DNS name");
    let stream = connector.connect(name, stream).await.ok()?;
    tls::peer_name(stream.get_ref().1.peer_certificates()?.first()?)
}
