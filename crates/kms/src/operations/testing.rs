//! What the tests of operations run against: a replica of one, a vault, and callers who are roots of their accounts.

mod steps;

use super::{create_key, describe_key, encrypt};
use crate::limits::DAY_MILLIS;
use crate::{Kms, operations};
use access::{Authority, Caller, CallerKind, Directory, Standing};
use crypto::{DevSeal, KeyringFile, Vault};
use events::{MemoryRecorder, Record};
use futures::executor::block_on;
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, EncryptRequest, EncryptResponse, KeyMetadata};
use regex::Regex;
use replica::cluster::{Birth, ClusterRecord};
use replica::testing::{Local, Tables};
use replica::{Machine, Outcome, Partition, Proposal, Region, Replica, RequestId, Row, Timestamp, View, Writes, due};
use service::{Call, Fault, Jobs};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The account that calls unless a test says otherwise.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Another account.
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
/// The access key of a root whose credential was switched off.
const INACTIVE: &str = "INACTIVE";
/// When a world begins.
const BEGINNING_MILLIS: u64 = 1_700_000_000_123;

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

/// A cluster of one.
pub(crate) struct World {
    kms: Arc<Kms>,
    replica: Arc<Local>,
    recorder: Arc<MemoryRecorder>,
    calls: AtomicU64,
    now_millis: AtomicU64,
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let mut machine = Machine::new();
        super::register(&mut machine);
        let replica = Arc::new(Local::new(machine, Timestamp::from_millis(BEGINNING_MILLIS)));
        let recorder = Arc::new(MemoryRecorder::default());
        let authority = Authority::new(Arc::new(Roots));
        let kms = Kms::new(replica.clone(), authority, Arc::new(open_vault()), recorder.clone());
        let (calls, now_millis) = (AtomicU64::new(0), AtomicU64::new(BEGINNING_MILLIS));
        let world = Self { kms: Arc::new(kms), replica, recorder, calls, now_millis };
        let cluster = ClusterRecord { region: "us-east-1".to_owned(), ..ClusterRecord::default() };
        let id = world.call(ACCOUNT).proposal_id;
        let birth = Birth { cluster: Some(cluster), keyring: None };
        block_on(replica::propose(&*world.replica, id, vec![], birth)).expect("a replica of one").expect("born");
        world
    }

    /// The leader's clock.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_millis.load(Ordering::SeqCst))
    }

    /// Lets time pass, and has done what is due by then, as the leader's timer does.
    pub(crate) fn pass_days(&self, days: u64) {
        self.pass_millis(days * DAY_MILLIS);
    }

    /// Lets time pass, and has done what is due by then, as the leader's timer does.
    pub(crate) fn pass_millis(&self, millis: u64) {
        let now = Timestamp::from_millis(self.now_millis.fetch_add(millis, Ordering::SeqCst) + millis);
        self.replica.set_time(now);
        let mut jobs = Jobs::new();
        operations::jobs(&self.kms, &mut jobs);
        for due in due::until(&self.tables(), now, 100) {
            let (kind, id) = (due.kind, self.call(ACCOUNT).proposal_id);
            let body = block_on(jobs.prepare(due)).expect("prepared");
            let outcome = block_on(self.replica.propose(Proposal { id, access: vec![], kind, body }));
            assert!(matches!(outcome, Ok(Outcome::Reply(_))), "{outcome:?}");
        }
        assert_eq!(due::until(&self.tables(), now, 100), [], "what is due was done");
    }

    /// Changes rows directly: what is set by others.
    pub(crate) fn commit(&self, change: impl FnOnce(&mut Writes)) {
        let mut writes = Writes::new();
        change(&mut writes);
        self.replica.commit(&writes);
    }

    /// Every row but those that tell of commands and of time.
    pub(crate) fn state(&self) -> Vec<Row> {
        let bookkeeping = [replica::Table::Settings as u8, replica::Table::Requests as u8];
        let rows = replica::scan_all(&self.tables(), &[]);
        rows.into_iter().filter(|(row, _)| !bookkeeping.contains(&row[0])).collect()
    }

    pub(crate) fn kms(&self) -> Arc<Kms> {
        Arc::clone(&self.kms)
    }

    pub(crate) fn tables(&self) -> Tables {
        self.replica.tables()
    }

    /// What was recorded, oldest first.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.recorder.records()
    }

    /// Makes recording fail from now on.
    pub(crate) fn fail_to_record(&self) {
        self.recorder.set_failing(true);
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

    /// A call on the caller's behalf.
    pub(crate) fn call_through(&self, service: &str) -> Call {
        self.call(ACCOUNT).through(service, 0)
    }

    /// Runs an operation as `call`.
    pub(crate) fn run_as<Rq, Rs, Fut>(
        &self,
        call: &Call,
        run: impl Fn(Arc<Kms>, Call, Rq) -> Fut,
        request: Rq,
    ) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        block_on(run(self.kms(), call.clone(), request))
    }

    /// Runs an operation as the account's root.
    pub(crate) fn run<Rq, Rs, Fut>(&self, run: impl Fn(Arc<Kms>, Call, Rq) -> Fut, request: Rq) -> Result<Rs, Fault>
    where
        Fut: Future<Output = Result<Rs, Fault>>,
    {
        self.run_as(&self.call(ACCOUNT), run, request)
    }

    /// The answer as text: JSON or `code: message`, with what is random replaced.
    pub(crate) fn answer<Rq, Rs, Fut>(&self, run: impl Fn(Arc<Kms>, Call, Rq) -> Fut, request: Rq) -> String
    where
        Fut: Future<Output = Result<Rs, Fault>>,
        Rs: serde::Serialize,
    {
        let text = match self.run(run, request) {
            Ok(response) => serde_json::to_string_pretty(&response).expect("responses are JSON"),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        };
        let uuid = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
        let material = Regex::new("[0-9a-f]{64}").expect("a pattern");
        let text = uuid.replace_all(&text, "<key id>");
        material.replace_all(&text, "<material id>").into_owned()
    }

    /// Makes a key; its id.
    pub(crate) fn create_key(&self) -> String {
        self.create_key_as(&self.call(ACCOUNT))
    }

    /// Makes a key of the caller's account; its id.
    pub(crate) fn create_key_as(&self, call: &Call) -> String {
        let answer = self.run_as(call, create_key::run, CreateKeyRequest::default()).expect("made");
        answer.key_metadata.and_then(|key| key.key_id).expect("a key has an id")
    }

    /// What a key is.
    pub(crate) fn describe(&self, key_id: &str) -> KeyMetadata {
        let request = DescribeKeyRequest { key_id: Some(key_id.to_owned()), ..DescribeKeyRequest::default() };
        self.run(describe_key::run, request).expect("described").key_metadata.expect("given")
    }

    /// A ciphertext blob.
    pub(crate) fn encrypt(&self, key_id: &str, plaintext: &[u8], context: &BTreeMap<String, String>) -> Vec<u8> {
        let request = encrypt_request(key_id, plaintext, context);
        blob(self.run(encrypt::run, request).expect("encrypted"))
    }

    /// A ciphertext blob without context, made by `call`.
    pub(crate) fn encrypt_as(&self, call: &Call, key_id: &str, plaintext: &[u8]) -> Vec<u8> {
        blob(self.run_as(call, encrypt::run, encrypt_request(key_id, plaintext, &context(&[]))).expect("encrypted"))
    }

    /// A ciphertext blob, made by a service on the caller's behalf.
    pub(crate) fn encrypt_through(
        &self,
        service: &str,
        key_id: &str,
        plaintext: &[u8],
        context: &BTreeMap<String, String>,
    ) -> Vec<u8> {
        self.describe(key_id);
        let request = encrypt_request(key_id, plaintext, context);
        blob(self.kms.encrypt(&self.tables(), &self.call_through(service), &request).expect("encrypted"))
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

/// An encryption context.
pub(crate) fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn encrypt_request(key_id: &str, plaintext: &[u8], context: &BTreeMap<String, String>) -> EncryptRequest {
    EncryptRequest {
        key_id: Some(key_id.to_owned()),
        plaintext: Some(plaintext.to_vec().into()),
        encryption_context: context.clone(),
        ..EncryptRequest::default()
    }
}

fn blob(answer: EncryptResponse) -> Vec<u8> {
    answer.ciphertext_blob.expect("a blob").into()
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
