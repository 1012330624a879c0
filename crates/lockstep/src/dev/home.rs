//! The folder of a development cluster: one that is named and stays, or one that goes with the command.

use super::pointer;
use crate::output::complain;
use anyhow::{Context as _, Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Whose command it is that works in the folder.
const LOCK: &str = "dev.lock";
/// How many folders of commands that were killed may lie about under one process id: in a container it is always the same.
const LEFT_MAX: u32 = 10_000;

/// The folder of a cluster.
pub struct Home {
    pub data: PathBuf,
    /// Whether it goes with the command.
    pub ephemeral: bool,
}

impl Home {
    /// The folder that is asked for, or a new one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(asked: Option<&Path>) -> Result<Self> {
        let Some(asked) = asked else {
            return Ok(Self { data: new_folder(&std::env::temp_dir())?, ephemeral: true });
        };
        let data = std::path::absolute(asked)?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&data);
        made.with_context(|| format!("cannot make the folder {}", data.display()))?;
        Ok(Self { data, ephemeral: false })
    }

    /// The folder is this command's until the file is closed: two that rise at one moment would each end the other's zones.
    ///
    /// # Errors
    /// When it is another command's.
    pub fn lock(&self) -> Result<File> {
        let path = self.data.join(LOCK);
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("the cluster in {} is just being started or ended by another command", self.data.display());
        }
        Ok(file)
    }

    /// The end of the command: what goes with it, goes.
    pub fn close(&self) {
        pointer::forget();
        if self.ephemeral
            && let Err(cause) = std::fs::remove_dir_all(&self.data)
        {
            complain(&format!("{} could not be removed: {cause}", self.data.display()));
        }
    }
}

/// A new folder for a cluster that goes: one that is there already is somebody else's, or of a command that was killed.
fn new_folder(parent: &Path) -> Result<PathBuf> {
    let name = format!("lockstep-dev-{}", std::process::id());
    let names = std::iter::once(name.clone()).chain((2..=LEFT_MAX).map(|number| format!("{name}-{number}")));
    for data in names.map(|name| parent.join(name)) {
        match DirBuilder::new().mode(0o700).create(&data) {
            Ok(()) => return Ok(data),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause).with_context(|| format!("cannot make the folder {}", data.display())),
        }
    }
    bail!("{LEFT_MAX} folders {name} lie in {}: remove them", parent.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_commands() {
        let temp = tempfile::tempdir().expect("temp");
        let home = || Home::open(Some(&temp.path().join("made/here"))).expect("a folder");
        let held = home().lock().expect("nobody's");
        let refused = home().lock().expect_err("taken").to_string();
        assert!(refused.contains("by another command"), "{refused}");
        drop(held);
        home().lock().expect("nobody's again");
    }

    #[test]
    fn what_a_killed_command_has_left_is_passed_over() {
        let temp = tempfile::tempdir().expect("temp");
        let made: Vec<PathBuf> = (0..3).map(|_| new_folder(temp.path()).expect("a new one")).collect();
        assert!(made[0] != made[1] && made[1] != made[2], "{made:?}");
        assert!(new_folder(&temp.path().join("nowhere")).is_err());
    }
}
