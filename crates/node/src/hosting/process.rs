//! The hygiene of a process that holds keys: nothing of its memory reaches a disk, nothing it writes is others' to read,
//! and a panic does not print what it was working on.

use crate::{Config, NodeError};
use crypto::LockedMemory;
use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
    setrlimit, umask,
};
use std::io::Write as _;

/// To be called first of all, before any thread or file.
///
/// # Errors
/// When the system refuses; a process that holds keys should not go on then.
pub fn harden() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    umask(Mode::RWXG | Mode::RWXO);
    std::panic::set_hook(Box::new(|panic| {
        metrics::counter!("lockstep_panics_total").increment(1);
        // Only where: the payload may hold values, and values may be secret.
        let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        if tracing::dispatcher::has_been_set() {
            tracing::error!(place, "panic");
        } else {
            let _ = writeln!(std::io::stderr(), "lockstep: panic at {place}");
        }
    }));
    Ok(())
}

/// Locks the memory of keys, and says what of the process could still reach a disk.
///
/// # Errors
/// [`NodeError::Refused`] when memory cannot be locked and the configuration asks for it.
pub(crate) fn guard_memory(config: &Config) -> Result<(), NodeError> {
    let standing = crypto::reserve_locked_memory();
    measure();
    if let Some(text) = complaint(&standing) {
        if config.process.require_locked_memory {
            return Err(NodeError::Refused(format!("{text} ([process] require_locked_memory = true)")));
        }
        tracing::warn!("{text}");
    }
    let swap = swap_bytes();
    if swap > 0 {
        tracing::warn!(
            swap_bytes = swap,
            "this machine swaps: what callers send and get may be written to its swap device. Switch swap off, or forbid \
             it to this service (MemorySwapMax=0)"
        );
    }
    Ok(())
}

/// What is wrong with the memory of keys; `None` when nothing is.
fn complaint(standing: &LockedMemory) -> Option<String> {
    let LockedMemory { locked_bytes, unlocked_bytes, refusal } = standing;
    let refusal = refusal.as_ref()?;
    Some(format!(
        "{unlocked_bytes} bytes of the memory of keys cannot be locked, {locked_bytes} are; the system says: {refusal}. \
         Raise the limit of locked memory to 1 MiB or more (LimitMEMLOCK=, ulimit -l)"
    ))
}

/// What is locked and what is not, for the metrics.
#[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(crate) fn measure() {
    let LockedMemory { locked_bytes, unlocked_bytes, .. } = crypto::locked_memory();
    metrics::gauge!("lockstep_key_memory_locked_bytes").set(locked_bytes as f64);
    metrics::gauge!("lockstep_key_memory_unlocked_bytes").set(unlocked_bytes as f64);
    metrics::gauge!("lockstep_swap_size_bytes").set(swap_bytes() as f64);
}

/// The size of the devices that this process may be swapped to. 0 also where a service manager hides them; one that hides
/// them can forbid swap, and ours does.
fn swap_bytes() -> u64 {
    std::fs::read_to_string("/proc/swaps").map_or(0, |swaps| sum_of_swaps(&swaps))
}

/// The third column of proc_swaps(5), below its heading, in kB.
fn sum_of_swaps(swaps: &str) -> u64 {
    let sizes = swaps.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok());
    sizes.sum::<u64>() * 1024
}

/// Has the system end this process with SIGTERM when its parent ends. `parent` is who the parent is believed to be.
///
/// # Errors
/// When the parent has ended already, or the system refuses.
pub fn die_with_parent(parent: u32) -> std::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let expected = i32::try_from(parent).ok().and_then(Pid::from_raw);
    if expected.is_none() || getppid() != expected {
        return Err(std::io::Error::other("the process that started this one has ended"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn memory_that_is_not_locked_is_told_of_with_its_cure() {
        let standing = |refusal: Option<&str>| LockedMemory {
            locked_bytes: 65_536,
            unlocked_bytes: 458_752,
            refusal: refusal.map(str::to_owned),
        };
        assert_eq!(complaint(&standing(None)), None);
        let text = complaint(&standing(Some("Cannot allocate memory"))).expect("a complaint");
        for part in ["458752 bytes", "65536 are", "Cannot allocate memory", "LimitMEMLOCK="] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    #[test]
    fn swap_devices_are_added_up() {
        let heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        for (lines, expected) in [
            ("", 0),
            ("/dev/dm-1 partition\t8388604\t\t0\t\t-2\n", 8_388_604 * 1024),
            ("/a file 4 0 -2\n/b file 8 0 -3\n", 12 * 1024),
        ] {
            assert_eq!(sum_of_swaps(&format!("{heading}{lines}")), expected, "{lines}");
        }
        assert_eq!(sum_of_swaps(""), 0);
    }

    #[test]
    fn a_hardened_process_leaves_no_core() {
        harden().expect("the system agrees");
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().expect("asked"), DumpableBehavior::NotDumpable);
        assert_eq!(umask(Mode::RWXG | Mode::RWXO), Mode::RWXG | Mode::RWXO);
    }
}
