//! The leader's timer: proposes what the due queue says is due.
//!
//! Whoever leads looks, so a leader that dies between two commands leaves nothing undone; two leaders that propose the
//! same command do no harm, because apply decides whether it is still due.

use crate::lifecycle::member::Member;
use crate::limits;
use futures::FutureExt as _;
use replica::due::{self, Due};
use replica::{Outcome, Proposal, Replica, RequestId, Timestamp, Unavailable, View};
use service::{FaultKind, Jobs};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// Runs on every node until it stops, and acts on the leader.
pub(crate) async fn propose_what_is_due(member: Arc<Member>, jobs: Jobs) {
    let leads = || member.node.leader() == Some(member.identity.node);
    let passes = async {
        let mut timer = Timer::default();
        loop {
            tokio::time::sleep(limits::TIMER).await;
            if leads() {
                timer.pass(&*member.node, &jobs, member.clock.now(), leads).await;
            } else {
                timer = Timer::default();
            }
        }
    };
    // In the middle of a pass too: without a quorum, each of its rows takes seconds.
    member.stopping().run_until_cancelled(passes).await;
}

/// For how long the row that is longest due has been, in seconds; 0 when nothing is due.
#[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(crate) fn overdue_seconds(view: &(impl View + ?Sized), now: Timestamp) -> f64 {
    let oldest = due::until(view, now, 1);
    oldest.first().map_or(0.0, |due| now.millis_since(due.at) as f64 / 1_000.0)
}

/// Where a leader stands in the queue.
#[derive(Default)]
struct Timer {
    /// The row that was looked at last, while others may stand behind it. Those before it that could not be done have
    /// their turn again after the last one, so that they hold nobody up.
    last: Option<Due>,
    /// What was said last of each kind of command.
    told: BTreeMap<u32, String>,
}

/// Why a row is still due.
#[derive(Debug)]
enum Undone {
    /// Nobody decides at present, on the rows behind it neither.
    Unavailable(String),
    /// What was wrong with this one.
    Failed(String),
}

impl Timer {
    /// Looks at the next rows, until there is none, too many, or nobody who decides.
    async fn pass(&mut self, replica: &dyn Replica, jobs: &Jobs, now: Timestamp, leads: impl Fn() -> bool) {
        let rows = self.next_rows(&*replica.local(), now);
        let more = rows.len() == limits::DUE_AT_ONCE;
        for row in rows {
            if !leads() {
                return;
            }
            self.last = Some(row.clone());
            let (at, kind) = (row.at, row.kind);
            // The process's hook counts the panic and says where it was.
            let attempt = AssertUnwindSafe(propose(replica, jobs, row)).catch_unwind().await;
            match attempt.unwrap_or_else(|_| Err(Undone::Failed("it panicked".to_owned()))) {
                Ok(()) => self.told.entry(kind).or_default().clear(),
                Err(Undone::Failed(cause)) => self.tell(kind, at, cause),
                Err(Undone::Unavailable(cause)) => return self.tell(kind, at, cause),
            }
        }
        if !more {
            self.last = None;
        }
    }

    fn next_rows(&self, view: &dyn View, now: Timestamp) -> Vec<Due> {
        match &self.last {
            Some(last) => due::behind(view, last, now, limits::DUE_AT_ONCE),
            None => due::until(view, now, limits::DUE_AT_ONCE),
        }
    }

    /// Once per cause: the queue is looked at again in a moment.
    fn tell(&mut self, kind: u32, at: Timestamp, cause: String) {
        let told = self.told.entry(kind).or_default();
        if *told != cause {
            tracing::warn!(kind, due_at = at.as_millis(), cause, "what is due could not be done");
            *told = cause;
        }
    }
}

