//! What the test builds do at the places that the product leaves empty.

use crate::Bug;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names the bug to plant in a process: one of [`Bug::ALL`], or several separated by commas.
pub const BUG_VARIABLE: &str = "LOCKSTEP_PLANTED_BUG";
/// Names the point at which a process ends, `store.append.written`, or with how many times it is passed before,
/// `store.append.written:7`.
pub const CRASH_VARIABLE: &str = "LOCKSTEP_CRASH_AT";
/// Names points at which a process lingers, each with milliseconds, separated by commas: `raft.apply.begun=200`. What is
/// right at any speed stays right; what is wrong for a moment is wrong for longer.
pub const SLOW_VARIABLE: &str = "LOCKSTEP_SLOW_AT";

/// What a process says on its standard error, with the point's name behind it, before it ends at a crash point.
pub const CRASH_SAID: &str = "crashed at the point";

static PLANTED: AtomicU64 = AtomicU64::new(0);
static PASSED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

thread_local! {
    static DICE: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

/// Plants `bugs`, and no others, in this process.
pub fn plant(bugs: &[Bug]) {
    PLANTED.store(bugs.iter().map(|bug| 1 << *bug as u8).sum(), Ordering::SeqCst);
}

pub(crate) fn is_planted(bug: Bug) -> bool {
    PLANTED.load(Ordering::Relaxed) & (1 << bug as u8) != 0
}

/// Does what the environment says. At the start of a process.
///
/// # Panics
/// When the environment names what does not exist: a run that broke nothing would prove nothing.
pub fn arm_from_environment() {
    if let Ok(names) = std::env::var(BUG_VARIABLE) {
        let bugs: Vec<Bug> = names.split(',').map(|name| name.parse().expect("a bug's name")).collect();
        plant(&bugs);
    }
    if let Ok(points) = std::env::var(SLOW_VARIABLE) {
        for (name, millis) in points.split(',').map(|point| point.split_once('=').expect("a point and how long")) {
            fail::cfg(name, &format!("sleep({millis})")).expect("milliseconds");
        }
    }
    if let Ok(text) = std::env::var(CRASH_VARIABLE) {
        let (name, before) = text.split_once(':').unwrap_or((&text, "0"));
        crash_at(name, before.parse().expect("how many times the point is passed"));
    }
}

/// Ends the process at a point, as a power cut would. It says so first, to whoever wants to know that the point was
/// reached.
fn crash_at(name: &str, before: u64) {
    let (passed, said) = (AtomicU64::new(0), format!("{CRASH_SAID} {name}\n"));
    let crash = move || {
        if passed.fetch_add(1, Ordering::SeqCst) == before {
            // Nothing is left to do about an output that is gone.
            let _ = std::io::stderr().write_all(said.as_bytes());
            std::process::abort();
        }
    };
    fail::cfg_callback(name, crash).expect("a crash point takes a callback");
}

pub(crate) fn pass(name: &'static str) {
    PASSED.lock().expect("nobody panics while holding this").insert(name);
    let _: Option<()> = fail::eval(name, |_| ());
}

/// The points that this process has passed so far.
pub fn points_passed() -> Vec<&'static str> {
    PASSED.lock().expect("nobody panics while holding this").iter().copied().collect()
}

/// Sows this thread's dice, or takes them away.
pub fn sow(seed: Option<u64>) {
    DICE.with_borrow_mut(|dice| *dice = seed.map(StdRng::seed_from_u64));
}

/// Runs `use_dice` with this thread's dice, if there are any.
pub fn dice<T>(use_dice: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    DICE.with_borrow_mut(|dice| dice.as_mut().map(use_dice))
}

pub(crate) fn roll(bytes: &mut [u8]) -> bool {
    dice(|dice| dice.fill_bytes(bytes)).is_some()
}
