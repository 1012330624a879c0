//! Counts connections, in all and per address.

use crate::Limits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The open connections of a gateway.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    per_ip: HashMap<IpAddr, usize>,
}

/// The place of one connection; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    ip: IpAddr,
}

impl Connections {
    /// A place for one more connection from `ip`; `None` when there is none.
    pub fn enter(self: &Arc<Self>, ip: IpAddr, limits: &Limits) -> Option<Place> {
        let mut open = self.lock();
        let exempt = limits.loopback_exempt && ip.is_loopback();
        let from_ip = open.per_ip.get(&ip).copied().unwrap_or(0);
        if open.all >= limits.connections_max || (!exempt && from_ip >= limits.connections_per_ip_max) {
            return None;
        }
        open.all += 1;
        *open.per_ip.entry(ip).or_default() += 1;
        metrics::gauge!("lockstep_connections").set(open.all as f64);
        Some(Place { connections: self.clone(), ip })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all -= 1;
        metrics::gauge!("lockstep_connections").set(open.all as f64);
        let from_ip = open.per_ip.get_mut(&self.ip).expect("an open connection is counted under its address");
        *from_ip -= 1;
        if *from_ip == 0 {
            open.per_ip.remove(&self.ip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let limits =
            Limits { connections_max: 5, connections_per_ip_max: 2, loopback_exempt: true, ..Limits::default() };
        let connections = Arc::new(Connections::default());
        let enter = |ip: &str| connections.enter(ip.parse().unwrap(), &limits);
        let first = enter("192.0.2.1").expect("empty");
        let _second = enter("192.0.2.1").expect("two per address");
        assert!(enter("192.0.2.1").is_none(), "three per address");
        drop(first);
        let _third = enter("192.0.2.1").expect("one was given back");
        let _loopback = [(); 3].map(|()| enter("127.0.0.1").expect("loopback is exempt"));
        assert!(enter("192.0.2.2").is_none(), "five in all");
        assert!(enter("127.0.0.1").is_none(), "five in all, loopback too");
    }
}
