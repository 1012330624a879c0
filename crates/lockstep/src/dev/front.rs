//! One port before all zones: a client's connection is spliced, byte for byte, to a zone that is ready. The front speaks
//! no protocol and revives nobody. When a zone is lost its connections break, and clients' new ones go elsewhere.

use super::health::{Health, Target};
use super::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

/// The zones, and whose turn it is.
pub struct Front {
    targets: Vec<Arc<Target>>,
    turn: AtomicUsize,
}

impl Front {
    /// A front before these zones.
    pub fn new(targets: Vec<Arc<Target>>) -> Arc<Self> {
        Arc::new(Self { targets, turn: AtomicUsize::new(0) })
    }

    /// Splices every connection that comes, for as long as the command lives.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
        loop {
            let place = places.clone().acquire_owned().await.expect("nobody closes the semaphore");
            match listener.accept().await {
                Ok((client, _)) => {
                    let front = self.clone();
                    tokio::spawn(async move {
                        front.splice(client).await;
                        drop(place);
                    });
                }
                // Out of descriptors: others end meanwhile.
                Err(_) => sleep(limits::HOLD_PAUSE).await,
            }
        }
    }

    async fn splice(&self, mut client: TcpStream) {
        let Some((target, mut zone)) = self.connect().await else {
            return; // closed: no zone takes connections
        };
        let mut given_up = target.given_up();
        let _ = client.set_nodelay(true);
        let _ = zone.set_nodelay(true);
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut zone) => {}
            _ = given_up.changed() => {}
        }
    }

    /// A connection to the best zone that takes one.
    async fn connect(&self) -> Option<(Arc<Target>, TcpStream)> {
        let deadline = Instant::now() + limits::HOLD;
        while Instant::now() < deadline {
            for target in self.order() {
                match timeout(limits::CONNECT_WITHIN, TcpStream::connect(target.clients)).await {
                    Ok(Ok(stream)) => return Some((target, stream)),
                    Ok(Err(_)) => target.set(Health::Down),
                    Err(_) => target.set(Health::Silent),
                }
            }
            sleep(limits::HOLD_PAUSE).await;
        }
        None
    }

    /// Healthy zones first, those of equal health in turn.
    fn order(&self) -> Vec<Arc<Target>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<Arc<Target>> = self.targets.clone();
        let zones = order.len();
        order.rotate_left(turn % zones);
        order.sort_by_key(|target| target.health());
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::JoinHandle;

    /// A zone that answers every connection with its name, and `/readyz` as told.
    struct Zone {
        clients: SocketAddr,
        metrics: SocketAddr,
        tasks: Vec<JoinHandle<()>>,
    }

    impl Zone {
        async fn start(name: &'static str, status: &'static str) -> Self {
            let clients = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let metrics = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let addresses = (clients.local_addr().expect("bound"), metrics.local_addr().expect("bound"));
            let serve = |listener: TcpListener, text: String| {
                tokio::spawn(async move {
                    let mut open = Vec::new();
                    while let Ok((mut stream, _)) = listener.accept().await {
                        let _ = stream.write_all(text.as_bytes()).await;
                        open.push(stream);
                    }
                })
            };
            let tasks = vec![serve(clients, name.to_owned()), serve(metrics, format!("HTTP/1.1 {status}\r\n\r\n"))];
            Self { clients: addresses.0, metrics: addresses.1, tasks }
        }

        /// Accepts for ever and never says anything, as a paused process does.
        fn paused() -> (std::net::TcpListener, std::net::TcpListener) {
            let listener = || std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
            (listener(), listener())
        }

        fn kill(&self) {
            self.tasks.iter().for_each(JoinHandle::abort);
        }
    }

    async fn front_of(targets: Vec<Arc<Target>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("bound");
        for target in &targets {
            tokio::spawn(target.clone().watch());
        }
        tokio::spawn(Front::new(targets).serve(listener));
        address
    }

    async fn wait(target: &Target, health: Health) {
        let reached = async {
            while target.health() != health {
                sleep(limits::HOLD_PAUSE).await;
            }
        };
        timeout(limits::HOLD * 3, reached).await.unwrap_or_else(|_| panic!("stays {:?}", target.health()));
    }

    /// Who answers a new connection: the first bytes, or nothing when it is closed.
    async fn who(front: SocketAddr) -> String {
        let mut stream = TcpStream::connect(front).await.expect("the front listens");
        let mut text = [0; 1];
        let read = timeout(limits::HOLD * 2, stream.read(&mut text)).await.expect("an answer or an end");
        String::from_utf8_lossy(&text[..read.unwrap_or(0)]).into_owned()
    }

    #[tokio::test]
    async fn ready_zones_take_turns_and_others_wait() {
        let zones = [
            Zone::start("a", "200 OK").await,
            Zone::start("b", "503 Service Unavailable").await,
            Zone::start("c", "200 OK").await,
        ];
        let targets: Vec<_> = zones.iter().map(|zone| Target::new(zone.clients, zone.metrics)).collect();
        let front = front_of(targets.clone()).await;
        for (target, health) in targets.iter().zip([Health::Ready, Health::Unready, Health::Ready]) {
            wait(target, health).await;
        }
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(who(front).await);
        }
        assert!(seen.contains(&"a".to_owned()) && seen.contains(&"c".to_owned()), "{seen:?}");
        assert!(!seen.contains(&"b".to_owned()), "{seen:?}");
        zones[0].kill();
        zones[2].kill();
        wait(&targets[0], Health::Down).await;
        wait(&targets[2], Health::Down).await;
        assert_eq!(who(front).await, "b", "when none is ready, one that lives says 503 itself");
    }

    #[tokio::test]
    async fn a_dead_zone_is_passed_over_at_once_and_found_again() {
        let (dead, alive) = (Zone::start("a", "200 OK").await, Zone::start("b", "200 OK").await);
        dead.kill();
        let targets = vec![Target::new(dead.clients, dead.metrics), Target::new(alive.clients, alive.metrics)];
        let front = front_of(targets.clone()).await;
        for _ in 0..4 {
            assert_eq!(who(front).await, "b");
        }
        wait(&targets[0], Health::Down).await;
        let back = TcpListener::bind(dead.metrics).await.expect("free again");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = back.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            }
        });
        wait(&targets[0], Health::Ready).await;
    }

    #[tokio::test]
    async fn a_paused_zone_loses_its_connections() {
        let (clients, metrics) = Zone::paused();
        let alive = Zone::start("b", "503 Service Unavailable").await;
        let address = |listener: &std::net::TcpListener| listener.local_addr().expect("bound");
        let paused = Target::new(address(&clients), address(&metrics));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let front = listener.local_addr().expect("bound");
        // Nobody has asked the zones yet: the first connection goes to the paused one.
        tokio::spawn(Front::new(vec![paused.clone(), Target::new(alive.clients, alive.metrics)]).serve(listener));
        let caught = tokio::spawn(who(front));
        let _held = tokio::task::spawn_blocking(move || clients.accept()).await.expect("ran").expect("accepted");
        tokio::spawn(paused.clone().watch());
        wait(&paused, Health::Silent).await;
        assert_eq!(caught.await.expect("ran"), "", "the caught connection ends");
        assert_eq!(who(front).await, "b", "the next one goes elsewhere");
    }

    #[tokio::test]
    async fn without_any_zone_a_client_is_sent_away_in_time() {
        let dead = Zone::start("a", "200 OK").await;
        dead.kill();
        let begun = Instant::now();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let front = listener.local_addr().expect("bound");
        tokio::spawn(Front::new(vec![Target::new(dead.clients, dead.metrics)]).serve(listener));
        assert_eq!(who(front).await, "");
        assert!(begun.elapsed() < limits::HOLD + limits::CONNECT_WITHIN, "{:?}", begun.elapsed());
    }
}
