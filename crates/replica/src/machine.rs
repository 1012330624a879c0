//! The state machine: a list of commands, and the one function that applies a log entry.

use crate::{
    Applied, Command, Envelope, Malformed, Outcome, Timestamp, View, Writes, access_version, cluster, fence, requests,
    reset,
};
use std::collections::BTreeMap;

/// What applying one log entry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedEntry {
    /// Every change to commit, bookkeeping included.
    pub writes: Writes,
    /// What the proposer is told.
    pub outcome: Outcome,
}

type ErasedApply = fn(&[u8], Timestamp, &dyn View) -> Result<(Writes, Outcome), Malformed>;

/// The commands that a binary knows.
#[derive(Default)]
pub struct Machine {
    commands: BTreeMap<u32, ErasedApply>,
}

impl Machine {
    /// A machine that knows the commands of this crate. Services add theirs.
    pub fn new() -> Self {
        let mut machine = Self::default();
        machine.register::<cluster::Birth>();
        machine.register::<cluster::CommitKeyring>();
        machine.register::<reset::Reset>();
        machine.register::<fence::Fence>();
        machine
    }

    /// Makes a command known.
    ///
    /// # Panics
    /// When its number is taken.
    pub fn register<C: Command>(&mut self) {
        let former = self.commands.insert(C::KIND, apply_erased::<C>);
        assert!(former.is_none(), "two commands have the number {}", C::KIND);
    }

    /// Applies one entry to `view`. The same envelope on the same view gives the same bytes on every node.
    ///
    /// # Errors
    /// [`Malformed`] when the entry is of a command that this binary does not know: it must not go on, for it would
    /// diverge from the members that do.
    pub fn apply(&self, envelope: &Envelope, view: &dyn View) -> Result<AppliedEntry, Malformed> {
        let at = envelope.stamped_at.max(cluster::last_applied_at(view));
        let proposal = &envelope.proposal;
        if let Some(outcome) = requests::outcome(view, proposal.id)
            && !faults::planted(faults::Bug::RepeatProposals)
        {
            return Ok(AppliedEntry { writes: Writes::new(), outcome });
        }
        let (mut writes, outcome) = self.decide(envelope, at, view)?;
        cluster::set_applied_at(&mut writes, at);
        if !starts_over(&outcome) {
            requests::remember(view, &mut writes, at, proposal.id, &outcome);
        }
        Ok(AppliedEntry { writes, outcome })
    }

    fn decide(&self, envelope: &Envelope, at: Timestamp, view: &dyn View) -> Result<(Writes, Outcome), Malformed> {
        let proposal = &envelope.proposal;
        let apply = self.commands.get(&proposal.kind).ok_or(Malformed::UnknownKind(proposal.kind))?;
        let moved = proposal.access.iter().any(|seen| access_version::read(view, &seen.account) != seen.version);
        if moved {
            return Ok((Writes::new(), Outcome::Reauthorize));
        }
        apply(&proposal.body, at, view)
    }
}

/// Whether the proposer tries again under the same id: under new permissions, or with what it sees when it looks again.
/// It must not meet its own refusal then. An id of its own for every try would not do: refusals that a dry run settles
/// are remembered nowhere, so an SDK that repeats the call would begin with an id of which nothing is known, and act
/// twice.
fn starts_over(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Reply(_) => false,
        Outcome::Refused(refusal) => refusal.starts_over,
        Outcome::Reauthorize => true,
    }
}

