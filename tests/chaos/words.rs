//! What follows `--crash-points` and `--planted`: names, a seed, and where to record.

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

/// The rest of the command line.
pub(crate) struct Words {
    pub(crate) names: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) record: Option<PathBuf>,
}

impl Words {
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut parsed = Self { names: Vec::new(), seed: 1, record: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} wants a value"));
            match word.as_str() {
                "--seed" => parsed.seed = value()?.parse()?,
                "--record" => parsed.record = Some(value()?.into()),
                option if option.starts_with("--") => {
                    bail!("unknown option {option}: [NAME…] [--seed S] [--record FILE]")
                }
                names => parsed.names.extend(names.split(',').map(str::to_owned)),
            }
        }
        Ok(parsed)
    }
}
