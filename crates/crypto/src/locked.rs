//! Memory for keys that stay: pages that hold nothing else and are locked, so that no key is ever written to swap. A key
//! is wiped when it is let go, and its place is used again.
//!
//! The pages are this process's for good, which is what lets each place be lent out in safe Rust: a place is a
//! `&'static mut` to 32 bytes that moves between the list of free ones and one key. Where the system refuses to lock a
//! page, keys are kept all the same, and [`locked_memory`] says so; whether that will do is the operator's to decide.

use crate::limits::{LOCKED_BYTES_PER_GROWTH, LOCKED_BYTES_RESERVED};
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroize as _;

/// How the memory of keys stands. In bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedMemory {
    /// Locked: never on a swap device.
    pub locked_bytes: usize,
    /// Asked for and refused.
    pub unlocked_bytes: usize,
    /// What the system said when it refused last.
    pub refusal: Option<String>,
}

/// How the memory of keys of this process stands.
pub fn locked_memory() -> LockedMemory {
    with_arena(|arena| arena.standing.clone())
}

/// Takes at once the memory that the keyring and the caches need, so that a limit which is too low is known at the start.
pub fn reserve_locked_memory() -> LockedMemory {
    with_arena(|arena| {
        while arena.standing.locked_bytes + arena.standing.unlocked_bytes < LOCKED_BYTES_RESERVED {
            arena.grow(lock);
        }
        arena.standing.clone()
    })
}

type Place = &'static mut [u8; 32];

static ARENA: Mutex<Arena> = Mutex::new(Arena::empty());

/// The places of all keys of this process.
struct Arena {
    /// All zero.
    locked: Vec<Place>,
    /// All zero; given only when no locked one is free.
    unlocked: Vec<Place>,
    standing: LockedMemory,
}

impl Arena {
    const fn empty() -> Self {
        let standing = LockedMemory { locked_bytes: 0, unlocked_bytes: 0, refusal: None };
        Self { locked: Vec::new(), unlocked: Vec::new(), standing }
    }

    fn take(&mut self) -> LockedKey {
        if self.locked.is_empty() && self.unlocked.is_empty() {
            self.grow(lock);
        }
        let (place, is_locked) = match self.locked.pop() {
            Some(place) => (place, true),
            None => (self.unlocked.pop().expect("the arena has just grown"), false),
        };
        LockedKey { place: Some(place), is_locked }
    }

    /// Adds whole pages of their own.
    fn grow(&mut self, lock: impl FnOnce(&[u8]) -> Result<(), String>) {
        let page = region::page::size();
        let size = LOCKED_BYTES_PER_GROWTH.next_multiple_of(page);
        let memory = vec![0_u8; size + page].leak();
        let first_page = memory.as_ptr().align_offset(page);
        let pages = &mut memory[first_page..first_page + size];
        let list = match lock(pages) {
            Ok(()) => {
                self.standing.locked_bytes += size;
                &mut self.locked
            }
            Err(refusal) => {
                self.standing.unlocked_bytes += size;
                self.standing.refusal = Some(refusal);
                &mut self.unlocked
            }
        };
        let (places, rest) = pages.as_chunks_mut::<32>();
        assert!(rest.is_empty(), "a page is a multiple of 32 bytes");
        list.extend(places);
    }
}

/// Locks whole pages, for good.
fn lock(pages: &[u8]) -> Result<(), String> {
    let guard = region::lock(pages.as_ptr(), pages.len()).map_err(|cause| cause.to_string())?;
    std::mem::forget(guard); // its drop would unlock
    Ok(())
}

fn with_arena<T>(run: impl FnOnce(&mut Arena) -> T) -> T {
    // A panic under this lock could only come from the allocator; the lists are whole at every step.
    run(&mut ARENA.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A key of 256 bits in locked memory; wiped when dropped. It has no Debug.
pub(crate) struct LockedKey {
    /// Taken out by `drop` alone.
    place: Option<Place>,
    is_locked: bool,
}

impl LockedKey {
    /// A copy of `key`, which its owner wipes.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut own = with_arena(Arena::take);
        own.place.as_deref_mut().expect(HAS_PLACE).copy_from_slice(key);
        own
    }
}

const HAS_PLACE: &str = "a key has its place until it is dropped";

impl Clone for LockedKey {
    fn clone(&self) -> Self {
        Self::new(self)
    }
}

impl Deref for LockedKey {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        self.place.as_deref().expect(HAS_PLACE)
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        let place = self.place.take().expect(HAS_PLACE);
        place.zeroize();
        with_arena(|arena| match self.is_locked {
            true => arena.locked.push(place),
            false => arena.unlocked.push(place),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `VmLck` of proc_pid_status(5), in bytes.
    fn locked_by_the_system() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<usize>().unwrap() * 1024
    }

    #[test]
    fn what_is_reserved_is_locked_by_the_system() {
        let standing = reserve_locked_memory();
        assert!(standing.locked_bytes >= LOCKED_BYTES_RESERVED, "the limit of locked memory is too low: {standing:?}");
        assert!(locked_by_the_system() >= standing.locked_bytes);
        assert_eq!(standing.unlocked_bytes, 0);
    }

    #[test]
    fn a_key_is_wiped_and_its_place_used_again() {
        let mut arena = Arena::empty();
        arena.grow(|_| Ok(()));
        let places = arena.locked.len();
        assert_eq!(places, LOCKED_BYTES_PER_GROWTH / 32);
        let key = LockedKey::new(&[7; 32]);
        let copy = key.clone();
        assert_eq!((*key, *copy), ([7; 32], [7; 32]));
        assert!(key.is_locked);
        let address = key.as_ptr();
        drop(key);
        with_arena(|arena| {
            let place = arena.locked.iter().find(|place| place.as_ptr() == address);
            assert!(place.is_none_or(|place| **place == [0; 32]), "wiped, or another test's by now");
        });
        assert_eq!(*copy, [7; 32], "the copy is its own");
    }

    #[test]
    fn locked_places_are_used_first_and_a_refusal_is_told() {
        let mut arena = Arena::empty();
        arena.grow(|_| Err("no more".to_owned()));
        assert_eq!(arena.standing.refusal.as_deref(), Some("no more"));
        assert_eq!(arena.standing.unlocked_bytes, LOCKED_BYTES_PER_GROWTH);
        arena.grow(|pages| {
            assert_eq!(pages.as_ptr().align_offset(region::page::size()), 0, "whole pages");
            Ok(())
        });
        let first: Vec<_> = (0..LOCKED_BYTES_PER_GROWTH / 32).map(|_| arena.take()).collect();
        assert!(first.iter().all(|key| key.is_locked));
        let next = arena.take();
        assert!(!next.is_locked);
        // These places are another arena's: they must not get into that of the process.
        std::mem::forget((first, next));
    }
}
