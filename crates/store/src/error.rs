//! What can go wrong on a disk.

/// How the system says that there is no room: strerror(3) of ENOSPC and EDQUOT.
const NO_ROOM: [&str; 2] = ["No space left on device", "Disk quota exceeded"];
/// How RocksDB says that bytes are not what it wrote, or are gone (`Status::ToString`).
const DAMAGE: [&str; 2] = ["Corruption", "IO error: No such file or directory"];

/// What can go wrong. Nothing here is retried on the same disk: a node whose disk fails ends. The one exception is
/// [`StoreError::Rejected`], where the disk is well and somebody else's snapshot is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The operating system or the engine failed.
    #[error("{action}: {cause}")]
    Engine {
        /// What was being done.
        action: &'static str,
        /// The engine's own words.
        cause: String,
    },
    /// There is no room on the disk. What was being done is not done, and can be when there is room.
    #[error("{action}: the disk is full")]
    Full {
        /// What was being done.
        action: &'static str,
    },
    /// Bytes on disk are not what was written.
    #[error("{what} is damaged")]
    Damaged {
        /// Which part.
        what: String,
    },
    /// What was received is not a whole snapshot. Nothing changed; it can be received again.
    #[error("the received snapshot is rejected: {cause}")]
    Rejected {
        /// What is wrong with it.
        cause: &'static str,
    },
}

impl StoreError {
    /// A failure of the engine or of the operating system, in its own words, from which its kind is read: neither
    /// RocksDB's errors nor the system's errors in them come any other way.
    pub(crate) fn engine(action: &'static str, cause: impl ToString) -> StoreError {
        let cause = cause.to_string();
        if NO_ROOM.iter().any(|words| cause.contains(words)) {
            return StoreError::Full { action };
        }
        if DAMAGE.iter().any(|words| cause.starts_with(words)) {
            return StoreError::damaged(format!("the database ({action}: {cause})"));
        }
        StoreError::Engine { action, cause }
    }

    /// Wraps the error of a library: `.map_err(StoreError::during("sync the log"))`.
    pub(crate) fn during<E: ToString>(action: &'static str) -> impl FnOnce(E) -> StoreError {
        move |cause| StoreError::engine(action, cause)
    }

    /// Bytes on disk are not what was written.
    pub(crate) fn damaged(what: impl Into<String>) -> StoreError {
        StoreError::Damaged { what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_error_is_read_from_its_words() {
        let check = |cause: &str, expected: &str| {
            assert_eq!(StoreError::engine("read the log", cause).to_string(), expected);
        };
        check(
            "Corruption: block checksum mismatch: stored = 1, computed = 2 in db/000012.sst",
            "the database (read the log: Corruption: block checksum mismatch: stored = 1, computed = 2 in \
             db/000012.sst) is damaged",
        );
        check(
            "IO error: No such file or directory: While open a file: db/MANIFEST-000005",
            "the database (read the log: IO error: No such file or directory: While open a file: db/MANIFEST-000005) \
             is damaged",
        );
        check("IO error: No space left on device: db/000013.log", "read the log: the disk is full");
        check("No space left on device (os error 28)", "read the log: the disk is full");
        check(
            "IO error: Input/output error: db/000013.log",
            "read the log: IO error: Input/output error: db/000013.log",
        );
    }
}
