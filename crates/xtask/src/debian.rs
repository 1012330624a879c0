//! Debian's packages, fetched by name and unpacked into a folder of the cache: no root, nothing installed, and a mirror that
//! is set in apt's sources serves as well.

use crate::environment::{cache, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unpacks a package, and those that it depends on and `is_wanted` names, into a new folder `root`.
///
/// # Errors
/// When there is no apt, or it cannot fetch them.
pub fn unpack(package: &str, is_wanted: impl Fn(&str) -> bool, root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    fs::create_dir_all(root)?;
    for file in Apt::new(&cache()?.join("debian"))?.download(package, is_wanted)? {
        run(Command::new("dpkg").arg("-x").arg(file).arg(root)).context("Debian's dpkg is needed")?;
    }
    Ok(())
}

/// A shell script of one line, that can be run.
///
/// # Errors
/// When it cannot be written.
pub fn write_script(path: &Path, line: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{line}\n"))?;
    run(Command::new("chmod").arg("+x").arg(path))
}

/// apt with lists and archives of its own, for which it needs no root.
struct Apt {
    options: Vec<String>,
    archives: PathBuf,
}

impl Apt {
    fn new(folder: &Path) -> Result<Self> {
        let (lists, archives) = (folder.join("lists"), folder.join("archives"));
        fs::create_dir_all(lists.join("partial"))?;
        fs::create_dir_all(archives.join("partial"))?;
        let settings = [
            format!("Dir::State::lists={}", lists.display()),
            format!("Dir::Cache={}", archives.display()),
            "Debug::NoLocking=1".to_owned(),
            "APT::Sandbox::User=root".to_owned(),
        ];
        Ok(Self { options: settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting]).collect(), archives })
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(&self.options).args(words);
        command
    }

    /// The files of a package and of those that it depends on and `is_wanted` names, installed or not.
    fn download(&self, package: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
        run(&mut self.command("apt-get", &["-qq", "update"])).context("Debian's apt-get is needed")?;
        for file in self.files()? {
            fs::remove_file(file)?;
        }
        let only_depends = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
        let mut depends = self.command("apt-cache", &["depends", "--recurse", package]);
        depends.args(only_depends.map(|other| format!("--no-{other}")));
        let output = depends.output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let listed = String::from_utf8(output.stdout)?;
        let names = listed.lines().filter(|name| *name == package || is_wanted(name));
        run(self.command("apt-get", &["-qq", "download"]).args(names).current_dir(&self.archives))?;
        self.files()
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.archives)?.collect::<std::io::Result<Vec<_>>>()?;
        let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
        Ok(entries.into_iter().map(|entry| entry.path()).filter(is_package).collect())
    }
}
