//! What the tests of operations run against: a replica of one, a vault, and callers who are roots of their accounts.

use super::put_parameter;
use crate::Ssm;
use access::quota::{self, Quota};
use access::{Authority, Caller, CallerKind, Directory, Standing};
use async_trait::async_trait;
use crypto::{DevSeal, KeyringFile, Vault};
use events::MemoryRecorder;
use futures::executor::block_on;
use kms::Kms;
use proto::Operation;
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use replica::testing::{Local, Tables};
use replica::{
    Machine, Outcome, Partition, Proposal, Region, Replica, RequestId, Timestamp, Unavailable, View, Writes,
};
use secretsmanager::SecretsManager;
use serde_json::{Value, json};
use service::{Call, Fault, Operations};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The account that calls unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Another account.
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
/// The access key of a root whose credential was switched off.
const INACTIVE: &str = "INACTIVE";

/// Every access key is that of a root, named by its account.
struct Roots;

impl Directory for Roots {
    fn standing(&self, _view: &dyn View, access_key_id: &str) -> Standing {
        match access_key_id.parse() {
            Ok(account) => Standing::ActiveRoot(account),
            Err(_) => Standing::Inactive,
        }
    }
}

/// A replica of one that keeps what was proposed, and whose node can be made to lag behind.
struct Watched {
    local: Local,
    proposed: Mutex<Vec<Proposal>>,
    frozen: Mutex<Option<Tables>>,
}

#[async_trait]
impl Replica for Watched {
    fn local(&self) -> Box<dyn View + '_> {
        let frozen = self.frozen.lock().expect("no test panics here").clone();
        Box::new(frozen.unwrap_or_else(|| self.local.tables()))
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        self.local.read().await
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        self.proposed.lock().expect("no test panics here").push(proposal.clone());
        self.local.propose(proposal).await
    }
}