async fn propose(replica: &dyn Replica, jobs: &Jobs, due: Due) -> Result<(), Undone> {
    let kind = due.kind;
    let body = jobs.prepare(due).await.map_err(|fault| {
        let cause = format!("{}: {}", fault.code, fault.message);
        if fault.kind == FaultKind::Unavailable { Undone::Unavailable(cause) } else { Undone::Failed(cause) }
    })?;
    let proposal = Proposal { id: RequestId(crypto::random_bytes()), is_repeat: false, access: Vec::new(), kind, body };
    faults::point("node.timer.proposing");
    match replica.propose(proposal).await {
        Ok(Outcome::Reply(_)) => Ok(()),
        Ok(Outcome::Refused(refusal)) => Err(Undone::Failed(format!("refused with {refusal:?}"))),
        Ok(Outcome::Reauthorize) => Err(Undone::Failed("it carried a permission".to_owned())),
        Err(cause @ Unavailable::Poison) => Err(Undone::Failed(cause.to_string())),
        Err(cause) => Err(Undone::Unavailable(cause.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use replica::Writes;
    use replica::cluster::{Birth, ClusterRecord};
    use replica::testing::Tables;
    use std::sync::Mutex;

    const NOW: Timestamp = Timestamp::from_millis(10_000);

    /// A queue from which nothing goes, as when every command fails.
    struct Stuck {
        tables: Tables,
        answer: Result<Outcome, Unavailable>,
        /// The times of the rows that were proposed.
        asked: Mutex<Vec<u64>>,
    }

    impl Stuck {
        /// Rows that are due at 1, 2 and so on.
        fn new(rows: u64, answer: Result<Outcome, Unavailable>) -> Self {
            let (mut tables, mut writes) = (Tables::default(), Writes::new());
            for at in 1..=rows {
                due::schedule(&mut writes, Timestamp::from_millis(at), &command(at));
            }
            tables.commit(&writes);
            Self { tables, answer, asked: Mutex::default() }
        }

        fn asked(&self) -> Vec<u64> {
            std::mem::take(&mut self.asked.lock().unwrap())
        }
    }

    #[tonic::async_trait]
    impl Replica for Stuck {
        fn local(&self) -> Box<dyn View + '_> {
            Box::new(self.tables.clone())
        }

        async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
            Ok(self.local())
        }

        async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
            self.asked.lock().unwrap().push(number(&Birth::decode(proposal.body.as_slice()).unwrap()));
            self.answer.clone()
        }
    }

    fn command(number: u64) -> Birth {
        let cluster = ClusterRecord { incarnation: number, ..ClusterRecord::default() };
        Birth { cluster: Some(cluster), keyring: None }
    }

    fn number(command: &Birth) -> u64 {
        command.cluster.as_ref().unwrap().incarnation
    }

    #[tokio::test]
    async fn rows_that_fail_do_not_starve_those_behind_them() {
        let (all, once) = (150, limits::DUE_AT_ONCE as u64);
        let (stuck, mut timer) = (Stuck::new(all, Err(Unavailable::Poison)), Timer::default());
        for expected in [1..=once, once + 1..=all, 1..=once] {
            timer.pass(&stuck, &Jobs::new(), NOW, || true).await;
            assert_eq!(stuck.asked(), expected.collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_pass_ends_where_nobody_decides() {
        for lost in [Unavailable::NoLeader, Unavailable::Unknown, Unavailable::Overloaded] {
            let (stuck, mut timer) = (Stuck::new(3, Err(lost)), Timer::default());
            for expected in [1, 2, 3] {
                timer.pass(&stuck, &Jobs::new(), NOW, || true).await;
                assert_eq!(stuck.asked(), [expected]);
            }
        }
        let (stuck, led) = (Stuck::new(3, Ok(Outcome::Reply(Vec::new()))), Mutex::new(2));
        let leads = || {
            let mut led = led.lock().unwrap();
            *led -= 1;
            *led >= 0
        };
        Timer::default().pass(&stuck, &Jobs::new(), NOW, leads).await;
        assert_eq!(stuck.asked(), [1, 2]);
    }

    #[tokio::test]
    async fn a_row_that_panics_ends_nothing() {
        let mut jobs = Jobs::new();
        jobs.add::<_, Birth, _, _>(Arc::new(()), |_, command: Birth| async move {
            assert!(number(&command) != 2, "a defect");
            Ok(command)
        });
        let (stuck, mut timer) = (Stuck::new(3, Ok(Outcome::Reply(Vec::new()))), Timer::default());
        for _ in 0..2 {
            timer.pass(&stuck, &jobs, NOW, || true).await;
            assert_eq!(stuck.asked(), [1, 3]);
        }
    }

    #[test]
    fn the_queue_is_as_late_as_its_oldest_row() {
        let late = |rows, now| overdue_seconds(&Stuck::new(rows, Err(Unavailable::NoLeader)).tables, now);
        assert_eq!(late(0, NOW), 0.0);
        assert_eq!(late(3, Timestamp::from_millis(0)), 0.0);
        assert_eq!(late(3, Timestamp::from_millis(2_501)), 2.5);
    }
}
