//! Proposing: a dry run here, then to the leader, again and again with the same id until there is an answer.

use crate::clocks::Verdict;
use crate::consensus::WriteFailure;
use crate::links::{Class, cause};
use crate::patience::Patience;
use crate::{Node, Role, room, wire};
use replica::{Envelope, NodeId, Outcome, Proposal, Replica as _, Timestamp, Unavailable, View};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::time::{Instant, timeout_at};

/// What a dry run says.
enum DryRun {
    /// Nothing against it.
    Go,
    /// It was applied before, and this was the outcome.
    Repeat(Outcome),
    /// Apply would refuse it.
    Refused(Outcome),
    /// Apply would not survive it.
    Poison,
}

/// What became of one attempt.
enum Attempt {
    Answered(Outcome),
    /// It did not get into any log.
    NotAccepted,
    /// It did not get into any log, and would not get into another's.
    DiskFull,
    Unknown,
}

impl Node {
    pub(crate) async fn propose_counted(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        let result = self.propose_once(proposal).await;
        let outcome = match &result {
            Ok(Outcome::Reply(_)) => "reply",
            Ok(Outcome::Refused(_)) => "refused",
            Ok(Outcome::Reauthorize) => "reauthorize",
            Err(Unavailable::NoLeader) => "no_leader",
            Err(Unavailable::Unknown) => "unknown",
            Err(Unavailable::Overloaded) => "overloaded",
            Err(Unavailable::Poison) => "poison",
            Err(Unavailable::DiskFull) => "disk_full",
        };
        metrics::counter!("lockstep_raft_proposals_total", "outcome" => outcome).increment(1);
        result
    }

    async fn propose_once(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        let deadline = Instant::now() + self.config.propose_time_max;
        let envelope = Envelope { proposal, origin: self.id(), stamped_at: self.parts.clock.now() };
        faults::point("raft.propose.tried");
        match self.settle_here(&envelope).await? {
            Some(outcome) => Ok(outcome),
            None => self.pursue(&envelope, deadline).await,
        }
    }

    /// Answers without the log what needs none: what was applied before, and what apply would refuse. This node's tables
    /// may be behind, so a refusal counts only on a view behind a barrier. What repeats another attempt is refused by the
    /// log alone, which remembers it: the other may be on its way yet, in a leader that is paused, say.
    async fn settle_here(&self, envelope: &Envelope) -> Result<Option<Outcome>, Unavailable> {
        let local = self.dry_run(envelope, &*self.local());
        let decided = match local {
            DryRun::Refused(_) if envelope.proposal.is_repeat => DryRun::Go,
            DryRun::Refused(_) => self.dry_run(envelope, &*self.read().await?),
            decided => decided,
        };
        match decided {
            DryRun::Go => Ok(None),
            DryRun::Repeat(outcome) | DryRun::Refused(outcome) => Ok(Some(outcome)),
            DryRun::Poison => Err(Unavailable::Poison),
        }
    }

    fn dry_run(&self, envelope: &Envelope, view: &dyn View) -> DryRun {
        let kind = envelope.proposal.kind;
        match catch_unwind(AssertUnwindSafe(|| self.parts.machine.apply(envelope, view))) {
            // Only a repeat leaves no trace: the first time, apply at least records the time.
            Ok(Ok(applied)) if applied.writes.is_empty() => DryRun::Repeat(applied.outcome),
            Ok(Ok(applied)) => match applied.outcome {
                Outcome::Reply(_) => DryRun::Go,
                outcome @ (Outcome::Refused(_) | Outcome::Reauthorize) => DryRun::Refused(outcome),
            },
            Ok(Err(malformed)) => {
                tracing::error!(kind, %malformed, "a command was kept from the log");
                metrics::counter!("lockstep_raft_poison_total").increment(1);
                DryRun::Poison
            }
            Err(_) => {
                tracing::error!(kind, "a command panicked in its dry run and was kept from the log");
                metrics::counter!("lockstep_raft_poison_total").increment(1);
                DryRun::Poison
            }
        }
    }

    /// Sends the proposal to whoever leads until somebody answers. The state machine answers a repeated id with the
    /// first outcome, so sending again is safe.
    async fn pursue(&self, envelope: &Envelope, deadline: Instant) -> Result<Outcome, Unavailable> {
        let first_wait = deadline.min(Instant::now() + self.config.leader_wait_max);
        let mut patience = Patience::new(&self.waiting, self.consensus.observed(), first_wait);
        let mut may_be_agreed = false;
        loop {
            match timeout_at(deadline, self.attempt(envelope)).await {
                Ok(Attempt::Answered(outcome)) => return Ok(outcome),
                Ok(Attempt::NotAccepted) => {}
                Ok(Attempt::DiskFull) if !may_be_agreed => return Err(Unavailable::DiskFull),
                Ok(Attempt::DiskFull) => return Err(Unavailable::Unknown),
                Ok(Attempt::Unknown) | Err(_) => {
                    may_be_agreed = true;
                    patience.extend(deadline);
                }
            }
            if let Err(unavailable) = patience.wait().await {
                return Err(if may_be_agreed { Unavailable::Unknown } else { unavailable });
            }
        }
    }

