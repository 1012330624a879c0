//! The memory that bodies may take, before anybody has verified who sent them.
//!
//! An address, and a claimed access key at an address, may each hold as much as is free beside what they hold: who sends
//! much leaves room for who does not. The rule is that of [`crate::admission`].

use crate::limits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the bodies of a gateway take, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_claim: HashMap<(IpAddr, Box<str>), usize>,
}

/// What one body takes; given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    rooms: Arc<Rooms>,
    claim: (IpAddr, Box<str>),
    bytes: usize,
}

impl Rooms {
    /// Room for a body of which nothing has come yet; `None` when its sender has too much already.
    pub fn open(self: &Arc<Self>, address: IpAddr, claimed: &str) -> Option<Room> {
        let mut room = Room { rooms: self.clone(), claim: (address, claimed.into()), bytes: 0 };
        room.grow_to(limits::BODY_ROOM_MIN).then_some(room)
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// Makes room for `bytes` in all; whether there was.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let has_room = self.rooms.lock().take(&self.claim, more);
        self.bytes += if has_room { more } else { 0 };
        has_room
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.rooms.lock().give_back(&self.claim, self.bytes);
    }
}

impl Used {
    fn take(&mut self, claim: &(IpAddr, Box<str>), more: usize) -> bool {
        let free = limits::BODIES_BYTES_MAX - self.all;
        let of_address = self.by_address.get(&claim.0).copied().unwrap_or(0);
        let of_claim = self.by_claim.get(claim).copied().unwrap_or(0);
        if of_claim + more > free || of_address + more > free.saturating_mul(limits::ADDRESS_ROOM_FACTOR) {
            return false;
        }
        self.all += more;
        *self.by_address.entry(claim.0).or_default() += more;
        match self.by_claim.get_mut(claim) {
            Some(bytes) => *bytes += more,
            None => drop(self.by_claim.insert(claim.clone(), more)),
        }
        true
    }

    fn give_back(&mut self, claim: &(IpAddr, Box<str>), bytes: usize) {
        if bytes == 0 {
            return; // a room that never opened
        }
        self.all -= bytes;
        let counted = "what is given back was taken";
        let of_address = self.by_address.get_mut(&claim.0).expect(counted);
        *of_address -= bytes;
        if *of_address == 0 {
            self.by_address.remove(&claim.0);
        }
        let of_claim = self.by_claim.get_mut(claim).expect(counted);
        *of_claim -= bytes;
        if *of_claim == 0 {
            self.by_claim.remove(claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills rooms of `each` bytes until there are no more; how many bytes that are.
    fn fill(rooms: &Arc<Rooms>, address: &str, claimed: &str, each: usize) -> (Vec<Room>, usize) {
        let mut held = Vec::new();
        while let Some(mut room) = rooms.open(address.parse().unwrap(), claimed) {
            if !room.grow_to(each) {
                break;
            }
            held.push(room);
        }
        let bytes = held.iter().map(|room| room.bytes).sum();
        (held, bytes)
    }

    #[test]
    fn who_takes_much_leaves_room() {
        const ALL: usize = limits::BODIES_BYTES_MAX;
        const MIB: usize = 1024 * 1024;
        let rooms = Arc::new(Rooms::default());
        let (greedy, bytes) = fill(&rooms, "192.0.2.1", "A", MIB);
        assert_eq!(bytes, ALL / 2, "one key takes half");
        let (another, bytes) = fill(&rooms, "192.0.2.1", "B", MIB);
        assert_eq!(bytes, ALL / 4, "another at the same address half of what is left");
        assert_eq!(fill(&rooms, "192.0.2.1", "C", MIB).1, 0, "an address takes three quarters");
        let (other_address, bytes) = fill(&rooms, "192.0.2.2", "A", MIB);
        assert_eq!(bytes, ALL / 8, "another address has room");
        drop((greedy, another, other_address));
        let used = rooms.lock();
        assert_eq!((used.all, used.by_address.len(), used.by_claim.len()), (0, 0, 0), "all is given back");
    }
}
