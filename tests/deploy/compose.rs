//! The compose file: its command lines, configurations and one-shots make the cluster that its opening promises.

use crate::files::{lockstep, printed, text, toml, words, yaml};
use crate::node::{COMES_UP, Place, on_loopback};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Output;
use tests::{Process, scratch, until};

const ZONES: [&str; 3] = ["zone-a", "zone-b", "zone-c"];
/// Where the image has the program, and what a command in a container calls it.
const PROGRAMS: [&str; 2] = ["/usr/local/bin/lockstep", "lockstep"];

/// The compose file, and the containers it makes as processes.
struct Compose {
    file: Value,
    text: String,
    places: Vec<Place>,
    processes: Vec<Process>,
    folder: tempfile::TempDir,
}

impl Compose {
    fn new() -> Result<Self> {
        let (file, text, folder) = (yaml("compose.yaml")?, text("compose.yaml")?, scratch());
        std::fs::create_dir(folder.path().join("secrets"))?;
        let mut compose = Self { file, text, places: Vec::new(), processes: Vec::new(), folder };
        for zone in ZONES {
            let place = compose.place(zone)?;
            compose.places.push(place);
        }
        Ok(compose)
    }

    /// Where a zone's container lives in the test: its secret, its configuration and its addresses are those that the
    /// compose file gives it.
    fn place(&self, zone: &str) -> Result<Place> {
        let service = &self.file["services"][zone];
        let secret = service["secrets"][0].as_str().context("a secret")?;
        let key = self.file["secrets"][secret]["file"].as_str().context("a secret from a file")?;
        let mut names: Vec<(&str, String)> = on_loopback(&["0.0.0.0:8443", "0.0.0.0:8444", "0.0.0.0:9464"])?;
        let secret_path = format!("/run/secrets/{secret}");
        names.push((&secret_path, self.folder.path().join(key).display().to_string()));
        let peers = (format!("{zone}:8444"), names[1].1.clone());
        names.push((&peers.0, peers.1));
        let configuration = text(self.mounted(zone, "/etc/lockstep/lockstep.toml")?.trim_start_matches("./"))?;
        Place::new(self.folder.path(), zone, &configuration, &names)
    }

    /// What is mounted at a place of a zone's container.
    fn mounted(&self, zone: &str, target: &str) -> Result<String> {
        let volumes = words(&self.file["services"][zone]["volumes"])?;
        let found = volumes.iter().find_map(|volume| {
            let mut parts = volume.split(':');
            let source = parts.next()?;
            (parts.next()? == target).then(|| source.to_owned())
        });
        found.with_context(|| format!("{zone} has nothing at {target}"))
    }

    /// `docker compose run` of a service that only makes a seal's key.
    fn make_seal(&self, service: &str) -> Result<()> {
        let secrets = self.folder.path().join("secrets").display().to_string();
        let line = words(&self.file["services"][service]["command"])?;
        printed(line.iter().map(|word| word.replace("/secrets", &secrets)))?;
        Ok(())
    }

    /// `docker compose up`.
    fn up(&mut self) -> Result<()> {
        for (zone, place) in ZONES.iter().zip(&self.places) {
            let words = words(&self.file["services"][zone]["command"])?;
            let line = [vec![PROGRAMS[0].to_owned()], words].concat();
            self.processes.push(place.start(&place.command_line(&line, &PROGRAMS)?, &[])?);
        }
        Ok(())
    }

    /// Whether a zone's health check passes.
    fn is_healthy(&self, number: usize) -> Result<bool> {
        let test = words(&self.file["services"][ZONES[number]]["healthcheck"]["test"])?;
        ensure!(test[0] == "CMD", "a check without a shell");
        let line = self.places[number].command_line(&test[1..], &PROGRAMS)?;
        Ok(self.places[number].exit_code(&line)? == Some(0))
    }

    /// The command lines for containers that the file's opening documents, in their order: container, words.
    fn documented(&self) -> Result<Vec<(usize, Vec<String>)>> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("#   "));
        let commands =
            lines.flat_map(|line| line.split(" | ")).filter_map(|one| one.strip_prefix("docker compose exec "));
        let parse = |line: &str| {
            let mut words = line.strip_prefix("-T ").unwrap_or(line).split_whitespace().map(str::to_owned);
            let zone = words.next().context("a container")?;
            let number = ZONES.iter().position(|name| *name == zone).with_context(|| format!("no zone {zone}"))?;
            Ok((number, words.collect()))
        };
        commands.map(parse).collect()
    }

    /// `docker compose exec`.
    fn exec(&self, number: usize, words: &[String], more: &[&str]) -> Result<Output> {
        let line = self.places[number].command_line(words, &PROGRAMS)?;
        let data = self.places[number].data.display().to_string();
        // In the container, /var/lib/lockstep is what `--node` is without being said.
        lockstep(line[1..].iter().map(String::as_str).chain(["--node", &data]).chain(more.iter().copied()))
    }
}