    async fn attempt(&self, envelope: &Envelope) -> Attempt {
        let mut observed = self.consensus.observed();
        let (role, term, leader) = {
            let now = observed.borrow_and_update();
            (now.role, now.term, now.leader.and_then(|id| now.members.get(&id)).cloned())
        };
        if role == Role::Leader {
            return match self.accept(envelope.clone()).await {
                Ok(outcome) => answered(&outcome),
                Err(WriteFailure::NotLeading) => Attempt::NotAccepted,
                Err(WriteFailure::DiskFull) => Attempt::DiskFull,
                Err(WriteFailure::Unknown) => Attempt::Unknown,
            };
        }
        let Some(leader) = leader else { return Attempt::NotAccepted };
        let id = leader.node_id;
        let request = wire::ProposeRequest { header: Some(self.links.header(id)), proposal: envelope.encode() };
        faults::point("raft.propose.forwarding");
        let mut client = self.links.client(&leader, Class::Log);
        tokio::select! {
            answer = client.propose(request) => read_answer(answer),
            // The leader that was asked is no more: another one will know.
            _ = observed.wait_for(|now| now.term != term || now.leader != Some(id)) => Attempt::Unknown,
        }
    }

    /// Stamps a proposal and has it agreed and applied. On the leader.
    pub(crate) async fn accept(&self, mut envelope: Envelope) -> Result<Vec<u8>, WriteFailure> {
        let (role, voters) = {
            let observed = self.consensus.observed();
            let now = observed.borrow();
            (now.role, now.voters.clone())
        };
        // What is judged is what is stamped.
        let (clocks, now) = (&self.links.clocks, self.links.clocks.now_millis());
        if role != Role::Leader || clocks.judge_reading(now, self.id().0, &voters) != Verdict::Fine {
            return Err(WriteFailure::NotLeading);
        }
        match self.judge_room() {
            room::Verdict::Fine => {}
            room::Verdict::Elsewhere | room::Verdict::Unsure => return Err(WriteFailure::NotLeading),
            room::Verdict::Nowhere => return Err(WriteFailure::DiskFull),
        }
        envelope.stamped_at = Timestamp::from_millis(now);
        faults::point("raft.propose.stamped");
        self.consensus.write(envelope.encode().into()).await
    }

    /// A proposal that a peer forwards.
    pub(crate) async fn accept_forwarded(
        &self,
        from: NodeId,
        proposal: &[u8],
    ) -> Result<wire::ProposeResponse, tonic::Status> {
        use wire::propose_response::Result as R;
        let envelope =
            Envelope::decode(proposal).map_err(|error| tonic::Status::invalid_argument(error.to_string()))?;
        if envelope.origin != from {
            return Err(tonic::Status::permission_denied("a proposal of another node"));
        }
        let result = match self.accept(envelope).await {
            Ok(outcome) => R::Outcome(outcome),
            Err(WriteFailure::NotLeading) => R::NotAccepted(true),
            Err(WriteFailure::DiskFull) => R::DiskFull(true),
            Err(WriteFailure::Unknown) => R::Unknown(true),
        };
        faults::point("raft.propose.forwarded_answer");
        Ok(wire::ProposeResponse { result: Some(result) })
    }
}

fn answered(outcome: &[u8]) -> Attempt {
    match Outcome::decode(outcome) {
        Ok(outcome) => Attempt::Answered(outcome),
        // An answer that this binary cannot read: it is agreed, and what it came to is not known here.
        Err(_) => Attempt::Unknown,
    }
}

fn read_answer(answer: Result<tonic::Response<wire::ProposeResponse>, tonic::Status>) -> Attempt {
    use wire::propose_response::Result as R;
    match answer {
        Ok(response) => match response.into_inner().result {
            Some(R::Outcome(outcome)) => answered(&outcome),
            Some(R::NotAccepted(_)) => Attempt::NotAccepted,
            Some(R::DiskFull(_)) => Attempt::DiskFull,
            Some(R::Unknown(_)) | None => Attempt::Unknown,
        },
        Err(status) if never_arrived(&status) => Attempt::NotAccepted,
        Err(_) => Attempt::Unknown,
    }
}

/// True when the call was refused at the door, or there was no connection to send it on.
fn never_arrived(status: &tonic::Status) -> bool {
    matches!(status.code(), tonic::Code::PermissionDenied | tonic::Code::InvalidArgument)
        || cause::<tonic::ConnectError>(status).is_some()
}
