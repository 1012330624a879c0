//! What a scenario is: a cluster's options, and a fault.

use super::{Field, LoadOptions};
use crate::Options;
use anyhow::Result;
use rand::rngs::StdRng;

/// A fault under load. Made anew for each run, so that it may keep what it needs between its two steps.
pub trait Scenario {
    /// Its name on the score sheet, such as `F1`.
    fn name(&self) -> &'static str;

    /// What happens in it, in a few words.
    fn what(&self) -> &'static str;

    /// Whether it makes networks or file systems, and so has to run inside namespaces of its own.
    fn needs_namespaces(&self) -> bool {
        false
    }

    /// Before the cluster is there: what it is to be, and whatever has to stand around it.
    ///
    /// # Errors
    /// When what it needs is not to be had on this machine.
    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        let _ = setup;
        Ok(())
    }

    /// Brings the fault about while the load runs, sees that it took effect ([`Field::observe`]), and takes it away. The
    /// load goes on; what must hold is checked afterwards by the field.
    ///
    /// # Errors
    /// When the fault cannot be brought about, or did nothing.
    fn run(&mut self, field: &mut Field) -> Result<()>;
}

/// What a scenario may decide before the cluster starts.
pub struct Setup {
    /// The cluster.
    pub options: Options,
    /// The load.
    pub load: LoadOptions,
    /// How long the run may take.
    pub length: Length,
    /// The run's choices. Everything that is left to chance is drawn here, so that a seed repeats it.
    pub dice: StdRng,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// A few seconds: one fault. For `cargo xtask test`.
    Short,
    /// About a minute: the fault again and again. For `cargo xtask chaos`.
    Full,
}

impl Length {
    /// One or the other.
    pub fn choose<T>(self, short: T, full: T) -> T {
        match self {
            Self::Short => short,
            Self::Full => full,
        }
    }
}
