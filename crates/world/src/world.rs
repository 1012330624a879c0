//! A service in a cluster of one, what it answers its callers, and what is left of that in tables and records.

use crate::caller::INACTIVE;
use crate::ground::BEGINNING;
use crate::{ACCOUNT, Ground, call_of};
use access::quota::{self, Quota};
use events::Record;
use futures::executor::block_on;
use replica::testing::Tables;
use replica::{Outcome, Proposal, Replica, RequestId, Row, Table, Timestamp, Writes, due};
use serde::Serialize;
use service::{Call, Fault, Jobs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A cluster of one, with the service that is tested.
pub struct World<S> {
    service: Arc<S>,
    jobs: Jobs,
    ground: Ground,
    hide: fn(&str) -> String,
    calls: AtomicU64,
    now_millis: AtomicU64,
}

impl<S> World<S> {
    /// `service` on the ground that it was made of. `jobs` are those of every service that has some.
    pub fn new(ground: Ground, service: Arc<S>, jobs: Jobs) -> Self {
        let now_millis = AtomicU64::new(BEGINNING.as_millis());
        Self { service, jobs, ground, hide: str::to_owned, calls: AtomicU64::new(0), now_millis }
    }

    /// Has `hide` replace what is random in answers that are shown as text.
    #[must_use]
    pub fn hiding(self, hide: fn(&str) -> String) -> Self {
        Self { hide, ..self }
    }

    /// The service that is tested.
    pub fn service(&self) -> Arc<S> {
        Arc::clone(&self.service)
    }
}

/// Calls.
impl<S> World<S> {
    /// A call of its own by the root of `account`.
    pub fn call(&self, account: &str) -> Call {
        let id = u128::from(self.calls.fetch_add(1, Ordering::SeqCst)) << 64;
        Call { attempt: RequestId(id.to_be_bytes()).into(), ..call_of(account) }
    }

    /// A call by a root whose credential was switched off.
    pub fn call_by_inactive(&self) -> Call {
        let mut call = self.call(ACCOUNT);
        call.caller.access_key_id = INACTIVE.to_owned();
        call
    }

    /// Runs an operation as `call`.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn run_as<Rq, Rs, Fut>(
        &self,
        call: &Call,
        run: impl Fn(Arc<S>, Call, Rq) -> Fut,
        request: Rq,
    ) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        block_on(run(self.service(), call.clone(), request))
    }

    /// Runs an operation as the account's root.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn run<Rq, Rs, Fut>(&self, run: impl Fn(Arc<S>, Call, Rq) -> Fut, request: Rq) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        self.run_as(&self.call(ACCOUNT), run, request)
    }

    /// The answer as text: JSON or `code: message`, with what is random replaced.
    pub fn answer<Rq, Rs, Fut>(&self, run: impl Fn(Arc<S>, Call, Rq) -> Fut, request: Rq) -> String
    where
        Fut: Future<Output = Result<Rs, Fault>>,
        Rs: Serialize,
    {
        (self.hide)(&match self.run(run, request) {
            Ok(response) => serde_json::to_string_pretty(&response).expect("responses are JSON"),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        })
    }
}

/// Time.
impl<S> World<S> {
    /// The leader's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_millis.load(Ordering::SeqCst))
    }

    /// Moves the leader's clock, and nothing else.
    pub fn set_time(&self, at: Timestamp) {
        self.now_millis.store(at.as_millis(), Ordering::SeqCst);
        self.ground.replica.local.set_time(at);
    }

    /// Lets time pass, and has done what is due by then.
    pub fn pass_millis(&self, millis: u64) {
        let now = self.now().plus_millis(millis);
        self.run_due(now);
        assert_eq!(due::until(&self.tables(), now, usize::MAX), [], "what is due was done");
    }

    /// Proposes what is due at `at`, as the leader's timer does; how many commands that was.
    pub fn run_due(&self, at: Timestamp) -> usize {
        self.set_time(at);
        let due = due::until(&self.tables(), at, usize::MAX);
        let commands = due.len();
        for due in due {
            let (kind, id) = (due.kind, self.call(ACCOUNT).attempt.id);
            let body = block_on(self.jobs.prepare(due)).expect("prepared");
            let outcome =
                block_on(self.ground.replica.propose(Proposal { id, is_repeat: false, access: vec![], kind, body }));
            assert!(matches!(outcome, Ok(Outcome::Reply(_))), "{outcome:?}");
        }
        commands
    }
}

