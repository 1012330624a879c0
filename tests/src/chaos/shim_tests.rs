//! Each knob bites, on a process that does nothing else.

use super::*;
use crate::scratch;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// tests/shim/probe.c, running under the faults.
struct Probe {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Probe {
    fn start(faults: &Faults) -> Self {
        let program = compiled("probe.c", include_str!("../../shim/probe.c"), "bin", &[]).expect("compiles");
        let mut command = Command::new(program);
        command.envs(faults.environment()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, input, output }
    }

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").expect("the probe runs");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("the probe answers");
        answer.trim().to_owned()
    }

    fn number(&mut self, line: &str) -> i64 {
        self.ask(line).parse().expect("a number")
    }

    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with `data` and `elsewhere` in it, and faults for `data`.
fn setup() -> (tempfile::TempDir, Faults) {
    let folder = scratch();
    for name in ["data", "elsewhere"] {
        std::fs::create_dir(folder.path().join(name)).expect("made");
    }
    let faults = Faults::new(&folder.path().join("control"), &folder.path().join("data")).expect("faults");
    (folder, faults)
}

#[test]
fn without_a_fault_everything_goes_on_as_usual() {
    let (folder, faults) = setup();
    let mut probe = Probe::start(&faults);
    let file = folder.path().join("data/file");
    assert_eq!(probe.ask(&format!("open {}", file.display())), "ok");
    assert_eq!(probe.ask("write one"), "ok");
    assert!(probe.number("datasync") < 1_000);
    assert_eq!(std::fs::read(&file).expect("there"), b"one");
    assert_eq!(faults.count(Counter::Syncs), 1);
    for counter in [Counter::SyncsDelayed, Counter::SyncsFailed, Counter::WritesFailed, Counter::WritesTracked] {
        assert_eq!(faults.count(counter), 0, "{counter:?}");
    }
    assert_eq!(faults.count(Counter::ClockReadsShifted), 0);
}

#[test]
fn syncs_are_slowed_and_failed_in_the_folder_alone() {
    let (folder, faults) = setup();
    let mut probe = Probe::start(&faults);
    for (place, is_data) in [("data/file", true), ("elsewhere/file", false)] {
        probe.ask(&format!("open {}", folder.path().join(place).display()));
        for sync in ["sync", "datasync"] {
            faults.slow_syncs(Duration::from_millis(150));
            let delayed = faults.count(Counter::SyncsDelayed);
            let took = probe.number(sync);
            assert_eq!(took >= 150, is_data, "{place}: {sync} took {took} ms");
            assert_eq!(faults.count(Counter::SyncsDelayed) - delayed, u64::from(is_data));
            faults.heal();
            faults.fail_syncs(1);
            assert_eq!(probe.ask(sync) == "errno 5", is_data, "{place}: {sync}");
            // Once told, an error is told no more: this is what makes trying again so dangerous.
            assert!(probe.number(sync) >= 0);
            faults.heal();
        }
    }
    assert_eq!(faults.count(Counter::SyncsFailed), 2);
    assert!(faults.count(Counter::SyncsAfterAFailure) > 0);
}

#[test]
fn writes_are_refused_in_the_folder_alone_and_until_there_is_room() {
    let (folder, faults) = setup();
    let mut probe = Probe::start(&faults);
    for (place, refused) in [("data/file", "errno 28"), ("elsewhere/file", "ok")] {
        probe.ask(&format!("open {}", folder.path().join(place).display()));
        faults.refuse_writes(Some(ENOSPC));
        assert_eq!(probe.ask("write one"), refused, "{place}");
        assert_eq!(probe.ask("overwrite 0 one"), refused, "{place}");
        faults.heal();
        assert_eq!(probe.ask("write one"), "ok", "{place}");
    }
    assert_eq!(faults.count(Counter::WritesFailed), 2);
}

#[test]
fn the_wall_clock_is_shifted_and_drifts_and_the_monotonic_one_does_not() {
    let (_folder, faults) = setup();
    let mut probe = Probe::start(&faults);
    let (monotonic, begun) = (probe.number("monotonic"), Instant::now());
    let mut ahead = || {
        let seen: Vec<i64> = probe.ask("time").split(' ').map(|word| word.parse().expect("a number")).collect();
        assert!(seen.iter().all(|seconds| seconds.abs_diff(seen[0]) <= 2), "three ways to ask: {seen:?}");
        seen[0] - wall_seconds()
    };
    let mut check = |expected: i64| {
        let ahead = ahead();
        assert!(ahead.abs_diff(expected) <= 2, "{ahead} seconds ahead, not {expected}");
    };
    check(0);
    faults.shift_clock(3_600_000);
    check(3_600);
    faults.shift_clock(-3_600_000);
    check(-3_600);
    faults.heal();
    check(0);
    // Twice as fast, until a moment shows it.
    faults.drift_clock(1_000_000);
    crate::until("the clock drifts", Duration::from_secs(10), || (ahead() >= 2).then_some(())).expect("drifts");
    faults.drift_clock(-1_000_000);
    crate::until("the clock drifts", Duration::from_secs(10), || (ahead() <= -2).then_some(())).expect("drifts");
    assert!(faults.count(Counter::ClockReadsShifted) > 0);
    let passed = i64::try_from(begun.elapsed().as_millis()).expect("seconds");
    assert!((probe.number("monotonic") - monotonic).abs_diff(passed) < 1_000);
}

#[allow(clippy::disallowed_methods, reason = "this is the clock that the faults are measured against")]
fn wall_seconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since_epoch.as_secs()).expect("before the end of time")
}

/// What a file holds after `lines`, a kill, and a power cut.
fn check_cut(lines: &[&str], expected: &str, writes_lost: u64) {
    let (folder, faults) = setup();
    faults.track_writes();
    let mut probe = Probe::start(&faults);
    let file = folder.path().join("data/file");
    let other = folder.path().join("data/other");
    for line in lines {
        let line = line.replace("FILE", &file.display().to_string()).replace("OTHER", &other.display().to_string());
        let answer = probe.ask(&line);
        assert!(!answer.starts_with("errno"), "{line}: {answer}");
    }
    probe.kill();
    let lost = faults.cut_power().expect("cut");
    assert_eq!(std::fs::read_to_string(&file).expect("there"), expected, "{lines:?}");
    assert_eq!(lost.writes, writes_lost, "{lines:?}");
    assert_eq!(faults.cut_power().expect("cut again"), Lost::default(), "a second cut has nothing to take");
}

#[test]
fn a_power_cut_takes_what_was_not_synced_and_nothing_else() {
    check_cut(&["open FILE", "write one", "sync", "write two"], "one", 1);
    check_cut(&["open FILE", "write one", "datasync", "write two", "write three"], "one", 2);
    check_cut(&["open FILE", "write one", "write two", "sync"], "onetwo", 0);
    check_cut(&["open FILE", "write one"], "", 1);
    check_cut(&["open FILE", "write first", "sync", "overwrite 1 XYZ"], "first", 1);
    check_cut(&["open FILE", "write first", "sync", "overwrite 3 longer"], "first", 1);
    check_cut(&["open FILE", "write first", "sync", "truncate 2", "write more"], "first", 2);
    check_cut(&["open FILE", "write first", "sync", "reopen FILE", "write more"], "first", 2);
    // The sync of another file makes nothing of this one durable.
    check_cut(&["open FILE", "write one", "open OTHER", "write two", "sync"], "", 1);
}
