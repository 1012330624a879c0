//! The files of `deploy/`, as their own formats have them.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use tests::{checkout, program, python};

/// A file of `deploy/`.
pub(crate) fn path(name: &str) -> PathBuf {
    checkout().join("deploy").join(name)
}

/// Its text.
pub(crate) fn text(name: &str) -> Result<String> {
    std::fs::read_to_string(path(name)).with_context(|| name.to_owned())
}

/// A TOML text as the tables it holds.
pub(crate) fn toml(text: &str) -> Result<Value> {
    Ok(serde_json::to_value(toml::from_str::<toml::Table>(text)?)?)
}

/// A YAML file, read by Python's yaml: the AWS CLI brings it along.
pub(crate) fn yaml(name: &str) -> Result<Value> {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let output = Command::new(python()?).args(["-c", script]).arg(path(name)).output()?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The texts of a list.
pub(crate) fn words(list: &Value) -> Result<Vec<String>> {
    let word = |word: &Value| word.as_str().map(str::to_owned).with_context(|| format!("a text, not {word}"));
    list.as_array().with_context(|| format!("a list, not {list}"))?.iter().map(word).collect()
}

/// A program that reads what lies in `deploy/`: the one that `variable` names, as `cargo xtask test` does where it had to
/// fetch it, else this machine's.
///
/// # Errors
/// When it is missing: no test passes by that.
pub(crate) fn reader(name: &str, variable: &str) -> Result<Command> {
    let program = std::env::var_os(variable).unwrap_or_else(|| name.into());
    let started = Command::new(&program).arg("--version").output();
    started.with_context(|| format!("{name} cannot be started: run the tests by `cargo xtask test`"))?;
    Ok(Command::new(program))
}

/// Runs the binary under test to its end.
pub(crate) fn lockstep<W: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = W>) -> Result<Output> {
    Command::new(program()).args(words).output().context("lockstep cannot be started")
}

/// What it prints, when it ends well.
pub(crate) fn printed<W: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = W>) -> Result<String> {
    let output = lockstep(words)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
