//! The kinds of faults, with how often each is drawn.

use crate::field::Hurry;

/// All of them, with their weights.
pub(crate) const KINDS: &[(Kind, u32)] = &[
    (Kind::Crash, 16),
    (Kind::CrashAll, 4),
    (Kind::CrashVoter, 9),
    (Kind::Restart, 6),
    (Kind::Partition, 10),
    (Kind::OneWay, 6),
    (Kind::Hold, 8),
    (Kind::Delay, 9),
    (Kind::SlowDisk, 10),
    (Kind::SyncFails, 8),
    (Kind::CrashInInstall, 12),
    (Kind::Membership, 8),
    (Kind::HandOver, 8),
    (Kind::ClockJump, 8),
];

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// One node loses its power, and of its unsynced writes all but a first part.
    Crash,
    /// All nodes do, at once.
    CrashAll,
    /// The leader does, and then, as a rule, a node that has just voted for the next one, before its disk synced of itself.
    CrashVoter,
    /// One node is stopped in an orderly way and started again.
    Restart,
    /// One node reaches nobody and is reached by nobody.
    Partition,
    /// One node is heard by nobody.
    OneWay,
    /// What one node and the others send each other is held back, and comes later.
    Hold,
    /// The way to one node is slow.
    Delay,
    /// One node's disk syncs nothing for a while.
    SlowDisk,
    /// A sync fails, and the process ends.
    SyncFails,
    /// A node that was away loses its power while it installs a snapshot.
    CrashInInstall,
    /// A node is taken in or removed.
    Membership,
    /// The lead is handed over.
    HandOver,
    /// The clock of one node jumps.
    ClockJump,
}

impl Kind {
    /// For reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Crash => "crash",
            Kind::CrashAll => "crash of all",
            Kind::CrashVoter => "crash after a vote",
            Kind::Restart => "restart",
            Kind::Partition => "partition",
            Kind::OneWay => "one-way partition",
            Kind::Hold => "held messages",
            Kind::Delay => "slow network",
            Kind::SlowDisk => "slow disk",
            Kind::SyncFails => "failed sync",
            Kind::CrashInInstall => "crash in an installation",
            Kind::Membership => "membership",
            Kind::HandOver => "handed over",
            Kind::ClockJump => "clock jump",
        }
    }

    /// How many of it meet the leader.
    pub(crate) fn share_of_leader(self) -> f64 {
        match self {
            // The leader falls first, and the voter is another.
            Kind::CrashVoter => 0.0,
            // A way that is slow for one follower tells more than one that is slow for all.
            Kind::Delay => 0.2,
            // Most of what can break stands at the leader.
            _ => 0.5,
        }
    }

    /// During how many of it clients hurry, and with what.
    pub(crate) fn hurry(self) -> (f64, Hurry) {
        match self {
            // Reads that wait for a slow answer meet writes that are faster.
            Kind::Delay => (1.0, Hurry::OneRegister),
            // Reads meet the new leader as early as they can, after writes that the former one has just answered.
            Kind::CrashVoter => (0.6, Hurry::OneRegister),
            Kind::Crash | Kind::HandOver => (0.2, Hurry::OneRegister),
            // Attempts wait for the others, and their repeats do not.
            Kind::Partition | Kind::OneWay | Kind::Hold => (0.4, Hurry::Fleeting),
            _ => (0.0, Hurry::OneRegister),
        }
    }

    /// Whether it is about the links between nodes: the network does not mix these.
    pub(crate) fn is_on_links(self) -> bool {
        matches!(self, Kind::Partition | Kind::OneWay | Kind::Hold | Kind::Delay)
    }
}
