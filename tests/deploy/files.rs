//! The files of `deploy/`, as their own formats have them.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tests::{program, python};

/// A file of `deploy/`.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
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

/// A program that reads what lies in `deploy/` and that a developer may be without. Whoever sets `LOCKSTEP_TEST_REQUIRE`,
/// as `.ci/run` does where it could install them, wants no test to pass by its absence.
pub(crate) fn if_installed(program: &str) -> Result<Option<Command>> {
    let there = Command::new(program).arg("--version").output().is_ok();
    ensure!(there || std::env::var_os("LOCKSTEP_TEST_REQUIRE").is_none(), "{program} is not installed");
    Ok(there.then(|| Command::new(program)))
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
