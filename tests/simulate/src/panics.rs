//! Panics of a run: kept with the thread on which the run is, instead of shown at once.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

thread_local! {
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps every panic from now on. Those that no run expects are shown at once too: a second one would end the program.
#[allow(clippy::print_stderr, reason = "what ends the program is said before it does")]
pub(crate) fn keep() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let text = format!("{} at {place}", text.unwrap_or("a panic without a text"));
        if !is_of_a_dead_disk(&text) {
            eprintln!("a panic: {text}");
        } else if std::env::var_os("SIMULATE_PANICS").is_some() {
            eprintln!("a panic: {text}\n{}", std::backtrace::Backtrace::force_capture());
        }
        PANICS.with_borrow_mut(|panics| panics.push(text));
    }));
}

/// Those of this thread since it was last asked.
pub(crate) fn take() -> Vec<String> {
    PANICS.with_borrow_mut(std::mem::take)
}

/// Whether a process ended for its disk, as it must.
pub(crate) fn is_of_a_dead_disk(reason: &str) -> bool {
    ["its power went off", "a sync failed before", "told to fail"].iter().any(|told| reason.contains(told))
        || reason.contains("the consensus stopped by itself")
}
