//! How much of AWS's model is built. An operation counts when, in the conformance run, a real client got one success and
//! one refusal of it from a cluster, on each wire that its service has.
//!
//! The run's scenarios note each call in a file of JSON lines (tests/python/wires.py), and which operations the server
//! offers. An operation that is offered and not seen to work on both wires is an error, and so is a table in README.md
//! that is not what the run found.

use crate::environment::{checkout, note, target};
use crate::generate::{SERVICES, Service, model_folder};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The variable that names the file of the notes to the scenarios.
pub const NOTES_VARIABLE: &str = "LOCKSTEP_COVERAGE_NOTES";

/// What stands around the table in README.md.
const BEGIN: &str = "<!-- Written by `cargo xtask coverage --write`; not edited by hand. -->\n";
const END: &str = "<!-- End of the coverage table. -->\n";

/// The wires in the notes: AWS's own, JSON or Query, and ours.
const AWS: &str = "aws";
const GRPC: &str = "grpc";

/// What was seen of one operation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    is_offered: bool,
    /// Wire and outcome, `success` or `refusal`.
    outcomes: BTreeSet<(String, String)>,
}

/// What was seen of each operation, by service.
type Notes = BTreeMap<(String, String), Seen>;

/// One line of the table.
struct Row {
    /// As AWS calls the service.
    name: &'static str,
    built: Vec<String>,
    in_scope: usize,
    in_model: usize,
}

/// Where this run's notes go: a file of its own, for another run may be under way. It is not there: scenarios add to what
/// they find, and a run that was killed, of the same process id, has left its own.
///
/// # Errors
/// When it cannot be removed, or there is no folder for it.
pub fn fresh_notes() -> Result<PathBuf> {
    fresh_notes_in(&target()?)
}

fn fresh_notes_in(folder: &Path) -> Result<PathBuf> {
    let notes = folder.join(format!("conformance-{}.jsonl", std::process::id()));
    match std::fs::remove_file(&notes) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(cause).with_context(|| format!("cannot remove {}", notes.display()))
        }
        _ => Ok(notes),
    }
}

/// Keeps a run's notes where the last run's are, and tells where that is.
///
/// # Errors
/// When they cannot be moved there.
pub fn keep(notes: &Path) -> Result<PathBuf> {
    let last = target()?.join("conformance.jsonl");
    if notes.exists() {
        std::fs::rename(notes, &last)?;
    }
    Ok(last)
}

/// Makes the table of a run's notes, prints it, and compares it with README.md's or writes it there.
///
/// # Errors
/// When an operation that the server offers was not seen to work, or README.md says otherwise than the table.
pub fn report(notes: &Path, write: bool) -> Result<()> {
    let text = std::fs::read_to_string(notes)
        .with_context(|| format!("no notes of a conformance run at {}", notes.display()))?;
    let notes = parse(&text)?;
    let table = table(&rows(&notes)?);
    note(&format!("operations by service\n\n{table}"));
    let lacking = lacking(&notes);
    ensure!(lacking.is_empty(), "offered, but not seen to work:\n  {}", lacking.join("\n  "));
    let path = checkout().join("README.md");
    let readme = std::fs::read_to_string(&path)?;
    let wanted = with_table(&readme, &table)?;
    if readme != wanted {
        ensure!(write, "README.md's table is not what the run found: run `cargo xtask coverage --write`");
        std::fs::write(path, wanted)?;
    }
    Ok(())
}

fn parse(text: &str) -> Result<Notes> {
    let mut notes = Notes::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("not a note: {line}"))?;
        let member = |name: &str| line[name].as_str().map(str::to_owned).with_context(|| format!("no {name}: {line}"));
        let seen = notes.entry((member("service")?, member("operation")?)).or_default();
        match member("outcome")?.as_str() {
            "offered" => seen.is_offered = true,
            outcome @ ("success" | "refusal") => {
                seen.outcomes.insert((member("wire")?, outcome.to_owned()));
            }
            other => bail!("an outcome that is none: {other}"),
        }
    }
    ensure!(notes.values().any(|seen| seen.is_offered), "the run did not ask the server what it offers");
    Ok(notes)
}

/// What is not seen of an operation that its service's wires need.
fn missing(service: &str, seen: &Seen) -> Vec<String> {
    let has_grpc = SERVICES.iter().any(|known| known.id == service && known.grpc.is_some());
    let wires: &[&str] = if has_grpc { &[AWS, GRPC] } else { &[AWS] };
    let wanted = wires.iter().flat_map(|wire| ["success", "refusal"].map(|outcome| (*wire, outcome)));
    let is_seen = |wire: &str, outcome: &str| seen.outcomes.contains(&(wire.to_owned(), outcome.to_owned()));
    wanted
        .filter(|(wire, outcome)| !is_seen(wire, outcome))
        .map(|(wire, outcome)| format!("{outcome} on {wire}"))
        .collect()
}

