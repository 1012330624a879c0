//! Ports for the zones. Below the range from which the system takes ports for outgoing connections: a zone that is down
//! for a while must find its own free when it comes back.

use anyhow::{Result, bail};
use std::net::TcpListener;

/// Where to begin to look; below it are the ports of well-known services.
const FIRST: u16 = 10_240;
/// The end of the search when the system does not say where its own range begins.
const END_DEFAULT: u16 = 32_768;

/// 2^32 by the golden ratio: multiples of it lie far apart, those of neighbours most of all (Knuth, 6.4).
const SPREAD: u32 = 0x9E37_79B1;

/// `count` ports that nobody listens on now.
///
/// # Errors
/// When there are not so many.
pub fn free(count: usize) -> Result<Vec<u16>> {
    // Clusters that start at one moment begin to look at different places, far from each other.
    free_from(std::process::id().wrapping_mul(SPREAD), count)
}

/// As [`free`], with the place to begin at: a part of the range, in 2^32nds.
fn free_from(place: u32, count: usize) -> Result<Vec<u16>> {
    let end = system_range().unwrap_or(END_DEFAULT).max(FIRST + 1_000);
    let width = u32::from(end - FIRST);
    let start = u32::try_from((u64::from(place) * u64::from(width)) >> 32).expect("below the width");
    let candidates = (0..width).map(|step| FIRST + u16::try_from((start + step) % width).expect("below 65,536"));
    // Each is held until all are found, so that they differ.
    let held: Vec<(u16, TcpListener)> = candidates
        .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok().map(|listener| (port, listener)))
        .take(count)
        .collect();
    if held.len() < count {
        bail!("this machine has no {count} free ports between {FIRST} and {end}");
    }
    Ok(held.into_iter().map(|(port, _)| port).collect())
}

/// `count` ports that nobody listens on now and that are none of `taken`, whose owners may not listen yet.
///
/// # Errors
/// When there are not so many.
pub fn free_beside(count: usize, taken: &[u16]) -> Result<Vec<u16>> {
    let found = free(taken.len() + count)?.into_iter().filter(|port| !taken.contains(port));
    Ok(found.take(count).collect())
}

/// Where the system's own range begins.
fn system_range() -> Option<u16> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_differ() {
        // Away from where the other tests of this process look, which hold theirs for a moment.
        let aside = std::process::id().wrapping_mul(SPREAD).wrapping_add(u32::MAX / 2);
        let ports = free_from(aside, 9).expect("nine free ports");
        let listeners: Vec<_> = ports.iter().map(|port| TcpListener::bind(("127.0.0.1", *port))).collect();
        assert!(listeners.iter().all(Result::is_ok), "{ports:?}");
        let others = free_from(aside, 9).expect("nine more");
        assert!(others.iter().all(|port| !ports.contains(port)), "{ports:?} {others:?}");
        let beside = free_beside(2, &ports).expect("two more");
        assert!(beside.len() == 2 && beside.iter().all(|port| !ports.contains(port)), "{ports:?} {beside:?}");
    }

    #[test]
    fn neighbours_look_at_places_far_apart() {
        let mut places: Vec<u32> = (1..=500_u32).map(|pid| pid.wrapping_mul(SPREAD)).collect();
        places.sort_unstable();
        let nearest = places.windows(2).map(|pair| pair[1] - pair[0]).min().expect("many");
        assert!(nearest > u32::MAX / 2_000, "{nearest}");
    }
}
