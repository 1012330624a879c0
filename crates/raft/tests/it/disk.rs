//! Disks that are older than they were, and disks without room.

use crate::kit::{Cluster, Put, propose, until, value};
use raft::{DiskRoom, Node, Role, StartError};
use replica::{NodeId, Outcome, Replica as _, Unavailable};
use std::time::{Duration, Instant};
use tempfile::TempDir;

async fn put(node: &Node, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let command = Put { key: format!("k{number}"), value: number.to_string() };
        let outcome = propose(node, number, command).await;
        assert!(matches!(outcome, Ok(Outcome::Reply(_))), "{number}: {outcome:?}");
    }
}

/// Which node's disk is rolled back.
#[derive(Clone, Copy, PartialEq)]
enum Victim {
    Follower,
    Leader,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_was_rolled_back_as_a_whole_is_found_by_what_the_peers_remember() {
    for victim in [Victim::Follower, Victim::Leader] {
        check_rolled_back(victim).await;
    }
}

async fn check_rolled_back(which: Victim) {
    let mut cluster = Cluster::start_on_rocks(3, |_| {}).await;
    let (leader, victim) = (cluster.leader().await, cluster.follower().await.id());
    put(&leader, 0..10).await;
    cluster.invariant_chains_are_equal().await;
    cluster.kill(victim.0).await;
    let old = cluster.copy_disk(victim.0);
    cluster.restart(victim.0).await;
    let mut leader = cluster.leader().await;
    // On a busy machine the lead may go elsewhere.
    while which == Victim::Leader && leader.id() != victim {
        cluster.invariant_chains_are_equal().await;
        let _ = leader.transfer_leader(victim).await;
        leader = cluster.leader().await;
    }
    put(&leader, 10..20).await;
    cluster.invariant_chains_are_equal().await;
    drop(leader);
    cluster.kill(victim.0).await;
    let now = cluster.copy_disk(victim.0);
    cluster.swap_disk(victim.0, old);
    let refused = cluster.restart_refused(victim.0).await;
    let StartError::Distrusted(why) = &refused else { panic!("{refused:?}") };
    assert!(why.contains("the disk was rolled back"), "{why}");
    let leader = cluster.leader().await;
    put(&leader, 20..25).await;
    // With the disk that it had, the same node is welcome.
    cluster.swap_disk(victim.0, now);
    cluster.restart(victim.0).await;
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_goes_on_when_a_follower_comes_back_without_its_log() {
    let mut cluster = Cluster::start_on_rocks(3, |_| {}).await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await.id().0);
    put(&leader, 0..10).await;
    cluster.invariant_chains_are_equal().await;
    cluster.kill(follower).await;
    // It knows no member that it could ask: nothing but the leader's own memory can tell.
    cluster.swap_disk(follower, TempDir::new().expect("a folder"));
    cluster.restart(follower).await;
    put(&leader, 10..60).await;
    assert_eq!(leader.status().role, Role::Leader);
    let status = cluster.node(follower).status();
    assert_eq!((status.last_log, status.applied), (None, None), "what it lost is not given back under its old number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_room_reads_and_takes_changes_again_when_there_is_room() {
    let cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    put(&leader, 0..3).await;
    let followers: Vec<_> = cluster.running().into_iter().filter(|node| node.id() != leader.id()).collect();

    followers[0].set_disk_room(DiskRoom::Critical);
    put(&leader, 3..6).await;
    assert!(followers[0].status().last_log < leader.status().last_log, "it takes no commands");

    followers[1].set_disk_room(DiskRoom::Low);
    // Until the leader has heard of it, changes are taken; each is one of its own.
    let mut numbers = 1_000..;
    let took = loop {
        let begun = Instant::now();
        let number = numbers.next().expect("without end");
        let outcome = propose(&leader, number, Put { key: "x".to_owned(), value: String::new() }).await;
        if outcome == Err(Unavailable::DiskFull) {
            break begun.elapsed();
        }
    };
    assert!(took < Duration::from_secs(1), "a refusal waits for nobody: {took:?}");
    for node in [&leader, &followers[1]] {
        let view = node.read().await.expect("reads go on");
        assert_eq!(value(&*view, "k5").as_deref(), Some("5"));
    }
    let forwarded = propose(&followers[1], 91, Put { key: "x".to_owned(), value: String::new() }).await;
    assert_eq!(forwarded, Err(Unavailable::DiskFull));

    followers.iter().for_each(|node| node.set_disk_room(DiskRoom::Enough));
    until("changes are taken again", || !leader.status().peers.is_empty()).await;
    while propose(&leader, 92, Put { key: "x".to_owned(), value: String::new() }).await.is_err() {}
    put(&leader, 6..9).await;
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_without_room_hands_over() {
    let cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    let full = cluster.running().into_iter().find(|node| node.id() != leader.id()).expect("a follower");
    put(&leader, 0..3).await;
    leader.set_disk_room(DiskRoom::Low);
    let other = |node: &Node| node.leader().is_some_and(|id: NodeId| id != leader.id());
    until("another leads", || cluster.running().iter().all(|node| other(node))).await;
    put(&full, 3..6).await;
}
