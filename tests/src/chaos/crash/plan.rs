//! Which step brings a node to which point. Every point of the sources has a row here; a test compares the two.

/// What has to be done for a node to pass a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It follows, and serves clients.
    Follow,
    /// It leads, and serves clients.
    Lead,
    /// The leader is killed.
    Vote,
    /// It leads and is asked to hand over.
    HandOver,
    /// Another leader hands over to it.
    TakeOver,
    /// It writes until a snapshot is due.
    Snapshot,
    /// It was away for longer than the log reaches back.
    Install,
    /// It led, wrote what nobody else has, and comes back to another leader.
    Truncate,
    /// An operator asks it for a new version of the keyring.
    Rotate,
    /// Another node does, and it takes the new version.
    TakeKeyring,
    /// An operator asks it for a new certificate.
    Renew,
    /// Its database is lost, and an operator has it rebuilt.
    Rebuild,
    /// Something is due while it leads.
    Due,
    /// It makes a cluster.
    Begin,
    /// It makes a cluster of a file.
    Restore,
    /// It joins a cluster; the number says how often it passes the point before.
    Join(u64),
    /// It leads while another node joins.
    Admit,
    /// It leads while another node takes the place of a third.
    Replace,
    /// An operator asks it to remove another node.
    Remove,
}

/// Every point, and the way to it.
pub fn plan() -> Vec<(&'static str, Way)> {
    use Way::*;
    vec![
        ("crypto.file.aside", Rotate),
        ("crypto.file.created", Begin),
        ("crypto.file.replaced", Rotate),
        ("crypto.keyring.written", Rotate),
        ("events.line.writing", Follow),
        ("gateway.answer.recorded", Follow),
        ("gateway.call.done", Lead),
        ("gateway.call.verified", Follow),
        ("node.admit.numbered", Admit),
        ("node.birth.agreed", Begin),
        ("node.birth.begun", Begin),
        ("node.birth.claimed", Begin),
        ("node.birth.credential", Begin),
        ("node.birth.identity", Begin),
        ("node.birth.initialized", Begin),
        ("node.birth.keyring", Begin),
        ("node.file.renamed", Join(1)),
        ("node.file.written", Join(0)),
        ("node.join.admitted", Join(0)),
        ("node.join.claimed", Join(0)),
        ("node.join.identity", Join(0)),
        ("node.join.key", Join(0)),
        ("node.join.keyring", Join(0)),
        ("node.keyring.taken", TakeKeyring),
        ("node.rebuild.announced", Rebuild),
        ("node.rebuild.emptied", Rebuild),
        ("node.rebuild.identified", Rebuild),
        ("node.removal.said", Remove),
        ("node.renewal.signed", Renew),
        ("node.renewal.written", Renew),
        ("node.restore.begun", Restore),
        ("node.restore.founded", Restore),
        ("node.restore.loaded", Restore),
        ("node.rotation.committed", Rotate),
        ("node.rotation.prepared", Rotate),
        ("node.rotation.spread", Rotate),
        ("node.steward.adding", Admit),
        ("node.steward.promoting", Admit),
        ("node.steward.replacing", Replace),
        ("node.steward.retiring", Replace),
        ("node.timer.proposing", Due),
        ("raft.append.answering", Follow),
        ("raft.apply.answered", Lead),
        ("raft.apply.begun", Follow),
        ("raft.apply.committed", Lead),
        ("raft.apply.decided", Follow),
        ("raft.apply.evicted", Follow),
        ("raft.apply.shown", Lead),
        ("raft.committed.saving", Follow),
        ("raft.install.done", Install),
        ("raft.install.received", Install),
        ("raft.install.shown", Install),
        ("raft.membership.agreed", Admit),
        ("raft.propose.forwarded_answer", Lead),
        ("raft.propose.forwarding", Follow),
        ("raft.propose.stamped", Lead),
        ("raft.propose.tried", Follow),
        ("raft.purge.recorded", Snapshot),
        ("raft.read.answering", Lead),
        ("raft.read.asked", Follow),
        ("raft.read.passed", Follow),
        ("raft.snapshot.built", Snapshot),
        ("raft.transfer.taken", TakeOver),
        ("raft.transfer.triggered", HandOver),
        ("raft.truncate.begun", Truncate),
        ("raft.vote.answering", Vote),
        ("raft.vote.saved", Vote),
        ("raft.vote.saving", Vote),
        ("raft.write.agreed", Lead),
        ("store.answers.due", Follow),
        ("store.answers.given", Lead),
        ("store.append.begun", Lead),
        ("store.append.queued", Follow),
        ("store.append.written", Follow),
        ("store.commit.begun", Follow),
        ("store.install.adopted", Install),
        ("store.install.begun", Install),
        ("store.install.dropped", Install),
        ("store.install.half_loaded", Install),
        ("store.install.loaded", Install),
        ("store.install.named", Install),
        ("store.install.switched", Install),
        ("store.mark.half_lowered", Truncate),
        ("store.mark.raising", Follow),
        ("store.purge.begun", Snapshot),
        ("store.purge.done", Snapshot),
        ("store.receive.begun", Install),
        ("store.receive.piece", Install),
        ("store.receive.synced", Install),
        ("store.snapshot.adopted", Snapshot),
        ("store.snapshot.named", Snapshot),
        ("store.snapshot.switched", Snapshot),
        ("store.snapshot.synced", Snapshot),
        ("store.snapshot.written", Snapshot),
        ("store.sync.begun", Lead),
        ("store.sync.done", Follow),
        ("store.truncate.done", Truncate),
        ("store.truncate.lowered", Truncate),
    ]
}

/// A few for every run of the tests: of the log, of apply, of a vote, of a snapshot and of an answer.
pub const HANDFUL: [&str; 5] = [
    "store.append.written",
    "raft.apply.committed",
    "raft.vote.saved",
    "store.snapshot.named",
    "gateway.answer.recorded",
];
