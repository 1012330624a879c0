//! The hygiene of a process that holds keys: nothing of its memory reaches a disk, nothing it writes is others' to read,
//! and a panic does not print what it was working on.

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
    fn a_hardened_process_leaves_no_core() {
        harden().expect("the system agrees");
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().expect("asked"), DumpableBehavior::NotDumpable);
        assert_eq!(umask(Mode::RWXG | Mode::RWXO), Mode::RWXG | Mode::RWXO);
    }
}
