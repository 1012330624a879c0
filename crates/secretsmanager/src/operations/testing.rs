//! What the tests of operations run against: a replica of one, a vault, and callers who are roots of their accounts.

use super::{create_secret, put_secret_value};
use crate::SecretsManager;
use crate::tables::{self, SecretRecord};
use access::quota::{self, Quota};
use access::{Authority, Caller, CallerKind, Directory, Standing};
use async_trait::async_trait;
use crypto::{DevSeal, KeyringFile, Vault};
use events::MemoryRecorder;
use futures::executor::block_on;
use kms::Kms;
use proto::Operation;
use proto::secretsmanager::v1::{CreateSecretRequest, PutSecretValueRequest};
use replica::testing::{Local, Tables};
use replica::{
    Machine, Outcome, Partition, Proposal, Region, Replica, RequestId, Timestamp, Unavailable, View, Writes, due,
};
use serde_json::{Value, json};
use service::{Call, Fault, Operations};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The account that calls unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Another account.
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
/// The token of first versions.
pub(crate) const TOKEN: &str = "00000000-0000-4000-8000-000000000001";
/// Another token.
pub(crate) const TOKEN_2: &str = "00000000-0000-4000-8000-000000000002";
/// A third token.
pub(crate) const TOKEN_3: &str = "00000000-0000-4000-8000-000000000003";
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
    secrets: Arc<SecretsManager>,
    kms: Arc<Kms>,
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
        let local = Local::new(machine, Timestamp::from_millis(1_700_000_000_123));
        let replica = Arc::new(Watched { local, proposed: Mutex::default(), frozen: Mutex::default() });
        let recorder = Arc::new(MemoryRecorder::default());
        let (authority, vault) = (Authority::new(Arc::new(Roots)), Arc::new(open_vault()));
        let shared: Arc<dyn Replica> = replica.clone();
        let kms = Kms::new(Arc::clone(&shared), authority.clone(), Arc::clone(&vault), recorder.clone());
        let kms = Arc::new(kms);
        let secrets = SecretsManager::new(shared, authority, vault, Arc::clone(&kms), recorder.clone());
        Self { secrets: Arc::new(secrets), kms, replica, recorder, calls: AtomicU64::new(0) }
    }

    pub(crate) fn secrets(&self) -> Arc<SecretsManager> {
        Arc::clone(&self.secrets)
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

    /// Writes rows past every command.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Writes)) {
        let mut writes = Writes::new();
        change(&mut writes);
        self.replica.local.commit(&writes);
    }

    /// Sets a limit of the account that calls.
    pub(crate) fn set_limit(&self, quota: Quota, limit: u64) {
        let account = ACCOUNT.parse().expect("an account");
        self.write(|writes| quota::set_limit(writes, &account, quota, Some(limit)));
    }

    /// The events that were recorded here: operation and error code.
    pub(crate) fn events(&self) -> Vec<String> {
        let records = self.recorder.records();
        records.iter().map(|r| format!("{} {}", r.event_name, r.error_code.clone().unwrap_or_default())).collect()
    }

    /// The events as JSON.
    pub(crate) fn records(&self) -> String {
        serde_json::to_string(&self.recorder.records()).expect("JSON")
    }

    /// A call of its own by the root of `account`.
    pub(crate) fn call(&self, account: &str) -> Call {
        let id = u128::from(self.calls.fetch_add(1, Ordering::SeqCst)) << 64;
        Call { proposal_id: RequestId(id.to_be_bytes()), ..call_of(account) }
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
        run: impl Fn(Arc<SecretsManager>, Call, Rq) -> Fut,
        request: Rq,
    ) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        block_on(run(self.secrets(), call.clone(), request))
    }

    /// Runs an operation as the account's root.
    pub(crate) fn run<Rq, Rs, Fut>(
        &self,
        run: impl Fn(Arc<SecretsManager>, Call, Rq) -> Fut,
        request: Rq,
    ) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        self.run_as(&self.call(ACCOUNT), run, request)
    }

    /// The answer as text: JSON or `code: message`.
    pub(crate) fn answer<Rq, Rs, Fut>(&self, run: impl Fn(Arc<SecretsManager>, Call, Rq) -> Fut, request: Rq) -> String
    where
        Fut: Future<Output = Result<Rs, Fault>>,
        Rs: serde::Serialize,
    {
        match self.run(run, request) {
            Ok(response) => hide_suffix(&serde_json::to_string_pretty(&response).expect("responses are JSON")),
            Err(fault) => hide_suffix(&format!("{}: {}", fault.code, fault.message)),
        }
    }

    /// Makes a secret with a value; its ARN.
    pub(crate) fn create(&self, name: &str, value: &str) -> String {
        self.run(create_secret::run, create_request(name, TOKEN, value)).expect("made").arn.expect("named")
    }

    /// Gives a secret a version.
    pub(crate) fn put(&self, name: &str, token: &str, value: &str) {
        let request = PutSecretValueRequest {
            secret_id: Some(name.to_owned()),
            client_request_token: Some(token.to_owned()),
            secret_string: Some(value.to_owned()),
            ..PutSecretValueRequest::default()
        };
        self.run(put_secret_value::run, request).expect("put");
    }

    /// The row of a secret.
    pub(crate) fn record(&self, name: &str) -> Option<SecretRecord> {
        tables::secret(&self.tables(), &ACCOUNT.parse().expect("an account"), name)
    }

    /// Moves the leader's clock.
    pub(crate) fn set_time(&self, at: Timestamp) {
        self.replica.local.set_time(at);
    }

    /// Proposes what is due at `at`, as the leader's timer does; how many commands that was.
    pub(crate) fn run_due(&self, at: Timestamp) -> usize {
        self.set_time(at);
        let due = due::until(&self.tables(), at, usize::MAX);
        for due in &due {
            let id = self.call(ACCOUNT).proposal_id;
            let proposal = Proposal { id, access: Vec::new(), kind: due.kind, body: due.body.clone() };
            let outcome = block_on(self.replica.propose(proposal)).expect("agreed");
            assert!(matches!(outcome, Outcome::Reply(_)), "{outcome:?}");
        }
        due.len()
    }

    /// Runs an operation of the Key Management Service, by name, with a body as in AWS JSON.
    pub(crate) fn kms(&self, operation: &'static str, body: Value) -> Value {
        let mut wanted = OneOf { world: self, operation, body, answer: None };
        kms::operations(&mut wanted);
        wanted.answer.expect("the operation is built").expect("the operation succeeds")
    }

    /// Makes a customer's key; its ARN.
    pub(crate) fn create_key(&self) -> String {
        self.kms("CreateKey", json!({}))["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }
}

/// Runs the one operation that it is after when the list comes to it.
struct OneOf<'a> {
    world: &'a World,
    operation: &'static str,
    body: Value,
    answer: Option<Result<Value, Fault>>,
}

