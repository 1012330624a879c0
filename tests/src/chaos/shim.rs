//! Faults of disk and clock for one process: tests/shim/faults.c, loaded before its libc and steered while it runs.
//!
//! The control file is an array of numbers that both sides see at once: knobs that are turned here, and counters by which a
//! fault shows that it took place.

use super::power;
pub use super::power::Lost;
use super::tools::cache;
use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Numbers in the control file.
const SLOTS: usize = 64;
/// `errno` of an input/output error.
pub const EIO: i64 = 5;
/// `errno` of a full disk.
pub const ENOSPC: i64 = 28;

/// What can be turned; the number is its place in the control file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knob {
    SyncDelayMicros = 0,
    SyncFailuresLeft = 1,
    SyncErrno = 2,
    WriteErrno = 3,
    ClockOffsetNanos = 4,
    ClockDriftPpm = 5,
    ClockDriftSinceNanos = 6,
    Track = 7,
}

/// What is counted; the number is its place in the control file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Syncs of files and folders of the data.
    Syncs = 32,
    /// Those that were held up.
    SyncsDelayed = 33,
    /// Those that were made to fail.
    SyncsFailed = 34,
    /// Those that began after one had failed.
    SyncsAfterAFailure = 35,
    /// Writes that were refused.
    WritesFailed = 36,
    /// Writes that a power cut may take back.
    WritesTracked = 37,
    /// How often the process read a wrong clock.
    ClockReadsShifted = 38,
}

/// The faults of one process.
pub struct Faults {
    control: File,
    path: PathBuf,
    folder: PathBuf,
    library: PathBuf,
}

impl Faults {
    /// Faults for a process whose data will lie in `folder`; `control` is a file that is made, elsewhere.
    ///
    /// # Errors
    /// When the library cannot be compiled, or the file not be made.
    pub fn new(control: &Path, folder: &Path) -> Result<Self> {
        let (parent, name) =
            (folder.parent().context("a folder in a folder")?, folder.file_name().context("a folder")?);
        let folder = parent.canonicalize().with_context(|| format!("{}", parent.display()))?.join(name);
        std::fs::write(control, [0; SLOTS * 8])?;
        let file = File::options().read(true).write(true).open(control)?;
        Ok(Self { control: file, path: control.to_owned(), folder, library: library()? })
    }

    /// What the process is started with.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        vec![
            ("LD_PRELOAD".to_owned(), text(&self.library)),
            ("LOCKSTEP_FAULTS_CONTROL".to_owned(), text(&self.path)),
            ("LOCKSTEP_FAULTS_FOLDER".to_owned(), text(&self.folder)),
        ]
    }

    /// Every sync takes at least so much longer.
    pub fn slow_syncs(&self, delay: Duration) {
        self.turn(Knob::SyncDelayMicros, i64::try_from(delay.as_micros()).expect("a delay of seconds"));
    }

    /// The next `count` syncs fail with an input/output error; the ones after them succeed, as if nothing had been lost.
    pub fn fail_syncs(&self, count: i64) {
        self.turn(Knob::SyncErrno, EIO);
        self.turn(Knob::SyncFailuresLeft, count);
    }

    /// Every write fails so, until it is `None`.
    pub fn refuse_writes(&self, errno: Option<i64>) {
        self.turn(Knob::WriteErrno, errno.unwrap_or(0));
    }

    /// The wall clock is so many milliseconds ahead, or behind if negative.
    pub fn shift_clock(&self, millis: i64) {
        self.turn(Knob::ClockOffsetNanos, millis * 1_000_000);
    }

    /// From now on the wall clock runs faster by so many millionths, or slower if negative.
    pub fn drift_clock(&self, millionths: i64) {
        // The process notes the moment when it first reads the clock.
        self.turn(Knob::ClockDriftSinceNanos, 0);
        self.turn(Knob::ClockDriftPpm, millionths);
    }

    /// From now on it is noted what a power cut would take back. To be called before the process starts.
    pub fn track_writes(&self) {
        self.turn(Knob::Track, 1);
    }

    /// No fault any more, except that writes stay tracked.
    pub fn heal(&self) {
        for knob in [
            Knob::SyncDelayMicros,
            Knob::SyncFailuresLeft,
            Knob::WriteErrno,
            Knob::ClockOffsetNanos,
            Knob::ClockDriftPpm,
        ] {
            self.turn(knob, 0);
        }
    }

    /// Counts from zero again.
    ///
    /// # Panics
    /// When the control file cannot be written.
    pub fn count_anew(&self) {
        let zeroes = [0; (SLOTS - Counter::Syncs as usize) * 8];
        self.control.write_all_at(&zeroes, Counter::Syncs as u64 * 8).expect("the control file is there");
    }

    /// What was counted since the control file was made, or the last [`Faults::count_anew`].
    ///
    /// # Panics
    /// When the control file cannot be read.
    pub fn count(&self, counter: Counter) -> u64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, counter as u64 * 8).expect("the control file is there");
        u64::from_ne_bytes(bytes)
    }

    /// Takes back from the data of a process that was killed whatever it had not synced.
    ///
    /// # Errors
    /// When a file cannot be changed, or the journal of writes is damaged.
    pub fn cut_power(&self) -> Result<Lost> {
        power::cut(&PathBuf::from(format!("{}.undo", self.path.display())), &self.folder)
    }

    fn turn(&self, knob: Knob, value: i64) {
        self.control.write_all_at(&value.to_ne_bytes(), knob as u64 * 8).expect("the control file is there");
    }
}

/// The library, compiled once for each of its versions.
fn library() -> Result<PathBuf> {
    compiled("faults.c", include_str!("../../shim/faults.c"), "so", &["-shared", "-fPIC", "-ldl", "-lpthread"])
}

/// Compiles a source of tests/shim into the cache folder, unless it was before.
fn compiled(name: &str, source: &str, extension: &str, flags: &[&str]) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    (source, flags).hash(&mut hasher);
    let folder = cache()?.join("shim");
    let target = folder.join(format!("{name}-{:016x}.{extension}", hasher.finish()));
    if target.exists() {
        return Ok(target);
    }
    std::fs::create_dir_all(&folder)?;
    // Another test may be doing the same: each compiles aside, and renames.
    let aside = tempfile::Builder::new().tempdir_in(&folder)?;
    let (from, to) = (aside.path().join(name), aside.path().join("compiled"));
    std::fs::write(&from, source)?;
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&to).arg(&from).args(flags);
    let output = compiler.output().context("a C compiler is needed: Debian's gcc")?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::rename(to, &target)?;
    ensure!(target.exists(), "{} is gone", target.display());
    Ok(target)
}

#[cfg(test)]
#[path = "shim_tests.rs"]
mod tests;