/// The operations that are offered and not covered, each with what is missing.
fn lacking(notes: &Notes) -> Vec<String> {
    let offered = notes.iter().filter(|(_, seen)| seen.is_offered);
    let missing = offered.map(|((service, operation), seen)| (service, operation, missing(service, seen)));
    let lacking = missing.filter(|(_, _, missing)| !missing.is_empty());
    lacking.map(|(service, operation, missing)| format!("{service} {operation}: no {}", missing.join(", "))).collect()
}

fn rows(notes: &Notes) -> Result<Vec<Row>> {
    let folder = model_folder()?;
    let row = |known| {
        let model = Service::read(&folder, known)?;
        let is_built = |operation: &String| {
            let seen = notes.get(&(known.id.to_owned(), operation.clone()));
            seen.is_some_and(|seen| seen.is_offered && missing(known.id, seen).is_empty())
        };
        let names = model.operations.iter().map(|operation| operation.name.clone());
        let built = names.filter(is_built).collect();
        Ok(Row { name: known.name, built, in_scope: model.operations.len(), in_model: model.operations_in_model })
    };
    SERVICES.iter().map(row).collect()
}

fn table(rows: &[Row]) -> String {
    let mut text = "| service | built | in scope | in AWS's model | operations |\n\
                    | --- | ---: | ---: | ---: | --- |\n"
        .to_owned();
    for row in rows {
        let (built, operations) = (row.built.len(), row.built.join(", "));
        let _ = writeln!(text, "| {} | {built} | {} | {} | {operations} |", row.name, row.in_scope, row.in_model);
    }
    text
}

/// A text with what stands between the marks replaced.
fn with_table(readme: &str, table: &str) -> Result<String> {
    let (before, rest) = readme.split_once(BEGIN).context("README.md has no mark where the coverage table begins")?;
    let (_, after) = rest.split_once(END).context("README.md has no mark where the coverage table ends")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(service: &str, operation: &str, wire: &str, outcome: &str) -> String {
        format!(
            "{{\"service\":\"{service}\",\"operation\":\"{operation}\",\"wire\":\"{wire}\",\"outcome\":\"{outcome}\"}}\n"
        )
    }

    #[test]
    fn an_operation_counts_with_a_success_and_a_refusal_on_each_wire() {
        let both = [(AWS, "success"), (AWS, "refusal"), (GRPC, "success"), (GRPC, "refusal")];
        for (service, outcomes, expected) in [
            ("kms", &both[..], ""),
            ("kms", &both[..3], "no refusal on grpc"),
            ("kms", &both[..2], "no success on grpc, refusal on grpc"),
            ("kms", &[], "no success on aws, refusal on aws, success on grpc, refusal on grpc"),
            ("sts", &both[..2], ""),
            ("sts", &both[..1], "no refusal on aws"),
        ] {
            let mut text = line(service, "Do", AWS, "offered");
            text.extend(outcomes.iter().map(|(wire, outcome)| line(service, "Do", wire, outcome)));
            let found = lacking(&parse(&text).unwrap());
            let expected = if expected.is_empty() { vec![] } else { vec![format!("{service} Do: {expected}")] };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn notes_that_are_none_are_refused() {
        let offered = line("kms", "Do", AWS, "offered");
        for text in ["", "{", &line("kms", "Do", AWS, "success"), &line("kms", "Do", AWS, "maybe"), &(offered + "{}\n")]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_killed_run_has_left_is_not_taken_for_this_one() {
        let folder = std::env::temp_dir().join(format!("lockstep-xtask-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let notes = fresh_notes_in(&folder).unwrap();
        std::fs::write(&notes, line("kms", "Do", AWS, "offered")).unwrap();
        assert_eq!(fresh_notes_in(&folder).unwrap(), notes);
        assert!(!notes.exists());
        std::fs::remove_dir(folder).unwrap();
    }

    #[test]
    fn the_table_stands_between_its_marks() {
        let row = Row { name: "KMS", built: vec!["A".to_owned(), "B".to_owned()], in_scope: 5, in_model: 9 };
        let readme = with_table(&format!("before\n{BEGIN}old\n{END}after\n"), &table(&[row])).unwrap();
        let expected = "| service | built | in scope | in AWS's model | operations |\n\
                        | --- | ---: | ---: | ---: | --- |\n| KMS | 2 | 5 | 9 | A, B |\n";
        assert_eq!(readme, format!("before\n{BEGIN}{expected}{END}after\n"));
        assert!(with_table("no marks", "").is_err());
    }
}
