//! The command line.

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tests::chaos::Length;
use tests::chaos::scenarios::{self, Make};

const USAGE: &str = "\
chaos [options]
  --minutes M          goes on for so long (default: every scenario once)
  --seed S             the first run's choices; the next run has the next number (default: the clock)
  --scenario F1,F7     only these (default: all but `kills`)
  --cycles N           goes on until so many faults were seen; the scenario is `kills` unless others are named
  --short              the short form of each, as in the tests
  --record FILE        appends a line of JSON for each run
  --program FILE       what runs instead of lockstep, such as lockstep-faulty
  --env [NODE:]NAME=VALUE   a variable of each node's process, or of one node's (0 is the first)
  --list               says what there is
chaos --crash-points [POINT,...] [--seed S] [--record FILE]   a crash at every crash point
chaos --planted [BUG,...] [--seed S] [--record FILE]          every planted bug has to be noticed";

/// What was asked for.
pub(crate) struct Arguments {
    pub(crate) minutes: Option<Duration>,
    pub(crate) seed: u64,
    pub(crate) length: Length,
    pub(crate) record: Option<PathBuf>,
    pub(crate) program: Option<PathBuf>,
    pub(crate) environment: Vec<(Option<usize>, String, String)>,
    pub(crate) cycles: usize,
    pub(crate) list: bool,
    /// This run is one that another one of this program started, to be inside namespaces.
    pub(crate) inside: bool,
    named: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = Self {
            minutes: None,
            seed: clock_seed(),
            length: Length::Full,
            record: None,
            program: None,
            environment: Vec::new(),
            cycles: 0,
            list: false,
            inside: false,
            named: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} wants a value\n{USAGE}"));
            match word.as_str() {
                "--minutes" => arguments.minutes = Some(Duration::from_secs_f64(value()?.parse::<f64>()? * 60.0)),
                "--seed" => arguments.seed = value()?.parse()?,
                "--scenario" => arguments.named.extend(value()?.split(',').map(str::to_owned)),
                "--cycles" => arguments.cycles = value()?.parse()?,
                "--short" => arguments.length = Length::Short,
                "--record" => arguments.record = Some(value()?.into()),
                "--program" => arguments.program = Some(value()?.into()),
                "--env" => arguments.environment.push(variable(&value()?)?),
                "--inside" => arguments.inside = true,
                "--list" => arguments.list = true,
                other => bail!("unknown option {other}\n{USAGE}"),
            }
        }
        if arguments.cycles > 0 && arguments.named.is_empty() {
            arguments.named.push(scenarios::KILLS.to_owned());
        }
        Ok(arguments)
    }

    /// The scenarios that were named; all that the score sheet has when none were.
    pub(crate) fn scenarios(&self) -> Result<Vec<Make>> {
        let all = scenarios::all();
        if self.named.is_empty() {
            return Ok(all.into_iter().filter(|make| make().name() != scenarios::KILLS).collect());
        }
        let find = |name: &String| {
            let found = all.iter().find(|make| make().name().eq_ignore_ascii_case(name));
            found.copied().with_context(|| format!("no scenario is called {name}; --list says what there is"))
        };
        self.named.iter().map(find).collect()
    }
}

fn variable(text: &str) -> Result<(Option<usize>, String, String)> {
    let (name, value) = text.split_once('=').with_context(|| format!("{text} is not [NODE:]NAME=VALUE"))?;
    Ok(match name.split_once(':') {
        Some((node, name)) => (Some(node.parse()?), name.to_owned(), value.to_owned()),
        None => (None, name.to_owned(), value.to_owned()),
    })
}

#[allow(clippy::disallowed_methods, reason = "a seed that nobody had yet; it is printed")]
fn clock_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Without the last digits: seeds are read and typed by people.
    since.as_secs()
}
