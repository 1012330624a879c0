//! The files that are written: formatted, then either stored or compared with what is committed.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Stands in the first line of each file.
pub const MARK: &str = "Written by `cargo xtask generate` from AWS's model; not edited by hand.";

/// Where the Rust tables lie.
const TABLES: &str = "crates/proto/src/generated";

/// Folders in which every file is ours, so that one too many is found.
const OWNED: [&str; 2] = ["proto/api/lockstep", TABLES];

/// Files by their path in the checkout.
#[derive(Default)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    /// Adds a file.
    pub fn add(&mut self, path: &str, text: String) {
        let text = text.trim_end().to_owned() + "\n";
        self.0.insert(path.to_owned(), text);
    }

    /// Adds a Rust table of a service.
    pub fn add_table(&mut self, service: &str, name: &str, about: &str, body: &str) {
        let text = format!("//! {about}\n//!\n//! {MARK}\n\n{body}");
        self.add(&format!("{TABLES}/{service}/{name}.rs"), text);
    }

    /// The texts as the writers gave them.
    #[cfg(test)]
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// Stores the files, or with `check` only compares.
    pub fn finish(mut self, checkout: &Path, check: bool) -> Result<()> {
        for (path, text) in &mut self.0 {
            if path.ends_with(".rs") {
                *text = formatted(checkout, text).with_context(|| format!("rustfmt of {path}"))?;
            }
        }
        let extra = self.extra(checkout)?;
        if !check {
            for path in extra {
                std::fs::remove_file(checkout.join(path))?;
            }
            return self.store(checkout);
        }
        let differs = |(path, text): &(&String, &String)| {
            std::fs::read_to_string(checkout.join(path)).ok().as_ref() != Some(text)
        };
        let mut wrong: Vec<String> = self.0.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        wrong.extend(extra);
        if !wrong.is_empty() {
            bail!("not as AWS's model has it (run `cargo xtask generate`): {}", wrong.join(", "));
        }
        Ok(())
    }

    fn store(&self, checkout: &Path) -> Result<()> {
        for (path, text) in &self.0 {
            let path = checkout.join(path);
            if std::fs::read_to_string(&path).ok().as_ref() == Some(text) {
                continue;
            }
            std::fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// Files in our folders that no writer wrote.
    fn extra(&self, checkout: &Path) -> Result<Vec<String>> {
        let mut extra = Vec::new();
        let mut folders: Vec<_> = OWNED.iter().map(|folder| checkout.join(folder)).collect();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(checkout)?.to_string_lossy().into_owned();
                if !self.0.contains_key(&name) {
                    extra.push(name);
                }
            }
        }
        Ok(extra)
    }
}

/// Adds the list of a service's tables.
pub fn service_list(service: &str, files: &mut Files) {
    let body = "mod enumerations;\npub(crate) mod errors;\npub(crate) mod operations;\nmod validation;\n";
    files.add_table(service, "mod", &format!("The tables of {service}."), body);
}

/// Adds the list of services.
pub fn list_of_services(services: &[&str], files: &mut Files) {
    let modules: String = services.iter().map(|service| format!("pub(crate) mod {service};\n")).collect();
    files.add(&format!("{TABLES}/mod.rs"), format!("//! Tables of every service.\n//!\n//! {MARK}\n\n{modules}"));
}

/// rustfmt's form of a text, by the checkout's own settings.
fn formatted(checkout: &Path, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--emit", "stdout", "--config-path"]).arg(checkout.join("rustfmt.toml"));
    let mut child = rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start rustfmt")?;
    // rustfmt reads all before it writes, so the pipes cannot block each other.
    child.stdin.take().context("stdin is piped")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "rustfmt refused the text");
    Ok(String::from_utf8(output.stdout)?)
}
