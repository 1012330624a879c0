//! F11: the nodes reach each other through proxies that hold everything up.

use super::proxies::Proxies;
use crate::chaos::{Field, Scenario, Setup};
use anyhow::{Result, ensure};
use std::time::Duration;

/// How far terms may rise while the nodes hear each other: no storm of elections.
const TERMS_MAX: u64 = 3;
/// Up to here, throughput is asked for.
const NEAR_MILLIS: u64 = 50;
/// Up to here, the leader stays. Nodes further apart are beyond what the timing is made for, as a leader's lease is 300 ms:
/// they may refuse, in bounded time, and have to recover.
const FAR_MILLIS: u64 = 150;

/// F11.
#[derive(Default)]
pub struct Delay(Proxies);

impl Scenario for Delay {
    fn name(&self) -> &'static str {
        "F11"
    }

    fn what(&self) -> &'static str {
        "50, 150 and 300 ms between nodes and back, with jitter"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        // So few that the machine is not what limits them, so many at once that a slow answer does not slow the others.
        (setup.load.clients, setup.load.rate) = (24, 120);
        self.0.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        let time = Duration::from_secs(field.length().choose(4, 15));
        field.progress(50)?;
        let usual = field.rate(time);
        for (round_trip, jitter) in [(50, 10), (150, 20), (300, 50)] {
            let (leader, term) = (field.cluster().wait_leader()?, field.term()?);
            let one_way = Duration::from_millis(round_trip / 2);
            let held_up = self.0.held_up();
            self.0.each(|proxy| proxy.delay(one_way, one_way, Duration::from_millis(jitter)));
            let rate = field.rate(time);
            // Whatever the answer, there is one in bounded time.
            let [_, _] = field.ask_alone(leader)?;
            let held_up = self.0.held_up() - held_up;
            ensure!(held_up > 0, "the fault did nothing: nothing was held up");
            let rose = field.term()? - term;
            let what = format!(
                "{round_trip} ms and up to {jitter} ms each way: {held_up} pieces held up, {rate:.0} calls/s instead of \
                 {usual:.0}, terms rose by {rose}"
            );
            if rose > TERMS_MAX {
                field.violation(format!("a storm of elections: {what}"));
            }
            let is_slow = round_trip <= NEAR_MILLIS && rate < usual / field.length().choose(5.0, 2.0);
            let is_lost = round_trip <= FAR_MILLIS && field.cluster().leader() != Some(leader);
            if is_slow || is_lost {
                field.violation(what.clone());
            }
            field.observe(what);
            self.0.each(|proxy| proxy.delay(Duration::ZERO, Duration::ZERO, Duration::ZERO));
            field.wait_whole()?;
            field.progress(50)?;
        }
        Ok(())
    }
}
