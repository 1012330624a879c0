//! Alerts, dashboard and scraping: every metric and every label that is named is there on a running cluster.

use crate::files::{path, reader, text, toml, yaml};
use crate::promql::{self, Named};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Cluster, Load};

/// What Prometheus adds by itself, and prometheus.yml to each zone.
const ADDED_LABELS: [&str; 3] = ["job", "instance", "zone"];
/// What Prometheus knows of each target.
const ADDED_METRIC: &str = "up";

/// Metrics with their labels.
type Shown = BTreeMap<String, BTreeSet<String>>;

/// What one node's `/metrics` shows.
async fn scrape(metrics: &str, shown: &mut Shown) -> Result<()> {
    let page = tests::metrics(metrics).await?;
    for line in page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let end = line.find(['{', ' ']).with_context(|| line.to_owned())?;
        let labels = shown.entry(line[..end].to_owned()).or_default();
        let inside = line[end..].strip_prefix('{').and_then(|rest| rest.rsplit_once('}')).map_or("", |parts| parts.0);
        labels.extend(inside.split("\",").filter_map(|pair| Some(pair.split_once('=')?.0.to_owned())));
    }
    Ok(())
}

/// What is wrong with an expression on this cluster; nothing when nothing is.
fn complaint(shown: &Shown, expression: &str) -> Result<Option<String>> {
    let Named { metrics, labels } = promql::read(expression)?;
    let missing: Vec<_> = metrics.iter().filter(|name| *name != ADDED_METRIC && !shown.contains_key(*name)).collect();
    if !missing.is_empty() {
        return Ok(Some(format!("nobody shows {missing:?}")));
    }
    let known: BTreeSet<&str> = metrics.iter().flat_map(|name| shown.get(name)).flatten().map(String::as_str).collect();
    let strange: Vec<_> = labels
        .iter()
        .map(String::as_str)
        .filter(|label| !known.contains(label) && !ADDED_LABELS.contains(label))
        .collect();
    Ok((!strange.is_empty()).then(|| format!("{metrics:?} have no labels {strange:?}")))
}

/// Every expression of the alerts, with the alert's name.
fn alerts() -> Result<Vec<(String, String)>> {
    let file = yaml("prometheus/alerts.yaml")?;
    let rules = file["groups"].as_array().context("groups")?.iter().flat_map(|group| group["rules"].as_array());
    let one = |rule: &Value| {
        let text = |name: &str| rule[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {rule}"));
        Ok((text("alert")?, text("expr")?))
    };
    rules.flatten().map(one).collect()
}

/// Every expression of the dashboard, with the panel's title.
fn panels() -> Result<Vec<(String, String)>> {
    let dashboard: Value = serde_json::from_str(&text("grafana/lockstep.json")?)?;
    let panels = dashboard["panels"].as_array().context("panels")?;
    let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
    ensure!(ids.len() == panels.len(), "two panels have one id");
    let mut all = Vec::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().context("a title")?;
        let targets = panel["targets"].as_array().filter(|targets| !targets.is_empty());
        for target in targets.with_context(|| format!("{title} shows nothing"))? {
            all.push((title.to_owned(), target["expr"].as_str().context("an expression")?.to_owned()));
        }
    }
    Ok(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_is_named_is_shown() -> Result<()> {
    let cluster = Cluster::start()?;
    let load = Load::start(&cluster, 3);
    load.progress(20).await?;
    load.stop().await?;
    let mut shown = Shown::new();
    for zone in cluster.zones() {
        scrape(&zone.metrics, &mut shown).await?;
    }
    let (alerts, panels) = (alerts()?, panels()?);
    ensure!(alerts.len() >= 15 && panels.len() >= 25, "these are not all: {} {}", alerts.len(), panels.len());
    let mut complaints = Vec::new();
    for (name, expression) in alerts.iter().chain(&panels) {
        let found = complaint(&shown, expression).with_context(|| name.clone())?;
        complaints.extend(found.map(|found| format!("{name}: {found}")));
    }
    ensure!(complaints.is_empty(), "{complaints:#?}");
    // The check itself: a name that nobody shows, and a label that a metric does not have.
    ensure!(complaint(&shown, "lockstep_raedy == 0")?.is_some());
    ensure!(complaint(&shown, "lockstep_requests_total{status=\"500\"}")?.is_some());
    Ok(())
}

#[test]
fn prometheus_scrapes_the_zones_and_takes_the_alerts() -> Result<()> {
    let config = yaml("prometheus/prometheus.yml")?;
    for file in config["rule_files"].as_array().context("rule files")? {
        ensure!(path("prometheus").join(file.as_str().context("a path")?).is_file(), "{file} is not there");
    }
    let sample = toml(&text("lockstep.toml")?)?;
    let metrics =
        sample["listen"]["metrics"].as_str().and_then(|address| address.rsplit_once(':')).context("a port")?.1;
    let services = yaml("compose.yaml")?["services"].clone();
    let targets = config["scrape_configs"][0]["static_configs"].as_array().context("targets")?;
    ensure!(targets.len() == 3);
    for target in targets {
        let (zone, port) =
            target["targets"][0].as_str().and_then(|target| target.split_once(':')).context("host:port")?;
        ensure!(port == metrics && services[zone].is_object(), "{target} is no zone of the compose file");
        let configured = toml(&text(&format!("compose/{zone}.toml"))?)?;
        ensure!(target["labels"]["zone"] == configured["zone"], "{zone} is called otherwise");
    }
    Ok(())
}

/// Prometheus' own reading, and which alerts fire in which trouble.
#[test]
fn promtool_takes_the_files_and_the_right_alerts_fire() -> Result<()> {
    let scenarios = tests::checkout().join("tests/deploy/alerts.yaml").display().to_string();
    for words in [
        ["check", "config", "prometheus/prometheus.yml"],
        ["check", "rules", "prometheus/alerts.yaml"],
        ["test", "rules", &scenarios],
    ] {
        let mut promtool = reader("promtool", "LOCKSTEP_TEST_PROMTOOL")?;
        let output = promtool.args(words).current_dir(path("")).output()?;
        // Scenarios that fail are told on stdout, the rest on stderr.
        let said = [output.stdout, output.stderr].concat();
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said));
    }
    Ok(())
}
