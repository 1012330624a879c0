//! The memory of a running process, by proc_pid_maps(5), proc_pid_smaps(5) and proc_pid_mem(5). It may be read by root, and by
//! nobody else: the nodes forbid it.

use super::places::Secret;
use anyhow::{Context, Result};
use memchr::memmem;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use tests::Cluster;
use tests::chaos::leak::forms;

/// A place in a process where something was found.
#[derive(Debug)]
pub(super) struct Found {
    /// The mapping's name; empty for one without.
    pub(super) mapping: String,
    /// Whether the mapping is locked into memory.
    pub(super) is_locked: bool,
}

/// A writable mapping.
struct Mapping {
    from: u64,
    to: u64,
    name: String,
    is_locked: bool,
}

const NEEDS_ROOT: &str = "the memory of a node can be read by root alone: run this test as root";

/// Where `bytes` are in the writable memory of a process.
pub(super) fn find(pid: u32, bytes: &[u8]) -> Result<Vec<Found>> {
    let finder = memmem::Finder::new(bytes);
    let mut found = Vec::new();
    each_mapping(pid, |mapping, content| {
        for _ in finder.find_iter(content) {
            found.push(Found { mapping: mapping.name.clone(), is_locked: mapping.is_locked });
        }
    })?;
    Ok(found)
}

/// How often each secret, in any form, is in the memory of all nodes, where it is at all.
pub(super) fn count(cluster: &Cluster, secrets: &[Secret]) -> Result<Vec<(&'static str, String, usize)>> {
    let finders: Vec<_> = secrets
        .iter()
        .map(|(name, secret)| {
            (*name, forms(secret).iter().map(|form| memmem::Finder::new(form).into_owned()).collect())
        })
        .collect::<Vec<(_, Vec<_>)>>();
    let mut counted = Vec::new();
    for pid in cluster.pids() {
        each_mapping(pid, |mapping, content| {
            for (name, forms) in &finders {
                let times: usize = forms.iter().map(|form| form.find_iter(content).count()).sum();
                if times > 0 {
                    counted.push((*name, format!("{pid} {}", mapping.name), times));
                }
            }
        })?;
    }
    Ok(counted)
}

/// `VmLck` of proc_pid_status(5), in bytes.
pub(super) fn locked_bytes(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).context("a process has locked memory")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
}

/// Reads every writable mapping; one that goes away meanwhile holds nothing.
fn each_mapping(pid: u32, mut look: impl FnMut(&Mapping, &[u8])) -> Result<()> {
    let memory = File::open(format!("/proc/{pid}/mem")).context(NEEDS_ROOT)?;
    let mut content = Vec::new();
    for mapping in mappings(pid)? {
        content.resize(usize::try_from(mapping.to - mapping.from)?, 0);
        if memory.read_exact_at(&mut content, mapping.from).is_ok() {
            look(&mapping, &content);
        }
    }
    Ok(())
}

/// The writable mappings that hold anything.
fn mappings(pid: u32) -> Result<Vec<Mapping>> {
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps")).context(NEEDS_ROOT)?;
    let (mut mappings, mut current): (Vec<Mapping>, Option<Mapping>) = (Vec::new(), None);
    let mut resident = 0_u64;
    for line in smaps.lines() {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            let has = |flag: &str| flags.split_whitespace().any(|found| found == flag);
            if let Some(mapping) = current.take().filter(|_| has("wr") && resident > 0) {
                mappings.push(Mapping { is_locked: has("lo"), ..mapping });
            }
        } else if let Some(kilobytes) = line.strip_prefix("Rss:") {
            resident = kilobytes.trim().trim_end_matches(" kB").trim().parse()?;
        } else if let Some(mapping) = heading(line) {
            current = Some(mapping);
        }
    }
    Ok(mappings)
}

/// `from-to permissions offset device inode name`, with the addresses in hexadecimal.
fn heading(line: &str) -> Option<Mapping> {
    let mut words = line.split_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
    let name = words.nth(4).unwrap_or_default().to_owned();
    Some(Mapping { from, to, name, is_locked: false })
}
