//! The leader's timer: proposes what the due queue says is due.
//!
//! Whoever leads looks, so a leader that dies between two commands leaves nothing undone; two leaders that propose the
//! same command do no harm, because apply decides whether it is still due.

use crate::limits;
use crate::member::Member;
use replica::due::{self, Due};
use replica::{Outcome, Proposal, Replica as _, RequestId};
use service::Jobs;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs on every node and acts on the leader.
pub(crate) async fn propose_what_is_due(member: Arc<Member>, jobs: Jobs) {
    let mut failed = BTreeMap::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(limits::TIMER) => {}
            () = member.stopping().cancelled() => return,
        }
        if member.node.leader() != Some(member.identity.node) {
            failed.clear();
            continue;
        }
        let now = member.clock.now();
        let rows = due::until(&*member.node.local(), now, limits::DUE_AT_ONCE);
        for row in rows {
            let (at, kind) = (row.at, row.kind);
            let told = failed.entry(kind).or_insert_with(String::new);
            match propose(&member, &jobs, row).await {
                Ok(()) => told.clear(),
                // Once per cause: the queue is looked at again in a moment.
                Err(cause) if *told != cause => {
                    tracing::warn!(kind, due_at = at.as_millis(), cause, "what is due could not be done");
                    *told = cause;
                }
                Err(_) => {}
            }
        }
    }
}

async fn propose(member: &Member, jobs: &Jobs, due: Due) -> Result<(), String> {
    let kind = due.kind;
    let body = jobs.prepare(due).await.map_err(|fault| format!("{}: {}", fault.code, fault.message))?;
    let proposal = Proposal { id: RequestId(crypto::random_bytes()), access: Vec::new(), kind, body };
    match member.node.propose(proposal).await {
        Ok(Outcome::Reply(_)) => Ok(()),
        Ok(Outcome::Refused(refusal)) => Err(format!("refused with {refusal:?}")),
        Ok(Outcome::Reauthorize) => Err("it carried a permission".to_owned()),
        Err(cause) => Err(cause.to_string()),
    }
}
