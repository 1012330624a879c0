//! Reading after a barrier: the leader's index, by rounds that many share, then waiting until it is applied here.

use crate::consensus::{Consensus, NotLeading};
use crate::limits::READ_ROUND_TIME_MAX;
use crate::links::{Class, Links};
use crate::patience::Patience;
use crate::rounds::Rounds;
use crate::{Node, Role, wire};
use replica::Unavailable;
use std::sync::Arc;
use tokio::time::{Instant, timeout, timeout_at};

/// Rounds of asking for the leader's index.
pub(crate) type ReadRounds = Rounds<Result<u64, NotLeading>>;

pub(crate) fn rounds(consensus: &Arc<Consensus>, links: &Arc<Links>) -> ReadRounds {
    let (consensus, links) = (Arc::clone(consensus), Arc::clone(links));
    Rounds::new(move || {
        let (consensus, links) = (Arc::clone(&consensus), Arc::clone(&links));
        Box::pin(async move {
            let index = timeout(READ_ROUND_TIME_MAX, ask(&consensus, &links)).await.unwrap_or(Err(NotLeading));
            faults::point("raft.read.asked");
            let outcome = if index.is_ok() { "ok" } else { "failed" };
            metrics::counter!("lockstep_raft_read_rounds_total", "outcome" => outcome).increment(1);
            index
        })
    })
}

/// One round: of this node's own consensus where it leads, else of the leader.
async fn ask(consensus: &Consensus, links: &Links) -> Result<u64, NotLeading> {
    let mut observed = consensus.observed();
    let (leader, term) = {
        let now = observed.borrow_and_update();
        if now.role == Role::Leader {
            (None, now.term)
        } else {
            let leader = now.leader.and_then(|id| now.members.get(&id)).cloned();
            (Some(leader.ok_or(NotLeading)?), now.term)
        }
    };
    let Some(leader) = leader else {
        return tokio::select! {
            index = consensus.read_index() => index,
            // A lead that is over gets no answers of a quorum any longer.
            _ = observed.wait_for(|now| now.term != term || now.role != Role::Leader) => Err(NotLeading),
        };
    };
    let request = wire::ReadIndexRequest { header: Some(links.header(leader.node_id)) };
    let mut client = links.client(&leader, Class::Control);
    let answer = tokio::select! {
        answer = client.read_index(request) => answer.map_err(|_| NotLeading)?.into_inner(),
        // An answer of a leader that was replaced meanwhile would be as good, but may never come.
        _ = observed.wait_for(|now| now.term != term || now.leader != Some(leader.node_id)) => return Err(NotLeading),
    };
    match answer.result {
        Some(wire::read_index_response::Result::Index(index)) => Ok(index),
        _ => Err(NotLeading),
    }
}

impl Node {
    /// Returns once whatever was acknowledged anywhere before this call is applied here.
    pub(crate) async fn barrier(&self) -> Result<(), Unavailable> {
        if faults::planted(faults::Bug::ReadWithoutBarrier) {
            return Ok(());
        }
        let deadline = Instant::now() + self.config.leader_wait_max;
        let mut patience = Patience::new(&self.waiting, self.consensus.observed(), deadline);
        loop {
            if self.is_initialized()
                && let Ok(Some(Ok(index))) = timeout_at(deadline, self.rounds.join()).await
            {
                faults::point("raft.read.passed");
                return self.applied_by(index, deadline).await;
            }
            patience.wait().await?;
        }
    }

    async fn applied_by(&self, index: u64, deadline: Instant) -> Result<(), Unavailable> {
        let mut progress = self.consensus.progress();
        let applied = timeout_at(deadline, progress.wait_for(|now| now.applied >= Some(index))).await;
        match applied {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Unavailable::NoLeader),
        }
    }
}