impl Operations<Kms> for OneOf<'_> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: Operation,
        F: Fn(Arc<Kms>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        if Rq::NAME != self.operation {
            return;
        }
        let request: Rq = serde_json::from_value(self.body.clone()).expect("a body that the operation reads");
        let answer = block_on(run(Arc::clone(&self.world.kms), self.world.call(ACCOUNT), request));
        self.answer = Some(answer.map(|answer| serde_json::to_value(&answer).expect("JSON")));
    }
}

/// A request that creates.
pub(crate) fn create_request(name: &str, token: &str, value: &str) -> CreateSecretRequest {
    CreateSecretRequest {
        name: Some(name.to_owned()),
        client_request_token: Some(token.to_owned()),
        secret_string: Some(value.to_owned()),
        ..CreateSecretRequest::default()
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

/// A text with the drawn end of every ARN of a secret hidden.
fn hide_suffix(text: &str) -> String {
    let mut pieces = text.split(":secret:");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(['"', ' ']).unwrap_or(piece.len());
        let (resource, rest) = piece.split_at(end);
        let dot = if resource.ends_with('.') { "." } else { "" };
        let name = resource.trim_end_matches('.').rsplit_once('-').map_or(resource, |(name, _)| name);
        shown += &format!(":secret:{name}-<suffix>{dot}{rest}");
    }
    shown
}
