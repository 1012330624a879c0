//! I7: whatever was answered is in the log of a node, refusals by their codes. A call that was sent twice may be there
//! twice.

use super::history::{Answer, Outcome, Record};
use std::collections::BTreeMap;

/// What stands before a record in a log of lines.
const RECORD: &str = " audit: record=";

/// Answers that clients got and that fewer records tell of, by code; the code of a success is empty.
pub fn invariant_every_answer_is_recorded(logs: &[String], history: &[Record]) -> Vec<String> {
    let recorded = recorded(logs);
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    for record in history {
        match &record.outcome {
            // What the load itself has to say of an answer is a sentence.
            Some(Outcome::Answered(Answer::Refused(code))) if code.contains(' ') => {}
            Some(Outcome::Answered(Answer::Refused(code))) => *answered.entry(code).or_default() += 1,
            Some(Outcome::Answered(_)) => *answered.entry("").or_default() += 1,
            _ => {}
        }
    }
    let lacking = answered.into_iter().filter(|(code, count)| recorded.get(*code).copied().unwrap_or(0) < *count);
    lacking
        .map(|(code, count)| format!("I7: {count} answers of code '{code}' have too few records: {recorded:?}"))
        .collect()
}

fn recorded(logs: &[String]) -> BTreeMap<String, usize> {
    let mut recorded = BTreeMap::new();
    for line in logs.iter().flat_map(|log| log.lines()) {
        let Some((_, json)) = line.split_once(RECORD) else { continue };
        // The last line of a killed process may be torn, and was answered to nobody then.
        let Ok(record) = serde_json::from_str::<serde_json::Value>(json) else { continue };
        *recorded.entry(record["errorCode"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    recorded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::{Call, Resource};

    fn answered(answer: Answer) -> Record {
        Record {
            client: 1,
            node: None,
            resource: Resource::Key(1),
            call: Call::DescribeKey,
            invoked: 1,
            ended: Some(2),
            outcome: Some(Outcome::Answered(answer)),
        }
    }

    #[test]
    fn an_answer_without_a_record_is_found() {
        let refused = || answered(Answer::Refused("DisabledException".to_owned()));
        let line = |error: &str| format!("2026-11-21T18:49:03.217000Z  INFO audit: record={{{error}}}\n");
        let (good, bad) = (line(""), line("\"errorCode\":\"DisabledException\""));
        for (log, history, found) in [
            (String::new(), vec![], 0),
            (good.clone(), vec![answered(Answer::Done)], 0),
            (good.clone() + &bad, vec![answered(Answer::Done), refused()], 0),
            (good.clone() + &good, vec![answered(Answer::Done), refused()], 1),
            (good.clone() + &bad, vec![refused(), refused()], 1),
            (bad[..bad.len() - 4].to_owned(), vec![refused()], 1),
            (String::new(), vec![answered(Answer::Refused("opened to something else".to_owned()))], 0),
        ] {
            let missing = invariant_every_answer_is_recorded(std::slice::from_ref(&log), &history);
            assert_eq!(missing.len(), found, "{log}: {missing:?}");
        }
    }
}
