//! What the clients of a run saw: every call with the moment it was made, the moment it was answered, and the answer.
//! One clock for all of them, monotonic, in nanoseconds since the run began.

use serde::Serialize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Instant;

/// One resource of the load. Numbers count within the kind, and name the resource for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Resource {
    /// A customer managed key.
    Key(u32),
    /// An alias.
    Alias(u32),
    /// A parameter.
    Parameter(u32),
    /// A secret.
    Secret(u32),
}

/// What was asked of a resource. Values and versions of secrets are numbers, from which their texts are made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum Call {
    /// DescribeKey.
    DescribeKey,
    /// EnableKey.
    EnableKey,
    /// DisableKey.
    DisableKey,
    /// ScheduleKeyDeletion.
    ScheduleKeyDeletion,
    /// CancelKeyDeletion.
    CancelKeyDeletion,
    /// RotateKeyOnDemand.
    RotateKey,
    /// Encrypt, Decrypt or GenerateDataKey.
    UseKey(&'static str),
    /// Decrypt under another encryption context than the ciphertext's.
    DecryptElsewhere,
    /// CreateAlias, to this key.
    CreateAlias(u32),
    /// UpdateAlias, to this key.
    UpdateAlias(u32),
    /// DeleteAlias.
    DeleteAlias,
    /// DescribeKey by the alias.
    ResolveAlias,
    /// PutParameter.
    PutParameter {
        /// The value.
        value: u32,
        /// Whether it may replace one.
        overwrite: bool,
    },
    /// GetParameter.
    GetParameter,
    /// DeleteParameter.
    DeleteParameter,
    /// GetParameterHistory.
    GetParameterHistory,
    /// PutSecretValue under this version, which becomes AWSCURRENT.
    PutSecretValue(u32),
    /// GetSecretValue of the stage AWSCURRENT.
    GetCurrent,
    /// GetSecretValue of the stage AWSPREVIOUS.
    GetPrevious,
    /// UpdateSecretVersionStage: AWSCURRENT goes from one version to another.
    MoveCurrent {
        /// Where it has to be.
        from: u32,
        /// Where it goes.
        to: u32,
    },
    /// DescribeSecret.
    DescribeSecret,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum Answer {
    /// Nothing but that it is done.
    Done,
    /// A key's state, as AWS spells it.
    State(String),
    /// The key that an alias names.
    Target(u32),
    /// A parameter's version.
    Version(u64),
    /// A parameter's version and value.
    Value {
        /// The version.
        version: u64,
        /// The value.
        value: u32,
    },
    /// The values of all versions of a parameter, from the first.
    Values(Vec<u32>),
    /// A version of a secret, whose value is of that version.
    SecretVersion(u32),
    /// Where AWSCURRENT and AWSPREVIOUS are.
    Stages {
        /// The version with AWSCURRENT.
        current: u32,
        /// The version with AWSPREVIOUS.
        previous: Option<u32>,
    },
    /// AWS's code of a refusal that says something about the resource.
    Refused(String),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// With an answer, which may be a refusal.
    Answered(Answer),
    /// It had no effect and says nothing about the resource.
    Failed(String),
    /// It may have taken effect, or may yet.
    Unknown(String),
}

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// The logical client, which has one call under way at a time, and makes none after an unknown one.
    pub client: u32,
    /// The node that a pinned client asks; `None` for one that knows all.
    pub node: Option<usize>,
    /// What was asked of.
    pub resource: Resource,
    /// What was asked.
    pub call: Call,
    /// When, in nanoseconds since the run began.
    pub invoked: u64,
    /// When it ended.
    pub ended: Option<u64>,
    /// How.
    pub outcome: Option<Outcome>,
}

/// All calls of a run.
pub struct History {
    begun: Instant,
    records: Mutex<Vec<Record>>,
    clients: AtomicU32,
    answered: AtomicUsize,
}

/// A call under way.
#[derive(Debug, Clone, Copy)]
pub struct Pending(usize);

impl History {
    /// An empty one, whose clock starts now.
    pub fn begin() -> Self {
        let (clients, answered) = (AtomicU32::new(0), AtomicUsize::new(0));
        Self { begun: Instant::now(), records: Mutex::default(), clients, answered }
    }

    /// One with these calls, on the same clock.
    pub fn from(&self, records: Vec<Record>) -> Self {
        let clients = AtomicU32::new(self.clients.load(Ordering::Relaxed));
        let answered = AtomicUsize::new(records.iter().filter(|record| record.is_answered()).count());
        Self { begun: self.begun, records: Mutex::new(records), clients, answered }
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).expect("a run is shorter than 500 years")
    }

    /// A client number that nobody has had.
    pub fn new_client(&self) -> u32 {
        self.clients.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes that a call is being made.
    pub fn invoke(&self, client: u32, node: Option<usize>, resource: Resource, call: Call) -> Pending {
        let mut records = self.lock();
        records.push(Record { client, node, resource, call, invoked: self.now(), ended: None, outcome: None });
        Pending(records.len() - 1)
    }

    /// Notes how it ended.
    pub fn end(&self, pending: Pending, outcome: Outcome) {
        let now = self.now();
        self.answered.fetch_add(usize::from(matches!(outcome, Outcome::Answered(_))), Ordering::Relaxed);
        let record = &mut self.lock()[pending.0];
        (record.ended, record.outcome) = (Some(now), Some(outcome));
    }

    /// Everything so far.
    pub fn records(&self) -> Vec<Record> {
        self.lock().clone()
    }

    /// How many calls were answered so far.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Whether it changes something.
    pub fn changes(&self) -> bool {
        !matches!(
            self,
            Self::DescribeKey
                | Self::UseKey(_)
                | Self::DecryptElsewhere
                | Self::ResolveAlias
                | Self::GetParameter
                | Self::GetParameterHistory
                | Self::GetCurrent
                | Self::GetPrevious
                | Self::DescribeSecret
        )
    }
}

impl Record {
    /// Whether it was answered, if only by a refusal.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Answered(_)))
    }
}
