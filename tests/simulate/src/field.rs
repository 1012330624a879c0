//! What a simulated run shares: the history, what the nodes showed, and what was found wrong.

use crate::errands::Errand;
use crate::history::History;
use crate::keys::Keys;
use raft::{Role, Status};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use store::simulated::SimulatedDisk;

/// What an order came to; `None` until then.
pub(crate) type Answer = Arc<Mutex<Option<Result<(), String>>>>;

/// What the driver has a node do.
pub(crate) enum Order {
    /// Makes the cluster.
    Found,
    /// Takes a node in as a learner and, when it has caught up, as a voter.
    Admit(raft::Member),
    /// Removes a node.
    Remove(u64),
    /// Hands the lead over.
    HandOver(u64),
    /// Stops in an orderly way.
    Stop,
    /// Makes what the workload works on.
    Prepare,
    /// Reads everything, and gives what its tables hold.
    Conclude,
}

/// A node as it showed itself last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) role: Role,
    pub(crate) term: u64,
    pub(crate) leader: Option<u64>,
    pub(crate) applied: u64,
    pub(crate) chain: [u8; 32],
    pub(crate) ready: bool,
    pub(crate) snapshot: Option<u64>,
}

impl From<&Status> for Seen {
    fn from(status: &Status) -> Self {
        Self {
            role: status.role,
            term: status.term,
            leader: status.leader.map(|node| node.0),
            applied: status.applied.unwrap_or(0),
            chain: status.chain,
            ready: status.ready,
            snapshot: status.snapshot,
        }
    }
}

/// Where one node stands: its disk and what surrounds it.
pub(crate) struct Place {
    pub(crate) id: u64,
    pub(crate) disk: SimulatedDisk,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) skew_millis: AtomicI64,
    /// While true, its disk syncs nothing.
    pub(crate) slow: AtomicBool,
    /// Why the process has ended, as it says itself.
    pub(crate) ended: Mutex<Vec<String>>,
    pub(crate) orders: Mutex<VecDeque<(Order, Answer)>>,
    /// What clients beside other nodes ask of it.
    pub(crate) errands: Mutex<VecDeque<Errand>>,
    pub(crate) seen: Mutex<Option<Seen>>,
    /// Whom it takes for members.
    pub(crate) members: Mutex<Vec<u64>>,
    /// How many snapshots it installed.
    pub(crate) installs: AtomicU64,
    /// How often its software was started: what random numbers of a life are drawn from.
    pub(crate) lives: AtomicU64,
}

impl Place {
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            disk: SimulatedDisk::new(),
            skew_millis: AtomicI64::new(0),
            slow: AtomicBool::new(false),
            ended: Mutex::default(),
            orders: Mutex::default(),
            errands: Mutex::default(),
            seen: Mutex::default(),
            members: Mutex::default(),
            installs: AtomicU64::new(0),
            lives: AtomicU64::new(0),
        }
    }

    /// The name of its host.
    pub(crate) fn host(&self) -> String {
        format!("node-{}", self.id)
    }

    /// Gives an order.
    pub(crate) fn order(&self, order: Order) -> Answer {
        let answer = Answer::default();
        lock(&self.orders).push_back((order, Arc::clone(&answer)));
        answer
    }

    pub(crate) fn seen(&self) -> Option<Seen> {
        *lock(&self.seen)
    }

    /// Whether the process has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        !lock(&self.ended).is_empty()
    }
}

/// What every part of a run shares.
pub(crate) struct Field {
    pub(crate) seed: u64,
    pub(crate) keys: Keys,
    /// Every machine that ever was, for clients that look for another node.
    pub(crate) places: Mutex<Vec<Arc<Place>>>,
    pub(crate) snapshot_every: u64,
    pub(crate) log_tail_kept: u64,
    /// Whether workers are to go on.
    pub(crate) loading: AtomicBool,
    pub(crate) history: Mutex<History>,
    pub(crate) stock: Mutex<Stock>,
    /// Until when workers hurry, in simulated milliseconds, and with what.
    hurry: Mutex<(u64, Hurry)>,
    /// How many workers, and attempts of theirs that were given up, are at something.
    pub(crate) busy: AtomicU64,
    /// The slowest operation lately, in simulated milliseconds.
    pub(crate) slowest_millis: AtomicU64,
    chains: Mutex<BTreeMap<u64, [u8; 32]>>,
    violations: Mutex<Vec<String>>,
    trace: Mutex<Trace>,
    /// What the tables of each node hold at the end.
    pub(crate) tables: Mutex<BTreeMap<u64, [u8; 32]>>,
}

