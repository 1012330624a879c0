//! Three of the bugs that can be planted, each noticed, and nothing noticed without them.

use faults::Bug;
use std::collections::BTreeSet;
use tests::chaos::planted::{self, BUGS, QUICK};

fn check(bug: &str) {
    let (name, make) = planted::find(bug).expect("the bug has a scenario");
    let seed = u64::from(std::process::id());
    let report = planted::run_planted(make, Some(name), seed).expect("the faulty program is built");
    assert!(!report.violations.is_empty(), "seed {seed}: nobody noticed {bug} in {} calls", report.operations);
}

#[test]
fn a_nonce_that_is_used_twice_is_noticed() {
    check(QUICK[0]);
}

#[test]
fn a_context_that_is_not_authenticated_is_noticed() {
    check(QUICK[1]);
}

#[test]
fn a_read_without_a_barrier_is_noticed() {
    check(QUICK[2]);
}

#[test]
fn without_a_bug_nothing_is_noticed() {
    let (_, make) = planted::find(QUICK[2]).expect("the bug has a scenario");
    let report = planted::run_planted(make, None, 1).expect("the faulty program is built");
    assert!(report.violations.is_empty(), "{:#?}\nin {:?}", report.violations, report.folder);
}

#[test]
fn every_bug_has_a_scenario() {
    let can_be_planted: BTreeSet<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
    let have_scenarios: BTreeSet<&str> = BUGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(can_be_planted, have_scenarios);
    assert!(can_be_planted.len() >= 13 && have_scenarios.len() == BUGS.len());
}
