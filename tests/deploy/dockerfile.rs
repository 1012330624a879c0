//! The Dockerfile: no docker is needed to see that its words fit the binary and the sample configuration.

use crate::files::{lockstep, text, toml, words};
use crate::node::Place;
use crate::sample;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use tests::{Process, scratch};

/// One instruction, its continued lines joined.
#[derive(Debug, Clone)]
struct Instruction {
    name: String,
    rest: String,
}

impl Instruction {
    /// The words of its form without a shell.
    fn list(&self) -> Result<Vec<String>> {
        let list = self.rest.find('[').map(|start| &self.rest[start..]);
        let list = list.with_context(|| format!("{} goes through a shell: {}", self.name, self.rest))?;
        words(&serde_json::from_str(list)?)
    }
}

fn instructions() -> Result<Vec<Instruction>> {
    let text = text("Dockerfile")?.replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let parse = |line: &str| {
        let (name, rest) = line.split_once(' ').with_context(|| line.to_owned())?;
        Ok(Instruction { name: name.to_owned(), rest: rest.trim().to_owned() })
    };
    lines.map(parse).collect()
}

/// The instructions of the stage that becomes the image.
fn final_stage() -> Result<Vec<Instruction>> {
    let all = instructions()?;
    let start = all.iter().rposition(|instruction| instruction.name == "FROM").context("a stage")?;
    Ok(all[start..].to_vec())
}

/// The one instruction of this name.
fn one(stage: &[Instruction], name: &str) -> Result<Instruction> {
    let found: Vec<_> = stage.iter().filter(|instruction| instruction.name == name).collect();
    ensure!(found.len() == 1, "{name}: {found:?}");
    Ok(found[0].clone())
}

/// Where the image has the program.
fn program_path(stage: &[Instruction]) -> Result<String> {
    let copy = one(stage, "COPY")?;
    Ok(copy.rest.split_whitespace().last().context("a target")?.to_owned())
}

#[test]
fn the_image_runs_as_a_numbered_user_that_is_not_root() -> Result<()> {
    let stage = final_stage()?;
    let user = one(&stage, "USER")?.rest;
    let (user, group) = user.split_once(':').context("user and group")?;
    ensure!(user.parse::<u32>()? > 0 && user == group, "{user}:{group}");
    let made = one(&stage, "RUN")?.rest;
    ensure!(made.contains(&format!("--uid {user}")), "the user is made under its number");
    let compose = text("compose.yaml")?;
    ensure!(compose.contains(&format!("--owner {user} --group {group} secrets")), "compose makes secrets for another");
    Ok(())
}

#[test]
fn the_image_is_what_the_sample_says() -> Result<()> {
    let (stage, sample) = (final_stage()?, toml(&text("lockstep.toml")?)?);
    let exposed: BTreeSet<String> = one(&stage, "EXPOSE")?.rest.split_whitespace().map(str::to_owned).collect();
    let ports = ["clients", "peers", "metrics"].map(|name| sample["listen"][name].as_str().unwrap_or("").to_owned());
    let ports = ports.iter().filter_map(|address| Some(address.rsplit_once(':')?.1.to_owned())).collect();
    ensure!(exposed == ports, "exposed {exposed:?}, configured {ports:?}");
    ensure!(sample["data_dir"] == one(&stage, "VOLUME")?.rest.as_str());
    ensure!(one(&stage, "RUN")?.rest.contains("--mode 0700"), "a node refuses a folder that others may enter");
    Ok(())
}

#[test]
fn the_image_is_built_with_the_toolchain_and_for_the_debian_that_it_runs_on() -> Result<()> {
    let all = instructions()?;
    let bases: Vec<&str> = all.iter().filter(|i| i.name == "FROM").map(|i| i.rest.as_str()).collect();
    ensure!(bases.len() == 2, "{bases:?}");
    let toolchain = std::fs::read_to_string(tests::checkout().join("rust-toolchain.toml"))?;
    let version =
        bases[0].strip_prefix("rust:").and_then(|base| base.split('-').next()).context("rust:VERSION-DEBIAN")?;
    ensure!(toolchain.contains(&format!("\"{version}")), "{version} is not the checkout's toolchain");
    let debian = bases[1].strip_prefix("debian:").and_then(|base| base.strip_suffix("-slim")).context("Debian slim")?;
    ensure!(bases[0].contains(&format!("-{debian} ")), "built on another Debian than {debian}");
    Ok(())
}

#[test]
fn the_image_starts_a_node_and_asks_after_its_health() -> Result<()> {
    let (stage, folder) = (final_stage()?, scratch());
    let place = sample::place(folder.path(), &text("lockstep.toml")?)?;
    let path = program_path(&stage)?;
    let line = [one(&stage, "ENTRYPOINT")?.list()?, one(&stage, "CMD")?.list()?].concat();
    let check = place.command_line(&one(&stage, "HEALTHCHECK")?.list()?, &[&path])?;
    ensure!(code(&place, &check)? == Some(3), "nobody is there yet");
    let mut node: Process = place.start(&place.command_line(&line, &[&path])?, &[])?;
    ensure!(code(&place, &check)? == Some(0), "{}", place.said());
    node.kill()?;
    ensure!(code(&place, &check)? == Some(3), "nobody is there any more");
    Ok(())
}

fn code(place: &Place, line: &[String]) -> Result<Option<i32>> {
    place.exit_code(line)
}

#[test]
fn the_build_reads_the_whole_workspace_and_no_data() -> Result<()> {
    let taken: Vec<String> =
        text("Dockerfile.dockerignore")?.lines().filter_map(|line| line.strip_prefix('!').map(str::to_owned)).collect();
    for needed in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo", "crates", "proto", "tests"] {
        ensure!(taken.iter().any(|name| name == needed), "the build lacks {needed}");
        ensure!(tests::checkout().join(needed).exists(), "{needed} is gone");
    }
    ensure!(lockstep(["--version"])?.status.success());
    Ok(())
}
