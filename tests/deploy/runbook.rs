//! The runbook: its commands exist, its links lead somewhere, and every alert has its place in it.

use crate::files::{lockstep, path, text, yaml};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use tests::scratch;

/// The command lines of the program in a text: in blocks, with or without a word before the program's name.
fn command_lines(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            let line = line.split(" #").next().unwrap_or_default();
            let start =
                if line.starts_with("lockstep ") { Some(0) } else { line.find("-- lockstep ").map(|at| at + 3) };
            lines.extend(start.map(|start| line[start..].trim_end().to_owned()));
        }
    }
    // And in prose, where a line names a task.
    let quoted =
        text.split('`').skip(1).step_by(2).filter(|words| words.starts_with("lockstep ") && !words.contains('…'));
    lines.extend(quoted.filter(|words| words.split(' ').count() > 2 && !words.contains('\n')).map(str::to_owned));
    lines
}

/// The names by which headings are linked to, as forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with("##")).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_command_exists() -> Result<()> {
    let mut seen = BTreeSet::new();
    for line in command_lines(&text("runbook.md")?).into_iter().chain(command_lines(&text("lockstep.toml")?)) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        // The line is parsed up to the `--help` and nothing is done.
        let output = lockstep(words.iter().copied().chain(["--help"]))?;
        ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        seen.extend(words.get(1).map(|word| (*word).to_owned()));
    }
    for task in ["init", "token", "join", "remove", "transfer", "rotate-keyring", "seal-key", "credential"] {
        ensure!(seen.contains(task), "the runbook does not say how to use {task}");
    }
    let folder = scratch();
    let strange = lockstep(["operator", "resurrect", &folder.path().display().to_string(), "--help"])?;
    ensure!(!strange.status.success(), "a command that does not exist is found out");
    Ok(())
}

/// Root reads keys that the node's user cannot: its check would pass, and the restart behind it fail.
#[test]
fn a_configuration_is_checked_as_the_nodes_user() -> Result<()> {
    let (runbook, sample, unit) = (text("runbook.md")?, text("lockstep.toml")?, text("systemd/lockstep.service")?);
    let user = unit.lines().find_map(|line| line.strip_prefix("User=")).context("a user")?;
    let lines = runbook.lines().chain(sample.lines()).map(|line| line.trim_start_matches(['#', ' ']));
    let checks: Vec<_> = lines.filter(|line| line.ends_with("--check")).collect();
    ensure!(checks.len() >= 4, "{checks:?}");
    for line in checks {
        ensure!(line.starts_with(&format!("runuser -u {user} -- lockstep server ")), "{line}");
    }
    Ok(())
}

#[test]
fn every_link_leads_somewhere() -> Result<()> {
    let runbook = text("runbook.md")?;
    let anchors = anchors(&runbook);
    let links = runbook.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links {
        match link.split_once('#') {
            Some(("", anchor)) => ensure!(anchors.contains(anchor), "no heading for #{anchor}: {anchors:?}"),
            _ => ensure!(path("").join(link).exists(), "{link} is not there"),
        }
    }
    Ok(())
}

#[test]
fn every_alert_has_its_place() -> Result<()> {
    let anchors = anchors(&text("runbook.md")?);
    let file = yaml("prometheus/alerts.yaml")?;
    let rules = file["groups"].as_array().context("groups")?.iter().filter_map(|group| group["rules"].as_array());
    for rule in rules.flatten() {
        let place = rule["annotations"]["runbook"].as_str().with_context(|| format!("a place for {rule}"))?;
        let (file, anchor) = place.split_once('#').context("file#heading")?;
        let checkout = tests::checkout();
        ensure!(checkout.join(file).is_file() && anchors.contains(anchor), "{} leads to {place}", rule["alert"]);
        ensure!(["warning", "critical"].iter().any(|severity| rule["labels"]["severity"] == *severity), "{rule}");
    }
    Ok(())
}
