//! Who may call: the certificate, the claim in the call and the membership must agree, and the tables must not say that
//! the caller was removed.

use crate::{Node, PeerIdentity, wire};
use replica::{NodeId, Replica as _};
use tonic::Status;

/// What a call is about decides who may make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Votes, entries, snapshots. A node that was away may hear from members that joined meanwhile, and from its first
    /// leader before it knows any member.
    Consensus,
    /// Proposals and read indexes: only of members.
    Service,
}

impl Node {
    /// Checks who calls, and gives its number.
    pub(crate) fn admit(
        &self,
        identity: Option<&PeerIdentity>,
        header: Option<&wire::Header>,
        call: Call,
    ) -> Result<NodeId, Status> {
        let refuse = |reason: &'static str| {
            metrics::counter!("lockstep_raft_peers_refused_total", "reason" => reason).increment(1);
            tracing::warn!(reason, ?identity, ?header, "refused a call of a peer");
            Status::permission_denied(reason)
        };
        let Some(header) = header else { return Err(refuse("no_header")) };
        let Some(PeerIdentity(Some(name))) = identity else { return Err(refuse("no_certificate")) };
        if header.cluster_id != self.config.cluster_id.0 || name.cluster != self.config.cluster_id {
            return Err(refuse("other_cluster"));
        }
        if header.incarnation != self.config.incarnation.to_wire() {
            return Err(refuse("other_incarnation"));
        }
        if header.from != name.node.0 {
            return Err(refuse("forged_id"));
        }
        if header.to != self.id().0 {
            return Err(refuse("other_node"));
        }
        if self.is_refused.get().is_some_and(|is_refused| is_refused(&*self.local(), name.node)) {
            return Err(refuse("removed"));
        }
        if !self.may_call(name.node, call) {
            return Err(refuse("no_member"));
        }
        Ok(name.node)
    }

    /// A removed node must not call, one that joined while this node was away may. Numbers are given out upwards and
    /// never again, so what is above every member that this node ever knew is new, and what is not and is no member was
    /// removed.
    fn may_call(&self, from: NodeId, call: Call) -> bool {
        let observed = self.consensus.observed();
        let now = observed.borrow();
        if now.members.contains_key(&from.0) {
            return true;
        }
        let known_max =
            now.members.keys().next_back().copied().max(Some(self.consensus.progress().borrow().node_id_max));
        call == Call::Consensus && (now.members.is_empty() || Some(from.0) > known_max)
    }
}
