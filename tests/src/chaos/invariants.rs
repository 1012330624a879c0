//! What a history must keep beyond each resource's order: checks that look at records alone.

use super::history::{Answer, Call, Outcome, Record, Resource};
use super::linear::{self, Verdict};
use super::sequential::State;
use std::collections::{BTreeMap, HashSet};

/// I2 and I9: each resource's calls happened in some order, versions and labels among their answers. What is wrong.
pub fn invariant_linearizable(records: &[Record]) -> Vec<String> {
    let mut of_each: BTreeMap<Resource, Vec<&Record>> = BTreeMap::new();
    for record in records {
        of_each.entry(record.resource).or_default().push(record);
    }
    let judge = |(resource, records): (&Resource, &Vec<&Record>)| match linear::check(State::first(*resource), records)
    {
        Verdict::Linearizable => None,
        Verdict::Violated(why) => Some(format!("I2: {why}")),
        Verdict::Unknown => Some(format!("I2: {resource:?}: the search was given up after {} calls", records.len())),
    };
    of_each.iter().filter_map(judge).collect()
}

/// I3: no use of a key that was made after a disable or a deletion was acknowledged succeeds, unless it may have been
/// enabled since.
pub fn invariant_no_use_after_disable(records: &[Record]) -> Vec<String> {
    let keys = records.iter().filter(|record| matches!(record.resource, Resource::Key(_)));
    let mut of_each: BTreeMap<Resource, Vec<&Record>> = BTreeMap::new();
    for record in keys {
        of_each.entry(record.resource).or_default().push(record);
    }
    of_each.values().flat_map(|records| used_after_disable(records)).collect()
}

fn used_after_disable(records: &[&Record]) -> Vec<String> {
    let done = |record: &Record| record.outcome == Some(Outcome::Answered(Answer::Done));
    let closes =
        |record: &&&Record| matches!(record.call, Call::DisableKey | Call::ScheduleKeyDeletion) && done(record);
    let closed: Vec<&Record> = records.iter().filter(closes).copied().collect();
    let enabled: Vec<&Record> = records.iter().filter(|record| record.call == Call::EnableKey).copied().collect();
    let mut wrong = Vec::new();
    for used in records.iter().filter(|record| matches!(record.call, Call::UseKey(_)) && done(record)) {
        let end = used.ended.unwrap_or(u64::MAX);
        let before = |closed: &&&Record| closed.ended.is_some_and(|ended| ended < used.invoked);
        for closed in closed.iter().filter(before) {
            let may_open = |enable: &&Record| {
                let fruitless =
                    matches!(enable.outcome, Some(Outcome::Answered(Answer::Refused(_)) | Outcome::Failed(_)));
                let known = matches!(enable.outcome, Some(Outcome::Answered(_)));
                let ended = if known { enable.ended.unwrap_or(u64::MAX) } else { u64::MAX };
                !fruitless && ended > closed.invoked && enable.invoked < end
            };
            if !enabled.iter().any(may_open) {
                wrong.push(format!(
                    "I3: {:?} {:?} at {} ns, after {:?} was acknowledged at {:?} ns",
                    used.resource, used.call, used.invoked, closed.call, closed.ended,
                ));
            }
        }
    }
    wrong
}

/// Two encryptions never answer the same bytes: their nonces are drawn.
pub fn invariant_no_ciphertext_twice<'a>(blobs: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut seen = HashSet::new();
    let twice = blobs.filter(|blob| !seen.insert(*blob)).count();
    if twice == 0 { Vec::new() } else { vec![format!("I9: {twice} ciphertexts were answered twice")] }
}

/// The longest time in which no call was answered, in nanoseconds, and when it began.
pub fn worst_gap(records: &[Record]) -> (u64, u64) {
    let answered = |record: &&Record| matches!(record.outcome, Some(Outcome::Answered(_)));
    let mut ends: Vec<u64> = records.iter().filter(answered).filter_map(|record| record.ended).collect();
    ends.sort_unstable();
    ends.windows(2).map(|pair| (pair[1] - pair[0], pair[0])).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(call: Call, invoked: u64, ended: u64, outcome: Outcome) -> Record {
        let outcome = Some(outcome);
        Record { client: 0, node: None, resource: Resource::Key(0), call, invoked, ended: Some(ended), outcome }
    }

    #[test]
    fn a_use_after_an_acknowledged_disable_is_found() {
        let done = || Outcome::Answered(Answer::Done);
        let disable = || record(Call::DisableKey, 10, 20, done());
        let decrypt = |at| record(Call::UseKey("Decrypt"), at, at + 5, done());
        let enable = |at, end, outcome| record(Call::EnableKey, at, end, outcome);
        let unknown = || Outcome::Unknown(String::new());
        let refused = || Outcome::Answered(Answer::Refused("KMSInvalidStateException".to_owned()));
        let rows: [(&str, Vec<Record>, usize); 9] = [
            ("after", vec![disable(), decrypt(21)], 1),
            ("beside", vec![disable(), decrypt(19)], 0),
            ("before", vec![decrypt(1), disable()], 0),
            ("after an enable", vec![disable(), enable(21, 22, done()), decrypt(23)], 0),
            ("after an enable that came before", vec![enable(1, 2, done()), disable(), decrypt(23)], 1),
            ("after an enable beside the disable", vec![enable(9, 12, done()), disable(), decrypt(23)], 0),
            ("after an unknown enable before it", vec![enable(1, 2, unknown()), disable(), decrypt(23)], 0),
            ("after a refused enable", vec![disable(), enable(21, 22, refused()), decrypt(23)], 1),
            ("before a later enable", vec![disable(), decrypt(21), enable(30, 31, done())], 1),
        ];
        for (what, records, expected) in rows {
            assert_eq!(invariant_no_use_after_disable(&records).len(), expected, "{what}");
        }
    }

    #[test]
    fn the_longest_silence_is_between_answers() {
        let done = || Outcome::Answered(Answer::Done);
        let records = [
            record(Call::DescribeKey, 1, 5, done()),
            record(Call::DescribeKey, 6, 90, Outcome::Unknown(String::new())),
            record(Call::DescribeKey, 6, 105, done()),
            record(Call::DescribeKey, 6, 7, done()),
        ];
        assert_eq!(worst_gap(&records), (98, 7));
        assert_eq!(worst_gap(&[]), (0, 0));
    }

    #[test]
    fn the_same_ciphertext_twice_is_found() {
        assert!(invariant_no_ciphertext_twice([&b"a"[..], b"b"].into_iter()).is_empty());
        assert_eq!(invariant_no_ciphertext_twice([&b"a"[..], b"b", b"a"].into_iter()).len(), 1);
    }
}
