//! The sample configuration: taken by the binary, complete, and right about defaults.
//!
//! A line `#name = value` in it shows an option that is left out. Its value is the default unless `# example` follows;
//! `# development` follows what a server's node does not take.

use crate::files::{lockstep, printed, text, toml};
use crate::node::{Place, on_loopback};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use tests::scratch;

/// A word that is no field and no value of anything.
const STRANGER: &str = "nobody-knows-this";

/// The sample with everything that it names in a temporary folder.
pub(crate) fn place(folder: &Path, text: &str) -> Result<Place> {
    let seal = folder.join("seal.key");
    printed([Path::new("operator"), Path::new("seal-key"), &seal])?;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    let mut names = on_loopback(&["10.0.0.1:8443", "10.0.0.1:8444", "10.0.0.1:8445", "10.0.0.1:9464"])?;
    names.push(("/etc/lockstep/seal.key", seal.display().to_string()));
    names.push(("/etc/lockstep/tls/certificate.pem", certificate.display().to_string()));
    names.push(("/etc/lockstep/tls/key.pem", key.display().to_string()));
    Place::new(folder, "node", text, &names)
}

/// What the binary makes of a configuration, every default filled in.
fn effective(text: &str) -> Result<Value> {
    let folder = scratch();
    let place = place(folder.path(), text)?;
    toml(&printed(["server", "--check", "--config", &place.config.display().to_string()])?)
}

/// What the binary complains of in a configuration.
fn complaint(text: &str) -> Result<String> {
    let folder = scratch();
    let place = place(folder.path(), text)?;
    let output = lockstep(["server", "--check", "--config", &place.config.display().to_string()])?;
    ensure!(!output.status.success(), "the binary takes this:\n{text}");
    Ok(String::from_utf8(output.stderr)?)
}

/// The sample with the options that it leaves out put in: the defaults, the examples, or both.
fn with_options(sample: &str, wanted: impl Fn(&str) -> bool) -> String {
    let put_in = |line: &str| match option(line) {
        Some(option) if wanted(option) => option.to_owned(),
        _ => line.to_owned(),
    };
    sample.lines().map(put_in).collect::<Vec<_>>().join("\n")
}

/// The option that a line leaves out: prose has a space after its `#`.
fn option(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '['))
}

fn is_for_development(option: &str) -> bool {
    option.ends_with("# development")
}

/// A text with one more line behind the heading of a table; before everything else for none.
fn with_line(text: &str, table: &str, line: &str) -> String {
    if table.is_empty() {
        return format!("{line}\n{text}");
    }
    let headings = [format!("[{table}]"), format!("[[{table}]]")];
    let is_heading = |line: &str| headings.iter().any(|heading| line.starts_with(heading));
    text.lines().map(|own| if is_heading(own) { format!("{own}\n{line}\n") } else { format!("{own}\n") }).collect()
}

fn is_example(option: &str) -> bool {
    option.ends_with("# example")
}

/// Every `table.name` with its value.
fn flat(tables: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, value) in tables.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(table) => all.extend(table.iter().map(|(inner, value)| (format!("{name}.{inner}"), value.clone()))),
            None => all.push((name.clone(), value.clone())),
        }
    }
    all
}

