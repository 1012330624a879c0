//! A cluster from birth to failover.

use crate::kit::{Boom, Claim, Cluster, Put, Release, SOON, has, propose, propose_again, until, value};
use prost::Message as _;
use raft::{ManageError, Role};
use replica::{NodeId, Outcome, Replica as _, Unavailable};
use std::sync::atomic::Ordering;

fn put(key: &str, value: &str) -> Put {
    Put { key: key.to_owned(), value: value.to_owned() }
}

fn times(outcome: &Outcome) -> u64 {
    let Outcome::Reply(bytes) = outcome else { panic!("{outcome:?} is no reply") };
    crate::kit::PutReply::decode(bytes.as_slice()).expect("a reply of Put").times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_alone_is_born_once_and_answers() {
    let cluster = Cluster::start(1).await;
    let node = cluster.node(1);
    assert_eq!(node.initialize().await, Err(ManageError::AlreadyInitialized));
    assert_eq!(times(&propose(&node, 1, put("a", "1")).await.expect("agreed")), 1);
    assert_eq!(value(&*node.read().await.expect("a view"), "a").as_deref(), Some("1"));
    assert_eq!(*cluster.host(1).evicted.lock().expect("no panic"), [b"a".to_vec()]);
    let status = node.status();
    assert_eq!((status.role, status.voters.len(), status.ready), (Role::Leader, 1, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_no_member_neither_proposes_nor_reads() {
    let mut cluster = Cluster::start_with(1, |config| {
        config.leader_wait_max = std::time::Duration::from_millis(300);
    })
    .await;
    cluster.add_host(2).await;
    let stranger = cluster.node(2);
    assert_eq!(stranger.read().await.err(), Some(Unavailable::NoLeader));
    assert_eq!(propose(&stranger, 1, put("a", "1")).await, Err(Unavailable::NoLeader));
    assert_eq!(stranger.status().role, Role::Uninitialized);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_node_writes_and_every_node_sees_what_was_acknowledged() {
    let cluster = Cluster::start(3).await;
    for round in 0..20_u64 {
        for (writer, node) in (0..).zip(cluster.running()) {
            let (key, text) = (format!("k{writer}"), round.to_string());
            let outcome = propose(&node, round * 10 + writer, put(&key, &text)).await.expect("agreed");
            assert_eq!(times(&outcome), round + 1);
            for reader in cluster.running() {
                let seen = value(&*reader.read().await.expect("a view"), &key);
                assert_eq!(seen.as_deref(), Some(text.as_str()), "node {} reads", reader.id());
            }
        }
    }
    let status = cluster.invariant_chains_are_equal().await;
    assert_eq!((status.voters.len(), status.learners.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_and_reads_go_on_when_the_leader_is_killed_and_a_repeat_acts_once() {
    let mut cluster = Cluster::start(3).await;
    let killed = cluster.leader().await.id().0;
    let survivor = cluster.follower().await;
    propose(&survivor, 1, put("a", "before")).await.expect("agreed");
    cluster.kill(killed).await;
    assert_eq!(value(&*survivor.read().await.expect("a view"), "a").as_deref(), Some("before"));
    assert_eq!(times(&propose(&survivor, 1, put("a", "before")).await.expect("agreed")), 1, "a repeat");
    assert_eq!(times(&propose(&survivor, 2, put("a", "after")).await.expect("agreed")), 2);
    assert_ne!(cluster.leader().await.id().0, killed);

    cluster.restart(killed).await;
    let back = cluster.node(killed);
    assert_eq!(value(&*back.read().await.expect("a view"), "a").as_deref(), Some("after"));
    assert_eq!(times(&propose(&back, 2, put("a", "after")).await.expect("agreed")), 2, "a repeat elsewhere");
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_under_way_survive_the_leader_and_act_once() {
    let mut cluster = Cluster::start(3).await;
    let killed = cluster.leader().await.id().0;
    let survivor = cluster.follower().await;
    let writers: Vec<_> = (0..8_u64)
        .map(|writer| {
            let node = std::sync::Arc::clone(&survivor);
            tokio::spawn(async move {
                let key = format!("w{writer}");
                for round in 0..40_u64 {
                    let outcome = propose(&node, writer * 1_000 + round, put(&key, &round.to_string())).await;
                    assert_eq!(times(&outcome.expect("agreed")), round + 1, "each write acts once");
                }
            })
        })
        .collect();
    until("writes are under way", || has(&*survivor.local(), "w7")).await;
    cluster.kill(killed).await;
    for writer in writers {
        writer.await.expect("every write is answered");
    }
    cluster.restart(killed).await;
    cluster.invariant_chains_are_equal().await;
    let view = cluster.node(killed);
    let view = view.read().await.expect("a view");
    assert!((0..8).all(|writer| value(&*view, &format!("w{writer}")).as_deref() == Some("39")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_quorum_nothing_is_answered_and_nothing_hangs() {
    let mut cluster = Cluster::start_with(3, |config| {
        config.leader_wait_max = std::time::Duration::from_millis(500);
        config.propose_time_max = std::time::Duration::from_secs(1);
    })
    .await;
    let last = cluster.follower().await;
    until("the follower is ready", || last.status().ready).await;
    for id in [1, 2, 3] {
        if id != last.id().0 {
            cluster.kill(id).await;
        }
    }
    let started = std::time::Instant::now();
    let (read, proposed) = tokio::join!(last.read(), propose(&last, 1, put("a", "1")));
    assert_eq!(read.err(), Some(Unavailable::NoLeader));
    assert!(matches!(proposed, Err(Unavailable::NoLeader | Unavailable::Unknown)), "{proposed:?}");
    assert!(started.elapsed() < std::time::Duration::from_secs(3), "{:?}", started.elapsed());
    until("the follower says that it is not ready", || !last.status().ready).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_killed_at_once_come_back_with_everything_acknowledged() {
    let mut cluster = Cluster::start(3).await;
    let node = cluster.follower().await;
    for id in 0..50 {
        propose(&node, id, put(&format!("k{id}"), "v")).await.expect("agreed");
    }
    drop(node);
    for id in [1, 2, 3] {
        cluster.kill(id).await;
    }
    for id in [1, 2, 3] {
        cluster.restart(id).await;
    }
    for node in cluster.running() {
        let view = node.read().await.expect("a view");
        assert!((0..50).all(|id| has(&*view, &format!("k{id}"))));
    }
    cluster.invariant_chains_are_equal().await;
}

fn small_log(config: &mut raft::Config) {
    config.snapshot_every = 40;
    config.log_tail_kept = 5;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_far_behind_gets_a_snapshot() {
    check_snapshot(Cluster::start_with(3, small_log).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_far_behind_gets_a_snapshot_on_rocksdb_too() {
    check_snapshot(Cluster::start_on_rocks(3, small_log).await).await;
}

async fn check_snapshot(mut cluster: Cluster) {
    let behind = cluster.follower().await.id().0;
    cluster.kill(behind).await;
    let node = cluster.leader().await;
    for id in 0..200 {
        propose(&node, id, put(&format!("k{id}"), "v")).await.expect("agreed");
    }
    until("the leader's log does not begin there any more", || node.status().purged > Some(100)).await;
    let applied = node.status().applied.expect("applied");
    cluster.restart(behind).await;
    let back = cluster.node(behind);
    assert!(back.wait_applied(applied, SOON).await);
    assert_eq!(cluster.host(behind).installs.load(Ordering::SeqCst), 1, "it did not replay the log");
    let view = back.read().await.expect("a view");
    assert!((0..200).all(|id| has(&*view, &format!("k{id}"))));
    drop(view);
    drop(back);
    cluster.invariant_chains_are_equal().await;

    cluster.kill(behind).await;
    cluster.restart(behind).await;
    propose(&cluster.node(behind), 1_000, put("after", "restart")).await.expect("agreed");
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_answered_without_an_entry() {
    let cluster = Cluster::start(3).await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await);
    let claim = || Claim { key: "a".to_owned() };
    assert!(matches!(propose(&leader, 1, claim()).await, Ok(Outcome::Reply(_))));
    follower.read().await.expect("from here on it knows of the claim");
    let before = leader.status().applied;
    assert!(matches!(propose(&follower, 2, claim()).await, Ok(Outcome::Refused(_))));
    leader.read().await.expect("a view behind everything that was agreed");
    assert_eq!(leader.status().applied, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_to_a_repeat_is_not_done_by_an_attempt_that_comes_late() {
    let cluster = Cluster::start(3).await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await);
    let claim = || Claim { key: "a".to_owned() };
    propose(&leader, 1, claim()).await.expect("agreed");
    assert!(matches!(propose_again(&follower, 2, claim()).await, Ok(Outcome::Refused(_))));
    propose(&leader, 3, Release { key: "a".to_owned() }).await.expect("agreed");
    // The first attempt, which waited somewhere.
    assert!(matches!(propose(&leader, 2, claim()).await, Ok(Outcome::Refused(_))));
    assert!(!has(&*leader.read().await.expect("a view"), "a"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_behind_refuses_nothing_that_the_cluster_would_do() {
    let cluster = Cluster::start(3).await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await);
    for round in 0..40 {
        let claimed = propose(&follower, round * 2, Claim { key: "a".to_owned() }).await.expect("answered");
        assert!(matches!(claimed, Outcome::Reply(_)), "round {round}: it was released before");
        propose(&leader, round * 2 + 1, Release { key: "a".to_owned() }).await.expect("agreed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_so_many_wait_for_a_leader() {
    let mut cluster = Cluster::start_with(1, |config| {
        config.leader_wait_max = std::time::Duration::from_millis(300);
        config.waiting_max = 3;
    })
    .await;
    cluster.add_host(2).await;
    let stranger = cluster.node(2);
    let reads = futures::future::join_all((0..10).map(|_| stranger.read())).await;
    let overloaded = reads.iter().filter(|read| matches!(read, Err(Unavailable::Overloaded))).count();
    let waited = reads.iter().filter(|read| matches!(read, Err(Unavailable::NoLeader))).count();
    assert_eq!((overloaded, waited), (7, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_lost_its_quorum_accepts_nothing() {
    let mut cluster = Cluster::start_with(3, |config| {
        config.leader_wait_max = std::time::Duration::from_millis(300);
    })
    .await;
    let leader = cluster.leader().await;
    for id in [1, 2, 3] {
        if id != leader.id().0 {
            cluster.kill(id).await;
        }
    }
    until("it notices", || !leader.status().ready).await;
    assert_eq!(propose(&leader, 1, put("a", "1")).await, Err(Unavailable::NoLeader));
    assert_eq!(leader.read().await.err(), Some(Unavailable::NoLeader));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_ends_the_node() {
    let cluster = Cluster::start(3).await;
    let follower = cluster.follower().await;
    let host = cluster.host(follower.id().0);
    host.disk.fail_next_sync();
    let leader = cluster.leader().await;
    propose(&leader, 1, put("a", "1")).await.expect("the others are a quorum");
    until("it ends", || !host.fatal.lock().expect("no panic").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_claims_at_once_one_wins() {
    let cluster = Cluster::start(3).await;
    let racing = (0..30_u64).map(|id| {
        let node = cluster.node(id % 3 + 1);
        tokio::spawn(async move { propose(&node, id, Claim { key: "a".to_owned() }).await.expect("answered") })
    });
    let mut won = 0;
    for racer in racing.collect::<Vec<_>>() {
        won += u32::from(matches!(racer.await.expect("no panic"), Outcome::Reply(_)));
    }
    assert_eq!(won, 1);
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_panics_never_enters_the_log() {
    let cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    leader.read().await.expect("a view");
    let before = leader.status().applied;
    for node in cluster.running() {
        assert_eq!(propose(&node, 1, Boom {}).await, Err(Unavailable::Poison));
    }
    leader.read().await.expect("a view behind everything that was agreed");
    assert_eq!(leader.status().applied, before);
    assert!(propose(&cluster.node(2), 2, put("a", "1")).await.is_ok(), "and the nodes live");
    assert!(cluster.hosts.iter().all(|host| host.fatal.lock().expect("no panic").is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lead_is_handed_over_and_members_are_removed() {
    let cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    let follower = cluster.follower().await;
    assert!(matches!(follower.transfer_leader(leader.id()).await, Err(ManageError::NotLeader(Some(_)))));
    assert_eq!(leader.transfer_leader(NodeId(9)).await, Err(ManageError::NoSuchMember(NodeId(9))));
    leader.transfer_leader(follower.id()).await.expect("handed over");
    assert_eq!(cluster.leader().await.id(), follower.id());

    follower.remove(leader.id()).await.expect("removed");
    assert!(follower.members().iter().all(|member| member.id() != leader.id()));
    assert_eq!(follower.remove(leader.id()).await, Err(ManageError::NoSuchMember(leader.id())));
    propose(&follower, 1, put("a", "1")).await.expect("the others go on");
    assert_eq!(leader.read().await.err(), Some(Unavailable::NoLeader), "a removed node reads no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_clock_is_off_does_not_stamp_and_hands_over() {
    let cluster = Cluster::start(3).await;
    let skewed = cluster.leader().await;
    propose(&skewed, 1, put("a", "1")).await.expect("agreed");
    cluster.host(skewed.id().0).clock.set_ahead_millis(3_600_000);
    let others: Vec<_> = cluster.running().into_iter().filter(|node| node.id() != skewed.id()).collect();
    until("another one leads", || others.iter().any(|node| node.status().role == Role::Leader)).await;
    let outcome = propose(&skewed, 2, put("a", "2")).await.expect("agreed");
    let Outcome::Reply(bytes) = outcome else { panic!("refused") };
    let at = crate::kit::PutReply::decode(bytes.as_slice()).expect("a reply").at;
    let now = replica::Clock::now(&*cluster.host(others[0].id().0).clock).as_millis();
    assert!(at <= now, "the stamp is of a clock that is right");
    assert_ne!(cluster.leader().await.id(), skewed.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_far_from_each_other_keep_their_leader_and_answer() {
    const ONE_WAY_MILLIS: u64 = 75;
    let cluster = Cluster::start(3).await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await);
    let term = leader.status().term;
    for id in [1, 2, 3] {
        cluster.host(id).one_way_millis.store(ONE_WAY_MILLIS, Ordering::Relaxed);
    }
    // Longer than a leader believes in what it heard while its peers were near.
    let begun = std::time::Instant::now();
    let mut rounds = 0;
    while begun.elapsed() < std::time::Duration::from_secs(5) {
        for (asked, node) in (0..).zip([&leader, &follower]) {
            let id = rounds * 10 + asked;
            assert_eq!(times(&propose(node, id, put(&format!("k{asked}"), "v")).await.expect("agreed")), rounds + 1);
            node.read().await.expect("a view");
        }
        rounds += 1;
    }
    assert_eq!((leader.status().role, leader.status().term), (Role::Leader, term), "nobody else stood for election");
    assert!(rounds >= 3, "{rounds} rounds in {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lead_is_handed_to_a_node_whose_disk_takes_its_time() {
    /// Longer than openraft waits for such a disk, and shorter than until an election.
    const HELD_UP: std::time::Duration = std::time::Duration::from_millis(220);
    const TIMES: u64 = 6;
    let cluster = Cluster::start(3).await;
    let mut taken = 0;
    for time in 0..TIMES {
        let leader = cluster.leader().await;
        let to = leader.id().0 % 3 + 1;
        let disk = cluster.host(to).disk.clone();
        disk.hold_syncs(true);
        propose(&leader, time, put("a", "v")).await.expect("agreed by the others");
        let handing = tokio::spawn(async move { leader.transfer_leader(NodeId(to)).await });
        tokio::time::sleep(HELD_UP).await; // the disk
        disk.hold_syncs(false);
        disk.sync();
        let leads = handing.await.expect("no panic").expect("somebody leads");
        taken += u64::from(leads == NodeId(to));
    }
    assert!(taken >= TIMES - 1, "{taken} of {TIMES} were taken by who was asked"); // an election may find anybody
}
