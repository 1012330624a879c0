//! Commands to test with.

use raft::Node;
use replica::{
    Applied, Command, Key, Machine, Outcome, Proposal, Refusal, Replica as _, RequestId, Table, Timestamp, Unavailable,
    View, Writes,
};

/// Sets a row, and counts how often it was set.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Put {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// Sets a row that must not be there.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Claim {
    #[prost(string, tag = "1")]
    pub key: String,
}

/// Removes a row.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Release {
    #[prost(string, tag = "1")]
    pub key: String,
}

/// Panics in apply.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Boom {}

/// How often a key was set, and when by the leader's stamp.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PutReply {
    #[prost(uint64, tag = "1")]
    pub times: u64,
    #[prost(uint64, tag = "2")]
    pub at: u64,
}

pub fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.register::<Put>();
    machine.register::<Claim>();
    machine.register::<Boom>();
    machine.register::<Release>();
    machine
}

fn row(key: &str) -> Key {
    Key::cluster(Table::Events).text("row").text(key)
}

fn times(view: &dyn View, key: &Key) -> u64 {
    view.get(key.as_bytes()).map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().expect("eight bytes")))
}

impl Command for Put {
    const KIND: u32 = 9_001;
    type Reply = PutReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<PutReply> {
        let counter = Key::cluster(Table::Events).text("times").text(&self.key);
        let times = times(view, &counter) + 1;
        let mut writes = Writes::new();
        writes.put(row(&self.key), self.value.as_bytes());
        writes.put(counter, times.to_be_bytes());
        writes.evict(self.key.as_bytes());
        Applied::reply(writes, PutReply { times, at: at.as_millis() })
    }
}

impl Command for Claim {
    const KIND: u32 = 9_002;
    type Reply = PutReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<PutReply> {
        if has(view, &self.key) {
            return Applied::refused(Refusal::new(1, [self.key]));
        }
        let mut writes = Writes::new();
        writes.put(row(&self.key), b"claimed".as_slice());
        Applied::reply(writes, PutReply { times: 1, at: at.as_millis() })
    }
}

impl Command for Release {
    const KIND: u32 = 9_004;
    type Reply = PutReply;

    fn apply(self, at: Timestamp, _view: &dyn View) -> Applied<PutReply> {
        let mut writes = Writes::new();
        writes.delete(row(&self.key));
        Applied::reply(writes, PutReply { times: 0, at: at.as_millis() })
    }
}

impl Command for Boom {
    const KIND: u32 = 9_003;
    type Reply = PutReply;

    fn apply(self, _at: Timestamp, _view: &dyn View) -> Applied<PutReply> {
        panic!("a command that does not survive its apply");
    }
}

/// Proposes `command` under an id made of `id`.
pub async fn propose<C: Command>(node: &Node, id: u64, command: C) -> Result<Outcome, Unavailable> {
    node.propose(proposal(id, command)).await
}

/// Proposes it as somebody who proposed it before and had no answer.
pub async fn propose_again<C: Command>(node: &Node, id: u64, command: C) -> Result<Outcome, Unavailable> {
    node.propose(Proposal { is_repeat: true, ..proposal(id, command) }).await
}

fn proposal<C: Command>(id: u64, command: C) -> Proposal {
    let id = RequestId(u128::from(id).to_be_bytes());
    Proposal { id, is_repeat: false, access: Vec::new(), kind: C::KIND, body: command.encode_to_vec() }
}

pub fn value(view: &dyn View, key: &str) -> Option<String> {
    view.get(row(key).as_bytes()).map(|bytes| String::from_utf8(bytes).expect("text"))
}

pub fn has(view: &dyn View, key: &str) -> bool {
    value(view, key).is_some()
}