/// What the workload has made and knows.
#[derive(Default)]
pub(crate) struct Stock {
    /// Keys whose descriptions are registers, by number.
    pub(crate) keys: Vec<String>,
    /// Keys that are switched on and off, by the node whose worker does so.
    pub(crate) switches: BTreeMap<u64, Vec<String>>,
    /// Those whose last switch is under way, or has an unknown outcome.
    pub(crate) switching: BTreeSet<String>,
    /// Ciphertexts and what they hold.
    pub(crate) sealed: Vec<(String, String)>,
    /// Keys that wait for their end.
    pub(crate) doomed: Vec<String>,
    /// Names that may exist once, with how often a creation was acknowledged.
    pub(crate) created: BTreeMap<u64, u32>,
    /// What is known of each value of parameters that come and go.
    pub(crate) fleeting: BTreeMap<u64, Fleeting>,
    /// Acknowledged writes of each parameter, and those that may have happened.
    pub(crate) puts: BTreeMap<String, (u64, u64)>,
    /// The version that each parameter had at the end.
    pub(crate) versions: BTreeMap<String, BTreeSet<u64>>,
}

/// What all workers do at once, with short pauses, so that their calls overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hurry {
    /// They read and write one resource.
    OneRegister,
    /// They make, delete and read what comes and goes, at any node.
    Fleeting,
}

/// What is known of a value of a parameter that comes and goes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fleeting {
    /// Its writing was refused.
    pub(crate) refused: bool,
    /// It was read.
    pub(crate) seen: bool,
}

/// A hash over everything that happened, and, when asked for, its text.
struct Trace {
    hash: [u8; 32],
    shown: bool,
}

impl Field {
    pub(crate) fn new(seed: u64, snapshot_every: u64, log_tail_kept: u64, shown: bool) -> anyhow::Result<Self> {
        Ok(Self {
            seed,
            keys: Keys::new()?,
            places: Mutex::default(),
            snapshot_every,
            log_tail_kept,
            loading: AtomicBool::new(false),
            history: Mutex::default(),
            stock: Mutex::default(),
            hurry: Mutex::new((0, Hurry::OneRegister)),
            busy: AtomicU64::new(0),
            slowest_millis: AtomicU64::new(0),
            chains: Mutex::default(),
            violations: Mutex::default(),
            trace: Mutex::new(Trace { hash: [0; 32], shown }),
            tables: Mutex::default(),
        })
    }

    /// Adds an event to the trace.
    #[allow(clippy::print_stderr, reason = "the trace is shown to whoever asked for it")]
    pub(crate) fn note(&self, event: &str) {
        let mut trace = lock(&self.trace);
        let mut bytes = trace.hash.to_vec();
        bytes.extend_from_slice(event.as_bytes());
        trace.hash = crypto::sha256(&bytes);
        if trace.shown {
            let at = turmoil::sim_elapsed().map_or(String::new(), |at| format!("{:9.3} ", at.as_secs_f64()));
            eprintln!("{at}{event}");
        }
    }

    /// The hash over everything that happened.
    pub(crate) fn trace(&self) -> [u8; 32] {
        lock(&self.trace).hash
    }

    /// Something that must never be.
    pub(crate) fn violation(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(&format!("VIOLATION {what}"));
        lock(&self.violations).push(what);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }

    /// Holds what a node shows to what every node showed at the same position.
    pub(crate) fn invariant_one_chain(&self, place: &Place, seen: Seen) {
        let mut chains = lock(&self.chains);
        let first = *chains.entry(seen.applied).or_insert(seen.chain);
        drop(chains);
        if first != seen.chain {
            self.violation(format!("node {} has another chain hash at entry {}", place.id, seen.applied));
        }
        let former = lock(&place.seen).replace(seen);
        if former != Some(seen) {
            let mut event =
                format!("node {} {} term {} applied {}", place.id, seen.role.as_str(), seen.term, seen.applied);
            let _ =
                write!(event, " leader {:?} ready {} chain {}", seen.leader, seen.ready, hex::encode(&seen.chain[..4]));
            self.note(&event);
        }
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.loading.load(Ordering::Relaxed)
    }

    /// Has all workers hurry until that moment of the simulation.
    pub(crate) fn hurry_until(&self, moment: Duration, with: Hurry) {
        let moment = u64::try_from(moment.as_millis()).unwrap_or(u64::MAX);
        *lock(&self.hurry) = (moment, with);
    }

    /// With what workers hurry now. On a host.
    pub(crate) fn hurry(&self) -> Option<Hurry> {
        let now = turmoil::sim_elapsed().unwrap_or_default().as_millis();
        let (until, with) = *lock(&self.hurry);
        (now < u128::from(until)).then_some(with)
    }
}

/// What is behind a lock. Whoever panics here has failed the run already.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Counts somebody who is at something, until it is done or crashes.
pub(crate) struct Busy(Arc<Field>);

impl Busy {
    pub(crate) fn new(field: &Arc<Field>) -> Self {
        field.busy.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(field))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