fn apply_erased<C: Command>(body: &[u8], at: Timestamp, view: &dyn View) -> Result<(Writes, Outcome), Malformed> {
    let command = C::decode(body).map_err(|_| Malformed::Body(C::KIND))?;
    let Applied { writes, result } = command.apply(at, view);
    Ok(match result {
        Ok(reply) => (writes, Outcome::Reply(prost::Message::encode_to_vec(&reply))),
        Err(refusal) => {
            assert!(writes.is_empty(), "a refusal of command {} changes something", C::KIND);
            (Writes::new(), Outcome::Refused(refusal))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tables;
    use crate::{AccessVersion, AccountId, Key, NodeId, Proposal, Refusal, RequestId, Table, kind};
    use prost::Message as _;

    fn envelope(id: u8, at: u64, access: Vec<AccessVersion>) -> Envelope {
        let body = cluster::Birth::default().encode_to_vec();
        let proposal = Proposal { id: RequestId([id; 16]), is_repeat: false, access, kind: cluster::Birth::KIND, body };
        Envelope { proposal, origin: NodeId(1), stamped_at: Timestamp::from_millis(at) }
    }

    #[test]
    fn a_repeat_gets_the_first_outcome_and_changes_nothing() {
        let (machine, mut tables) = (Machine::new(), Tables::default());
        let first = machine.apply(&envelope(1, 5, vec![]), &tables).expect("known");
        assert!(matches!(first.outcome, Outcome::Reply(_)));
        tables.commit(&first.writes);
        let repeat = machine.apply(&envelope(1, 6, vec![]), &tables).expect("known");
        assert_eq!((repeat.outcome, repeat.writes.is_empty()), (first.outcome, true));
        let other = machine.apply(&envelope(2, 6, vec![]), &tables).expect("known");
        assert!(matches!(other.outcome, Outcome::Refused(_)));
    }

    #[test]
    fn time_never_goes_back() {
        let (machine, mut tables) = (Machine::new(), Tables::default());
        for (id, at, applied_at) in [(1, 50, 50), (2, 10, 50), (3, 60, 60)] {
            let entry = machine.apply(&envelope(id, at, vec![]), &tables).expect("known");
            tables.commit(&entry.writes);
            assert_eq!(tables.applied_at(), Timestamp::from_millis(applied_at));
        }
    }

    #[test]
    fn a_moved_permission_asks_for_a_new_authorization_and_is_not_remembered() {
        let (machine, mut tables) = (Machine::new(), Tables::default());
        let account: AccountId = "000000000000".parse().expect("account");
        let mut writes = Writes::new();
        access_version::raise(&tables, &mut writes, &account);
        tables.commit(&writes);
        let seen = |version| vec![AccessVersion { account: account.clone(), version }];
        let stale = machine.apply(&envelope(1, 5, seen(0)), &tables).expect("known");
        assert_eq!(stale.outcome, Outcome::Reauthorize);
        tables.commit(&stale.writes);
        assert!(cluster::record(&tables).is_none());
        let fresh = machine.apply(&envelope(1, 6, seen(1)), &tables).expect("known");
        assert!(matches!(fresh.outcome, Outcome::Reply(_)));
    }

    /// A command that is sound when the row is there.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Sound {
        #[prost(bool, tag = "1")]
        starts_over: bool,
    }

    impl Command for Sound {
        const KIND: u32 = kind::NODE;
        type Reply = ();

        fn apply(self, _: Timestamp, view: &dyn View) -> Applied<()> {
            let refusal = Refusal { starts_over: self.starts_over, ..Refusal::new(7, []) };
            match view.get(row().as_bytes()) {
                Some(_) => Applied::reply(Writes::new(), ()),
                None => Applied::refused(refusal),
            }
        }
    }

    fn row() -> Key {
        Key::cluster(Table::Due)
    }

    #[test]
    fn a_refusal_is_remembered_unless_it_starts_over() {
        for starts_over in [false, true] {
            let (mut machine, mut tables) = (Machine::new(), Tables::default());
            machine.register::<Sound>();
            let body = Sound { starts_over }.encode_to_vec();
            let proposal = Proposal { kind: Sound::KIND, body, ..envelope(1, 5, vec![]).proposal };
            let envelope = Envelope { proposal, ..envelope(1, 5, vec![]) };
            let apply = |envelope: &Envelope, tables: &mut Tables| {
                let entry = machine.apply(envelope, tables).expect("known");
                tables.commit(&entry.writes);
                matches!(entry.outcome, Outcome::Reply(_))
            };
            assert!(!apply(&envelope, &mut tables));
            let mut writes = Writes::new();
            writes.put(row(), []);
            tables.commit(&writes);
            assert_eq!(apply(&envelope, &mut tables), starts_over);
            let mut writes = Writes::new();
            writes.delete(row());
            tables.commit(&writes);
            assert_eq!(apply(&envelope, &mut tables), starts_over, "what was done is remembered");
        }
    }

    #[test]
    fn an_unknown_command_is_malformed() {
        let mut unknown = envelope(1, 5, vec![]);
        unknown.proposal.kind = 99;
        let error = Machine::new().apply(&unknown, &Tables::default()).expect_err("unknown");
        assert_eq!(error, Malformed::UnknownKind(99));
    }
}