/// The words between backticks after `expected`: what the binary would have taken.
fn expected(complaint: &str) -> Vec<String> {
    let list = complaint.split("expected").nth(1).unwrap_or_default();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_sample_is_taken_as_it_is_and_with_every_option() -> Result<()> {
    let sample = text("lockstep.toml")?;
    for wanted in [|_: &str| false, |option: &str| !is_for_development(option)] {
        let given = with_options(&sample, wanted);
        let effective = effective(&given)?;
        for (name, value) in flat(&toml(&given)?) {
            let (table, field) = name.split_once('.').unwrap_or(("", &name));
            let found = if table.is_empty() { &effective[field] } else { &effective[table][field] };
            let moved = value.as_str().is_some_and(|text| text.contains("10.0.0.1") || text.starts_with('/'));
            let left_out = found.is_null() && value == Value::Bool(false);
            ensure!(moved && found.is_string() || left_out || *found == value, "{name} is {value}, became {found}");
        }
    }
    Ok(())
}

#[test]
fn what_the_sample_has_for_development_is_taken_there_alone() -> Result<()> {
    let sample = with_options(&text("lockstep.toml")?, |_| true);
    ensure!(complaint(&sample)?.contains("regions"), "a server's node takes several Regions");
    let effective = effective(&sample.replacen("kind = \"file\"", "kind = \"dev\"", 1))?;
    ensure!(effective["regions"][0]["region"] == "eu-west-1", "{effective}");
    Ok(())
}

#[test]
fn the_sample_has_every_field() -> Result<()> {
    let sample = with_options(&text("lockstep.toml")?, |_| true);
    let all = toml(&sample)?;
    let tables = all.as_object().into_iter().flatten().filter(|(_, value)| value.is_object() || value.is_array());
    let mut fields = Vec::new();
    for table in std::iter::once("").chain(tables.map(|(name, _)| name.as_str())) {
        // The binary lists what it knows when it meets what it does not know.
        let known = expected(&complaint(&with_line(&sample, table, &format!("{STRANGER} = 1")))?);
        ensure!(!known.is_empty(), "the binary says nothing of the fields of [{table}]");
        fields.extend(known.into_iter().map(|field| (table.to_owned(), field)));
    }
    ensure!(fields.len() > 15, "these are not all fields: {fields:?}");
    for (table, field) in fields {
        let found = match (&all[&table], table.is_empty()) {
            (_, true) => &all[&field],
            (Value::Array(entries), _) => &entries[0][&field],
            (entry, _) => &entry[&field],
        };
        ensure!(!found.is_null(), "the sample lacks `{field}` of [{table}]");
    }
    Ok(())
}

#[test]
fn the_sample_names_every_choice() -> Result<()> {
    let sample = with_options(&text("lockstep.toml")?, |_| true);
    for field in ["kind", "format"] {
        let line = sample.lines().find(|line| line.starts_with(&format!("{field} = "))).context(field)?;
        let known = expected(&complaint(&sample.replacen(line, &format!("{field} = \"{STRANGER}\""), 1))?);
        ensure!(known.len() > 1, "the binary says nothing of what `{field}` may be");
        for choice in known {
            ensure!(
                sample.contains(&format!("\"{choice}\"")),
                "the sample does not say that `{field}` may be {choice}"
            );
        }
    }
    Ok(())
}

#[test]
fn the_samples_defaults_are_the_binarys() -> Result<()> {
    let sample = text("lockstep.toml")?;
    let without = effective(&sample)?;
    let given = flat(&toml(&sample)?);
    let shown = flat(&toml(&with_options(&sample, |option| !is_example(option) && !is_for_development(option)))?);
    let defaults: Vec<_> = shown.iter().filter(|option| !given.contains(option)).collect();
    ensure!(defaults.len() > 5, "these are not all defaults: {defaults:?}");
    for (name, value) in defaults {
        let (table, field) = name.split_once('.').context("options at their defaults are in tables")?;
        let found = &without[table][field];
        // What is false is left out of what the binary prints.
        let left_out = found.is_null() && *value == Value::Bool(false);
        ensure!(left_out || found == value, "the sample says that {name} is {value} by default; it is {found}");
    }
    Ok(())
}

#[test]
fn a_configuration_whose_files_cannot_be_used_is_refused() -> Result<()> {
    let sample = text("lockstep.toml")?;
    for (change, expected) in [
        (("/etc/lockstep/seal.key", "/nowhere/seal.key"), "seal"),
        (("/etc/lockstep/tls/key.pem", "/nowhere/key.pem"), "/nowhere/key.pem"),
        (("path = \"/etc/lockstep/seal.key\"", ""), "missing field `path`"),
    ] {
        let changed = sample.replace(change.0, change.1);
        ensure!(changed != sample, "{change:?} changes nothing");
        let complaint = complaint(&changed)?;
        ensure!(complaint.contains(expected), "{change:?}: {complaint}");
    }
    Ok(())
}
