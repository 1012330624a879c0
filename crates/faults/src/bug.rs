//! The bugs that can be planted: what a careless change could bring, and what the proof must notice.
//!
//! The list is that of the reliability rules, with three of its items turned into what this product has. There are no
//! leases to wait for: reads are confirmed by a quorum, and the counterpart is a leader that reads before its own entry.
//! There are no policies of several statements, and nobody outside can revoke a credential yet, so that a lost denial has
//! no counterpart that could be seen: in its place stands a proposal that is carried out twice.
//! Snapshots hold whole tables and no tombstones: the counterpart is a snapshot that is laid over the former rows.

use std::fmt;
use std::str::FromStr;

macro_rules! bugs {
    ($($(#[$what:meta])* $variant:ident = $name:literal,)+) => {
        /// A bug that a test plants, to see that chaos or simulation notices it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Bug {
            $($(#[$what])* $variant,)+
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &[Bug] = &[$(Bug::$variant),+];

            /// Its name on command lines.
            pub fn name(self) -> &'static str {
                match self {
                    $(Bug::$variant => $name,)+
                }
            }
        }
    };
}

bugs! {
    /// An append is acknowledged when it is written, and synced with whatever is synced next.
    AckBeforeFsync = "ack-before-fsync",
    /// A read looks at this node's tables without a barrier.
    ReadWithoutBarrier = "read-without-barrier",
    /// A read joins a ReadIndex round that was sent before it came.
    JoinRoundAlreadySent = "join-round-already-sent",
    /// The vote is not synced before it is given.
    SkipVoteFsync = "skip-vote-fsync",
    /// After a restart, entries that were applied are applied again.
    ApplyTwiceAfterRestart = "apply-twice-after-restart",
    /// A snapshot is laid over the former rows instead of replacing them: what was deleted meanwhile comes back.
    DropTombstoneInSnapshot = "drop-tombstone-in-snapshot",
    /// Messages are sealed under one nonce.
    ReuseNonce = "reuse-nonce",
    /// The encryption context is not authenticated.
    IgnoreContextInAad = "ignore-context-in-aad",
    /// A secret shows itself in Debug, and is logged so.
    LeakViaDebug = "leak-via-debug",
    /// Refused calls are not recorded.
    SkipAuditOnError = "skip-audit-on-error",
    /// A leader takes what it has applied for all there is, also before it has an entry of its own term.
    LeadBeforeOwnEntry = "lead-before-own-entry",
    /// Damage in the middle of the log is taken for a torn tail, and what follows is dropped in silence.
    TruncatingRecovery = "truncating-recovery",
    /// A proposal that is sent again, because its answer was lost, is carried out again.
    RepeatProposals = "repeat-proposals",
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Bug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Bug::ALL.iter().find(|bug| bug.name() == text).copied();
        found.ok_or_else(|| format!("no bug is called {text}"))
    }
}
