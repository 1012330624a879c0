//! The short form of every scenario: a few seconds of load, one fault that has to be seen, and every invariant after it.

use tests::chaos::{RunOptions, net, run, scenarios};

/// Runs one, with a seed of its own that is printed when it fails; inside namespaces of its own where it needs them.
fn check(name: &str, test: &str) {
    let all = scenarios::all();
    let make = all.iter().find(|make| make().name() == name).expect("the scenario is in the list");
    if make().needs_namespaces() && !net::is_inside() {
        // That test's output holds what was found.
        net::inside(test).expect("it holds inside");
        return;
    }
    check_run(*make);
}

fn check_run(make: scenarios::Make) {
    let seed = u64::from(std::process::id());
    let report = run(make, &RunOptions::short(seed));
    assert!(report.violations.is_empty(), "seed {seed}: {:#?}\nin {:?}", report.violations, report.folder);
    net::done();
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)+) => {
        $(#[test] fn $test() { check($name, stringify!($test)); })+

        #[test]
        fn every_scenario_has_a_short_form_here() {
            let here = [$($name),+];
            let missing: Vec<_> = scenarios::all().iter().map(|make| make().name()).filter(|name| !here.contains(name)).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    };
}

scenarios! {
    f1_the_leader_is_killed: "F1",
    f2_a_follower_is_killed: "F2",
    f3_all_nodes_are_killed: "F3",
    f4_the_leader_is_paused: "F4",
    f5_followers_are_paused: "F5",
    f6_the_leader_is_cut_off: "F6",
    f7_a_link_is_cut_one_way: "F7",
    f8_one_node_is_a_bridge: "F8",
    f9_a_network_flaps: "F9",
    f10_packets_are_lost: "F10",
    f11_packets_are_late: "F11",
    f12_a_link_is_narrow: "F12",
    f13_syncs_are_slow: "F13",
    f14_a_sync_fails: "F14",
    f15_a_disk_is_full: "F15",
    f16_a_log_is_torn: "F16",
    f17_a_bit_is_flipped: "F17",
    f18_the_power_goes: "F18",
    f19_a_disk_is_wiped: "F19",
    f20_a_disk_is_rolled_back: "F20",
    f21_a_clock_is_wrong: "F21",
    f22_members_come_and_go: "F22",
    f23_nodes_are_restarted_in_turn: "F23",
    f24_a_snapshot_is_restored: "F24",
    f25_a_follower_is_far_behind: "F25",
    f33_messages_are_replayed: "F33",
    kills_again_and_again: "kills",
}
