//! The simulation as `cargo xtask test` runs it: a few seeds hold, one repeats, and what is broken on purpose is noticed.
//! Whole batches are `cargo xtask simulate`.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Seeds that found something once, with what it was.
const NAMED: &[(u64, &str)] = &[];

/// The program stands beside the one that can be broken on purpose: one build makes both.
fn program() -> PathBuf {
    let faulty = std::env::var_os("LOCKSTEP_TEST_FAULTY").expect("LOCKSTEP_TEST_FAULTY: run cargo xtask test");
    PathBuf::from(faulty).with_file_name("simulate")
}

fn simulate(arguments: &[&str]) -> Output {
    let program = program();
    let output = Command::new(&program).args(arguments).output();
    output.unwrap_or_else(|error| panic!("{}: {error}; cargo xtask test builds it", program.display()))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn seeds_hold() {
    let output = simulate(&["--first", "1", "--seeds", "6"]);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn named_seeds_hold() {
    for (seed, found) in NAMED {
        let output = simulate(&["--first", &seed.to_string()]);
        assert!(output.status.success(), "{found}: {}", text(&output));
    }
}

#[test]
fn the_same_seed_gives_the_same_hashes() {
    let hashes = |seed: &str| {
        let output = simulate(&["--first", seed, "--hashes"]);
        let text = text(&output);
        let line = text.lines().find(|line| line.starts_with(&format!("seed {seed} chain")));
        line.unwrap_or_else(|| panic!("no hashes in {text}")).to_owned()
    };
    let first = hashes("11");
    assert!(first.len() > 150, "both hashes are there: {first}");
    assert_eq!(first, hashes("11"));
    assert_ne!(first.split("chain").last(), hashes("12").split("chain").last());
}

#[test]
fn what_is_broken_on_purpose_is_noticed() {
    for bug in ["ack-before-fsync", "read-without-barrier"] {
        let output = simulate(&["--first", "1", "--seeds", "4", "--bug", bug]);
        assert!(output.status.success(), "{bug}: {}", text(&output));
    }
}
