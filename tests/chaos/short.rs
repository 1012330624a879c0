//! The short form of every scenario: a few seconds of load, one fault that has to be seen, and every invariant after it.

use tests::chaos::{RunOptions, run, scenarios};

/// Runs one, with a seed of its own that is printed when it fails.
fn check(name: &str) {
    let all = scenarios::all();
    let make = all.iter().find(|make| make().name() == name).expect("the scenario is in the list");
    let seed = u64::from(std::process::id());
    let report = run(*make, &RunOptions::short(seed));
    assert!(report.violations.is_empty(), "seed {seed}: {:#?}\nin {:?}", report.violations, report.folder);
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)+) => {
        $(#[test] fn $test() { check($name); })+

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
    kills_again_and_again: "kills",
}