/// Tables.
impl<S> World<S> {
    /// A copy of the cluster's tables.
    pub fn tables(&self) -> Tables {
        self.ground.replica.local.tables()
    }

    /// Every row but those that tell of commands and of time.
    pub fn state(&self) -> Vec<Row> {
        let bookkeeping = [Table::Settings as u8, Table::Requests as u8];
        let rows = replica::scan_all(&self.tables(), &[]);
        rows.into_iter().filter(|(row, _)| !bookkeeping.contains(&row[0])).collect()
    }

    /// Whether a command or a row holds the text.
    pub fn written_anywhere(&self, text: &str) -> bool {
        self.ground.replica.any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// From now on the node's own tables stay as they are, behind the cluster's.
    pub fn freeze_local(&self) {
        self.ground.replica.freeze();
    }

    /// The node's own tables are the cluster's again.
    pub fn thaw_local(&self) {
        self.ground.replica.thaw();
    }

    /// From now on refusals are settled by the dry run: without the log, and remembered nowhere.
    pub fn settle_refusals(&self) {
        self.ground.replica.local.settle_refusals();
    }

    /// Changes rows past every command: what is set by others.
    pub fn commit(&self, change: impl FnOnce(&mut Writes)) {
        let mut writes = Writes::new();
        change(&mut writes);
        self.ground.replica.local.commit(&writes);
    }

    /// Sets a limit of the account that calls.
    pub fn set_limit(&self, quota: Quota, limit: u64) {
        let account = ACCOUNT.parse().expect("an account");
        self.commit(|writes| quota::set_limit(writes, &account, quota, Some(limit)));
    }
}

/// Records: those that the service wrote itself, and those of the services behind it.
impl<S> World<S> {
    /// What was recorded, oldest first.
    pub fn records(&self) -> Vec<Record> {
        self.ground.recorder.records()
    }

    /// What was recorded, with everything in it, as JSON.
    pub fn records_as_json(&self) -> String {
        serde_json::to_string(&self.records()).expect("JSON")
    }

    /// What was recorded, in short: operation and error code.
    pub fn events(&self) -> Vec<String> {
        let event = |record: Record| format!("{} {}", record.event_name, record.error_code.unwrap_or_default());
        self.records().into_iter().map(event).collect()
    }

    /// Makes recording fail from now on.
    pub fn fail_to_record(&self) {
        self.ground.recorder.set_failing(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use replica::cluster::{Birth, ClusterRecord};

    #[test]
    fn what_a_row_or_a_command_holds_is_found() {
        let world = World::new(Ground::new(&[]), Arc::new(()), Jobs::new());
        assert!(!world.written_anywhere("canary"));
        // A cluster is born once, so that the command is refused and leaves no row.
        let cluster = ClusterRecord { region: "canary of a command".to_owned(), ..ClusterRecord::default() };
        let (birth, id) = (Birth { cluster: Some(cluster), keyring: None }, world.call(ACCOUNT).attempt);
        let refused = block_on(replica::propose(&*world.ground.replica(), id, vec![], birth)).expect("decided");
        assert!(refused.is_err());
        world.commit(|writes| writes.put(replica::Key::cluster(Table::Due), b"canary of a row".to_vec()));
        assert!(world.written_anywhere("canary of a command") && world.written_anywhere("canary of a row"));
    }

    #[test]
    fn a_settled_refusal_leaves_no_trace() {
        let world = World::new(Ground::new(&[]), Arc::new(()), Jobs::new());
        let mut traces = Vec::new();
        for settles in [false, true] {
            if settles {
                world.settle_refusals();
            }
            let (before, id) = (world.tables(), world.call(ACCOUNT).attempt);
            let again = replica::propose(&*world.ground.replica, id, vec![], Birth::default());
            assert!(block_on(again).expect("decided").is_err());
            traces.push(world.tables() != before);
        }
        assert_eq!(traces, [true, false]);
    }

    #[test]
    fn a_frozen_node_lags_behind_the_cluster() {
        let world = World::new(Ground::new(&[]), Arc::new(()), Jobs::new());
        let (key, replica) = (replica::Key::cluster(Table::Due), world.ground.replica());
        world.freeze_local();
        world.commit(|writes| writes.put(key.clone(), vec![1]));
        let behind_barrier = block_on(replica.read()).expect("a replica of one").get(key.as_bytes());
        assert_eq!((replica.local().get(key.as_bytes()), behind_barrier), (None, Some(vec![1])));
        world.thaw_local();
        assert_eq!(replica.local().get(key.as_bytes()), Some(vec![1]));
    }
}