#[test]
fn the_documented_steps_make_a_cluster_of_three_zones() -> Result<()> {
    let mut compose = Compose::new()?;
    for service in ["seal-a", "seal-b", "seal-c"] {
        ensure!(compose.text.contains(&format!("#   docker compose run --rm {service}\n")), "{service} is documented");
        compose.make_seal(service)?;
    }
    compose.up()?;
    ensure!(!compose.is_healthy(0)?, "an empty node counts as healthy");
    let mut token = None;
    let steps = compose.documented()?;
    ensure!(steps.len() == 5, "init, and a token and a join for two: {steps:?}");
    for (number, words) in steps {
        let joins = words.contains(&"join".to_owned());
        let file = compose.folder.path().join("token");
        let given = joins.then(|| file.display().to_string());
        if let Some(token) = token.take().filter(|_| joins) {
            std::fs::write(&file, token)?;
        }
        let more: Vec<&str> = given.as_deref().map_or(vec![], |file| vec!["--token-file", file]);
        let output = compose.exec(number, &words, &more)?;
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        if words.contains(&"token".to_owned()) {
            let answer: Value = serde_json::from_slice(&output.stdout)?;
            token = Some(answer["token"].as_str().context("a token")?.to_owned());
        }
    }
    for number in 0..ZONES.len() {
        until("a zone is healthy", COMES_UP, || compose.is_healthy(number).ok().filter(|healthy| *healthy))
            .with_context(|| compose.places[number].said())?;
    }
    Ok(())
}

/// Builds run side by side, and with today's Docker the second of one name fails.
#[test]
fn one_service_builds_the_image_and_nobody_fetches_it() -> Result<()> {
    let file = yaml("compose.yaml")?;
    let (mut builds, services) = (Vec::new(), file["services"].as_object().context("services")?);
    for (name, service) in services {
        ensure!(service["image"] == "lockstep", "{name} is another image");
        match service["build"]["dockerfile"].as_str() {
            Some(dockerfile) => builds.push((name, dockerfile)),
            None => ensure!(service["pull_policy"] == "never", "{name} would look for the image in a registry"),
        }
    }
    ensure!(builds.len() == 1 && builds[0].1 == "deploy/Dockerfile", "{builds:?}");
    Ok(())
}

#[test]
fn no_token_is_left_in_a_file() -> Result<()> {
    let text = text("compose.yaml")?;
    let lines: Vec<_> = text.lines().filter(|line| line.contains("operator token")).collect();
    ensure!(lines.len() == 2 && lines.iter().all(|line| !line.contains('>')), "{lines:?}");
    let ignored = std::fs::read_to_string(tests::checkout().join(".gitignore"))?;
    ensure!(ignored.lines().any(|line| line == "/deploy/secrets"), "seal keys could be committed");
    Ok(())
}

#[test]
fn no_two_zones_share_a_disk_a_seal_or_a_port() -> Result<()> {
    let compose = Compose::new()?;
    let mut seen = BTreeSet::new();
    for zone in ZONES {
        let service = &compose.file["services"][zone];
        let mut own = words(&service["ports"])?
            .iter()
            .map(|port| port.rsplit_once(':').expect("a:b").0.to_owned())
            .collect::<Vec<_>>();
        ensure!(
            own.iter().all(|port| port.starts_with("127.0.0.1:")),
            "{zone} speaks in clear to other machines: {own:?}"
        );
        own.extend(words(&service["secrets"])?);
        own.push(compose.mounted(zone, "/var/lib/lockstep")?);
        own.push(compose.mounted(zone, "/etc/lockstep/lockstep.toml")?);
        for thing in own {
            ensure!(seen.insert(thing.clone()), "{zone} shares {thing}");
        }
    }
    Ok(())
}

#[test]
fn every_zone_is_confined_and_reaches_the_others_by_name() -> Result<()> {
    let compose = Compose::new()?;
    for zone in ZONES {
        let service = &compose.file["services"][zone];
        ensure!(service["read_only"] == true && service["cap_drop"][0] == "ALL", "{zone} is not confined");
        ensure!(service["ulimits"]["core"] == 0, "{zone} may leave a core");
        let configuration = toml(&text(&format!("compose/{zone}.toml"))?)?;
        ensure!(configuration["name"] == zone && service["hostname"] == zone);
        ensure!(configuration["listen"]["peers_advertised"] == format!("{zone}:8444"));
    }
    Ok(())
}