/// A cluster of one.
pub(crate) struct World {
    ssm: Arc<Ssm>,
    kms: Arc<Kms>,
    secrets: Arc<SecretsManager>,
    replica: Arc<Watched>,
    recorder: Arc<MemoryRecorder>,
    calls: AtomicU64,
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let mut machine = Machine::new();
        super::register(&mut machine);
        kms::register(&mut machine);
        secretsmanager::register(&mut machine);
        let local = Local::new(machine, Timestamp::from_millis(1_700_000_000_123));
        let replica = Arc::new(Watched { local, proposed: Mutex::default(), frozen: Mutex::default() });
        let recorder = Arc::new(MemoryRecorder::default());
        let (authority, vault) = (Authority::new(Arc::new(Roots)), Arc::new(open_vault()));
        let shared: Arc<dyn Replica> = replica.clone();
        let kms = Kms::new(Arc::clone(&shared), authority.clone(), Arc::clone(&vault), recorder.clone());
        let kms = Arc::new(kms);
        let secrets = SecretsManager::new(
            Arc::clone(&shared),
            authority.clone(),
            Arc::clone(&vault),
            Arc::clone(&kms),
            recorder.clone(),
        );
        let secrets = Arc::new(secrets);
        let ssm = Arc::new(Ssm::new(shared, authority, vault, Arc::clone(&kms), Arc::clone(&secrets)));
        Self { ssm, kms, secrets, replica, recorder, calls: AtomicU64::new(0) }
    }

    pub(crate) fn ssm(&self) -> Arc<Ssm> {
        Arc::clone(&self.ssm)
    }

    pub(crate) fn tables(&self) -> Tables {
        self.replica.local.tables()
    }

    /// Whether a command or a row holds the text.
    pub(crate) fn written_anywhere(&self, text: &str) -> bool {
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let rows = self.tables().scan(&[], &[], usize::MAX);
        let proposed = self.replica.proposed.lock().expect("no test panics here");
        rows.iter().any(|(key, value)| holds(key) || holds(value)) || proposed.iter().any(|p| holds(&p.body))
    }

    /// From now on the node's own tables stay as they are, behind the cluster's.
    pub(crate) fn freeze_local(&self) {
        *self.replica.frozen.lock().expect("no test panics here") = Some(self.tables());
    }

    /// Sets a limit of the account that calls.
    pub(crate) fn set_limit(&self, quota: Quota, limit: u64) {
        let mut writes = Writes::new();
        quota::set_limit(&mut writes, &ACCOUNT.parse().expect("an account"), quota, Some(limit));
        self.replica.local.commit(&writes);
    }

    /// The events of the services behind this one: operation and error code.
    pub(crate) fn inner_events(&self) -> Vec<String> {
        let records = self.recorder.records();
        records.iter().map(|r| format!("{} {}", r.event_name, r.error_code.clone().unwrap_or_default())).collect()
    }

    /// A call of its own by the root of `account`.
    pub(crate) fn call(&self, account: &str) -> Call {
        let id = u128::from(self.calls.fetch_add(1, Ordering::SeqCst)) << 64;
        Call { proposal_id: RequestId(id.to_be_bytes()), ..call_of(account) }
    }

    /// The events of the services behind this one, with everything in them.
    pub(crate) fn inner_records(&self) -> String {
        serde_json::to_string(&self.recorder.records()).expect("JSON")
    }

    /// A call by a root whose credential was switched off.
    pub(crate) fn call_by_inactive(&self) -> Call {
        let mut call = self.call(ACCOUNT);
        call.caller.access_key_id = INACTIVE.to_owned();
        call
    }

    /// Runs an operation as `call`.
    pub(crate) fn run_as<Rq, Rs, Fut>(
        &self,
        call: &Call,
        run: impl Fn(Arc<Ssm>, Call, Rq) -> Fut,
        request: Rq,
    ) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        block_on(run(self.ssm(), call.clone(), request))
    }

    /// Runs an operation as the account's root.
    pub(crate) fn run<Rq, Rs, Fut>(&self, run: impl Fn(Arc<Ssm>, Call, Rq) -> Fut, request: Rq) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        self.run_as(&self.call(ACCOUNT), run, request)
    }

    /// The answer as text: JSON or `code: message`.
    pub(crate) fn answer<Rq, Rs, Fut>(&self, run: impl Fn(Arc<Ssm>, Call, Rq) -> Fut, request: Rq) -> String
    where
        Fut: Future<Output = Result<Rs, Fault>>,
        Rs: serde::Serialize,
    {
        match self.run(run, request) {
            Ok(response) => serde_json::to_string_pretty(&response).expect("responses are JSON"),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        }
    }

    /// Writes a parameter; its version.
    pub(crate) fn put(&self, name: &str, kind: ParameterType, value: &str) -> i64 {
        let request = PutParameterRequest { overwrite: Some(true), ..put_request(name, kind, value) };
        self.run(put_parameter::run, request).expect("put").version.expect("given")
    }

    /// Runs an operation of the Key Management Service, by name, with a body as in AWS JSON.
    pub(crate) fn kms(&self, operation: &'static str, body: Value) -> Value {
        let mut wanted = OneOf { service: &self.kms, call: self.call(ACCOUNT), operation, body, answer: None };
        kms::operations(&mut wanted);
        wanted.answer.expect("the operation is built").expect("the operation succeeds")
    }

    /// Runs an operation of Secrets Manager, as [`World::kms`] does.
    pub(crate) fn secrets(&self, operation: &'static str, body: Value) -> Value {
        let mut wanted = OneOf { service: &self.secrets, call: self.call(ACCOUNT), operation, body, answer: None };
        secretsmanager::operations(&mut wanted);
        wanted.answer.expect("the operation is built").expect("the operation succeeds")
    }

    /// Makes a customer's key; its ARN.
    pub(crate) fn create_key(&self) -> String {
        self.kms("CreateKey", json!({}))["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }
}

/// Runs the one operation that it is after when the list comes to it.
struct OneOf<'a, S> {
    service: &'a Arc<S>,
    call: Call,
    operation: &'static str,
    body: Value,
    answer: Option<Result<Value, Fault>>,
}

impl<S: Send + Sync + 'static> Operations<S> for OneOf<'_, S> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        if Rq::NAME != self.operation {
            return;
        }
        let request: Rq = serde_json::from_value(self.body.clone()).expect("a body that the operation reads");
        let answer = block_on(run(Arc::clone(self.service), self.call.clone(), request));
        self.answer = Some(answer.map(|answer| serde_json::to_value(&answer).expect("JSON")));
    }
}

/// A request that creates.
pub(crate) fn put_request(name: &str, kind: ParameterType, value: &str) -> PutParameterRequest {
    PutParameterRequest {
        name: Some(name.to_owned()),
        r#type: Some(kind.into()),
        value: Some(value.to_owned()),
        ..PutParameterRequest::default()
    }
}

/// A call by the root of `account`.
pub(crate) fn call_of(account: &str) -> Call {
    let region: Region = "us-east-1".parse().expect("a Region");
    let id = account.parse().expect("an account");
    Call {
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        proposal_id: RequestId([0; 16]),
        caller: Caller::root(CallerKind::Root, id, &Partition::of(&region), account),
        region,
        received_at: Timestamp::from_millis(1_700_000_000_000),
        source_ip: [127, 0, 0, 1].into(),
        user_agent: String::new(),
        secure_transport: false,
        via: None,
    }
}

fn open_vault() -> Vault {
    let folder = tempfile::tempdir().expect("a folder");
    let file =
        KeyringFile { path: folder.path().join("keyring"), region: "us-east-1".to_owned(), cluster_id: "c".to_owned() };
    let vault = Vault::locked();
    let seal = DevSeal::open(folder.path(), true).expect("a seal");
    vault.generate(&seal, &file).expect("a keyring");
    vault
}
