//! What programs read of a development cluster that is up: the ready file.

use super::layout::Layout;
use crate::status::NodeStatus;
use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// The ready file.
#[derive(Debug, Serialize)]
pub struct Ready<'a> {
    /// Where clients reach the cluster.
    pub endpoint: &'a str,
    /// The first Region.
    pub region: &'a str,
    /// Every Region.
    pub regions: Vec<&'a str>,
    pub account: &'a str,
    pub nodes: Vec<ReadyNode<'a>>,
}

/// One zone in it: its process, and its node of the first Region.
#[derive(Debug, Serialize)]
pub struct ReadyNode<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    pub pid: Option<u32>,
    /// Where clients reach this node alone.
    pub endpoint: String,
    pub metrics: String,
    pub role: Option<&'a str>,
    /// The command line that starts it again.
    pub start: Vec<String>,
    pub data: &'a Path,
    pub log: &'a Path,
}

impl<'a> Ready<'a> {
    /// A cluster that is up.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn new(endpoint: &'a str, layout: &'a Layout, nodes: &'a [NodeStatus]) -> Result<Self> {
        let node = |(zone, status): (&'a super::layout::Zone, &'a NodeStatus)| {
            Ok(ReadyNode {
                name: &zone.name,
                zone: &zone.zone,
                pid: status.pid,
                endpoint: format!("http://{}", zone.clients),
                metrics: format!("http://{}", zone.metrics),
                role: status.role.as_deref(),
                start: zone.start_line()?,
                data: &zone.data,
                log: &zone.log,
            })
        };
        let nodes = layout.zones.iter().zip(nodes).map(node).collect::<Result<_>>()?;
        Ok(Self { endpoint, region: &layout.region, regions: layout.regions(), account: &layout.account, nodes })
    }

    /// Writes the file, all or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let path = std::path::absolute(path)?;
        Ok(node::Folder::replace(&path, serde_json::to_string_pretty(self)?.as_bytes())?)
    }
}
