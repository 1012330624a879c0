//! What a development cluster consists of, kept in its folder so that it is the same one next time: its zones, their
//! ports and their configurations.

use crate::cli;
use crate::dev::ports;
use crate::status::Named;
use anyhow::{Context as _, Result, bail};
use node::{Config, Hosted, Limits, Listen, Log, LogFormat, Process, SealConfig};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

const FILE: &str = "dev.json";
const NODES_DEFAULT: u8 = 3;
const REGION_DEFAULT: &str = "us-east-1";
const ACCOUNT_DEFAULT: &str = "000000000000";
/// Regions of one cluster: each is a database and a Raft group more in every zone's process.
const REGIONS_MAX: usize = 8;
/// Ports of one zone: clients, peers, metrics.
const PORTS_PER_ZONE: usize = 3;

/// A development cluster's make-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The first Region: the one that the screen's commands name.
    pub region: String,
    pub account: String,
    /// Whether accounts are held to request rates; may be another each time.
    #[serde(default)]
    pub request_rates: bool,
    pub zones: Vec<Zone>,
}

/// One zone of it: a process, with a node of every Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    pub name: String,
    pub zone: String,
    /// The node's data folder.
    pub data: PathBuf,
    /// The node's configuration.
    pub config: PathBuf,
    /// What the node says.
    pub log: PathBuf,
    pub clients: SocketAddr,
    pub peers: SocketAddr,
    pub metrics: SocketAddr,
    /// Its nodes of the further Regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Hosted>,
}

impl Layout {
    /// Whether a folder holds a cluster.
    pub fn is_at(data: &Path) -> bool {
        data.join(FILE).is_file()
    }

    /// The cluster that a folder holds.
    ///
    /// # Errors
    /// When it holds none.
    pub fn read(data: &Path) -> Result<Self> {
        let path = data.join(FILE);
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// The cluster that a folder holds, or a new one in it.
    ///
    /// # Errors
    /// When what is asked for is not what is there, or is not offered.
    pub fn open(data: &Path, asked: &cli::Dev) -> Result<Self> {
        check(asked)?;
        if !Self::is_at(data) {
            let layout = Self::new(data, asked)?;
            layout.write(data)?;
            return Ok(layout);
        }
        let mut layout = Self::read(data)?;
        let differs = |what: &str, there: &str| {
            format!("the cluster in {} has {what} {there}; a cluster cannot change it", data.display())
        };
        if asked.nodes.is_some_and(|nodes| usize::from(nodes) != layout.zones.len()) {
            bail!(differs("this number of nodes:", &layout.zones.len().to_string()));
        }
        if asked.account.as_ref().is_some_and(|account| *account != layout.account) {
            bail!(differs("the account", &layout.account));
        }
        let there = layout.regions().join(",");
        if !asked.regions.is_empty() && !layout.regions().iter().all(|there| asked.regions.iter().any(|r| r == there)) {
            bail!("the cluster in {} has the Regions {there} and keeps them; --regions may add others", data.display());
        }
        let new: Vec<&String> = asked.regions.iter().filter(|region| !layout.hosts(region)).collect();
        // A configuration may be older than the rates, and mean those that are its default.
        let differs = |zone: &Zone| {
            Config::load(&zone.config).is_ok_and(|config| config.limits.request_rates != asked.request_rates)
        };
        let rates_differ = asked.request_rates != layout.request_rates || layout.zones.iter().any(differs);
        if !new.is_empty() || rates_differ {
            new.into_iter().try_for_each(|region| layout.add(data, region))?;
            layout.request_rates = asked.request_rates;
            layout.write(data)?;
        }
        Ok(layout)
    }

    /// Every Region, the first one first.
    pub fn regions(&self) -> Vec<&str> {
        let further = self.zones.iter().take(1).flat_map(|zone| &zone.further);
        std::iter::once(self.region.as_str()).chain(further.map(|hosted| hosted.region.as_str())).collect()
    }

    /// Every node, for asking it how it stands: all of the first Region, then all of the next.
    pub fn nodes(&self) -> Vec<Named> {
        let of = |place| self.zones.iter().map(move |zone: &Zone| zone.node(place));
        (0..self.regions().len()).flat_map(of).collect()
    }

    /// Every port that a zone has.
    pub fn ports(&self) -> Vec<u16> {
        let of = |zone: &Zone| {
            let further = zone.further.iter().map(|hosted| hosted.peers.port());
            [zone.clients.port(), zone.peers.port(), zone.metrics.port()].into_iter().chain(further).collect::<Vec<_>>()
        };
        self.zones.iter().flat_map(of).collect()
    }

    fn hosts(&self, region: &str) -> bool {
        self.regions().contains(&region)
    }

    /// Adds a Region. Its nodes are empty, and are born and join when the cluster rises.
    fn add(&mut self, data: &Path, region: &str) -> Result<()> {
        let ports = ports::free_beside(self.zones.len(), &self.ports())?;
        for ((zone, letter), port) in self.zones.iter_mut().zip('a'..).zip(ports) {
            let name = format!("{region}{letter}");
            zone.further.push(Hosted {
                region: region.to_owned(),
                zone: name.clone(),
                data_dir: data.join(&name),
                name,
                peers: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            });
        }
        Ok(())
    }

    fn new(data: &Path, asked: &cli::Dev) -> Result<Self> {
        let nodes = asked.nodes.unwrap_or(NODES_DEFAULT);
        let (region, further) = match asked.regions.split_first() {
            Some((first, further)) => (first.clone(), further),
            None => (REGION_DEFAULT.to_owned(), &[][..]),
        };
        let ports = ports::free(usize::from(nodes) * PORTS_PER_ZONE)?;
        let zones =
            ports.chunks(PORTS_PER_ZONE).zip('a'..).map(|(ports, letter)| Zone::new(data, &region, letter, ports));
        let mut layout = Self {
            zones: zones.collect(),
            account: asked.account.clone().unwrap_or_else(|| ACCOUNT_DEFAULT.to_owned()),
            request_rates: asked.request_rates,
            region,
        };
        further.iter().try_for_each(|region| layout.add(data, region))?;
        Ok(layout)
    }

    /// The configurations first: the list of zones is what makes the folder a cluster.
    fn write(&self, data: &Path) -> Result<()> {
        for zone in &self.zones {
            let mut config = zone.configuration(self);
            if zone.config.exists() {
                // What somebody changed by hand stays, but for what this command is asked.
                let limits = Limits { request_rates: self.request_rates, ..Config::load(&zone.config)?.limits };
                config = Config { limits, regions: config.regions, ..Config::load(&zone.config)? };
            }
            node::Folder::replace(&zone.config, toml::to_string(&config)?.as_bytes())?;
        }
        Ok(node::Folder::replace(&data.join(FILE), serde_json::to_string_pretty(self)?.as_bytes())?)
    }
}

impl Zone {
    fn new(data: &Path, region: &str, letter: char, ports: &[u16]) -> Self {
        let name = format!("{region}{letter}");
        let address = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            data: data.join(&name),
            config: data.join(format!("{name}.toml")),
            log: data.join(format!("{name}.log")),
            clients: address(ports[0]),
            peers: address(ports[1]),
            metrics: address(ports[2]),
            zone: name.clone(),
            name,
            further: Vec::new(),
        }
    }

    fn configuration(&self, layout: &Layout) -> Config {
        Config {
            name: self.name.clone(),
            zone: self.zone.clone(),
            region: layout.region.clone(),
            data_dir: self.data.clone(),
            listen: Listen {
                clients: self.clients,
                peers: self.peers,
                peers_advertised: None,
                metrics: self.metrics,
                clients_in_clear: false,
            },
            tls: None,
            seal: SealConfig::Dev,
            limits: Limits { request_rates: layout.request_rates, ..Limits::default() },
            process: Process::default(),
            log: Log { format: LogFormat::Text, ..Log::default() },
            regions: self.further.clone(),
        }
    }

    /// For asking its node of the Region at this place how it stands.
    ///
    /// # Panics
    /// When there are not so many Regions.
    pub fn node(&self, place: usize) -> Named {
        let (name, zone, data) = match place.checked_sub(1).map(|further| &self.further[further]) {
            None => (&self.name, &self.zone, &self.data),
            Some(hosted) => (&hosted.name, &hosted.zone, &hosted.data_dir),
        };
        Named { name: name.clone(), zone: zone.clone(), socket: node::Folder::admin_socket_in(data) }
    }

    /// The command line that starts the node.
    ///
    /// # Errors
    /// When a path is not UTF-8, which a ready file could not hold.
    pub fn start_line(&self) -> Result<Vec<String>> {
        let program = std::env::current_exe().context("this program has no path")?;
        let word = |path: &Path| path.to_str().map(str::to_owned).context("a path is not UTF-8");
        Ok(vec![word(&program)?, "server".to_owned(), "--config".to_owned(), word(&self.config)?])
    }
}

fn check(asked: &cli::Dev) -> Result<()> {
    if asked.regions.len() > REGIONS_MAX {
        bail!("--regions names {} Regions; a cluster has at most {REGIONS_MAX}", asked.regions.len());
    }
    for (number, name) in asked.regions.iter().enumerate() {
        if !node::is_aws_region(name) {
            bail!("--regions names {name:?}, which is no name of a Region, such as us-east-1");
        }
        if asked.regions[..number].contains(name) {
            bail!("--regions names {name} twice");
        }
    }
    if let Some(account) = &asked.account {
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            bail!("--account is {account:?}, but must be twelve digits");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(nodes: Option<u8>, account: Option<&str>, regions: &[&str]) -> cli::Dev {
        cli::Dev {
            nodes,
            data: None,
            port: 0,
            account: account.map(str::to_owned),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            request_rates: false,
            ready_file: None,
        }
    }

    fn check_refused(data: &Path, asked: &cli::Dev, expected: &str) {
        let error = Layout::open(data, asked).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_folder_holds_the_same_cluster_next_time() {
        let temp = tempfile::tempdir().expect("temp");
        let made = Layout::open(temp.path(), &asked(None, None, &[])).expect("new");
        assert_eq!((made.zones.len(), made.region.as_str(), made.account.as_str()), (3, "us-east-1", "000000000000"));
        assert_eq!(Layout::open(temp.path(), &asked(Some(3), None, &["us-east-1"])).expect("there"), made);
        check_refused(temp.path(), &asked(Some(5), None, &[]), "number of nodes: 3");
        check_refused(temp.path(), &asked(None, Some("111122223333"), &[]), "the account 000000000000");
        check_refused(temp.path(), &asked(None, None, &["eu-west-1"]), "has the Regions us-east-1 and keeps them");
    }

    #[test]
    fn a_region_is_added_and_none_is_lost() {
        let temp = tempfile::tempdir().expect("temp");
        let made = Layout::open(temp.path(), &asked(Some(2), None, &["us-east-1", "eu-west-1"])).expect("new");
        assert_eq!(made.regions(), ["us-east-1", "eu-west-1"]);
        let named: Vec<String> = made.nodes().into_iter().map(|node| node.zone).collect();
        assert_eq!(named, ["us-east-1a", "us-east-1b", "eu-west-1a", "eu-west-1b"]);
        check_refused(temp.path(), &asked(None, None, &["us-east-1"]), "has the Regions us-east-1,eu-west-1");
        let config = Config::load(&made.zones[0].config).expect("valid");
        let limits = Limits { connections: 77, ..config.limits.clone() };
        let edited = toml::to_string(&Config { limits, ..config }).expect("serialises");
        std::fs::write(&made.zones[0].config, edited).expect("written");
        let more = asked(None, None, &["eu-west-1", "us-east-1", "ap-south-1"]);
        let grown = Layout::open(temp.path(), &more).expect("one more");
        assert_eq!(grown.regions(), ["us-east-1", "eu-west-1", "ap-south-1"]);
        assert_eq!(Layout::open(temp.path(), &asked(None, None, &[])).expect("there"), grown);
        assert_eq!(grown.ports()[..4], [made.ports()[..4].to_vec()].concat());
        let mut ports = grown.ports();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 2 * (3 + 2), "each port is one part's");
        let config = Config::load(&grown.zones[0].config).expect("valid");
        assert_eq!((config.limits.connections, config.regions.len()), (77, 2), "an edited configuration stays");
    }

    #[test]
    fn every_zone_has_a_configuration_that_a_node_takes() {
        let temp = tempfile::tempdir().expect("temp");
        let made = Layout::open(temp.path(), &asked(Some(5), None, &["eu-west-1"])).expect("new");
        for zone in &made.zones {
            let config = Config::load(&zone.config).expect("valid");
            assert!(config.loopback_only());
            assert_eq!((config.name, config.data_dir), (zone.name.clone(), zone.data.clone()));
        }
        let named: Vec<&str> = made.zones.iter().map(|zone| zone.zone.as_str()).collect();
        assert_eq!(named, ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d", "eu-west-1e"]);
    }

    #[test]
    fn request_rates_are_on_for_as_long_as_they_are_asked_for() {
        let temp = tempfile::tempdir().expect("temp");
        for request_rates in [false, true, true, false] {
            let asked = cli::Dev { request_rates, ..asked(None, None, &[]) };
            let made = Layout::open(temp.path(), &asked).expect("a layout");
            for zone in &made.zones {
                assert_eq!(Config::load(&zone.config).expect("valid").limits.request_rates, request_rates);
            }
        }
    }

    #[test]
    fn a_folder_of_before_there_were_rates_gets_none() {
        let temp = tempfile::tempdir().expect("temp");
        let made = Layout::open(temp.path(), &asked(None, None, &[])).expect("new");
        let rates = || Config::load(&made.zones[1].config).expect("valid").limits.request_rates;
        let text = std::fs::read_to_string(&made.zones[1].config).expect("there");
        let former: Vec<&str> = text.lines().filter(|line| !line.starts_with("request_rates")).collect();
        std::fs::write(&made.zones[1].config, former.join("\n")).expect("written");
        assert!(rates(), "what is not said is a server's");
        Layout::open(temp.path(), &asked(None, None, &[])).expect("there");
        assert!(!rates());
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        let temp = tempfile::tempdir().expect("temp");
        for (regions, expected) in [
            (&["nope"][..], "\"nope\", which is no name of a Region"),
            (&["us-east-1", ""], "\"\", which is no name"),
            (&["us-east-1", "../x"], "no name of a Region"),
            (&["us-east-1", "eu-west-1", "us-east-1"], "us-east-1 twice"),
            (&["us-east-1"; 9], "at most 8"),
        ] {
            check_refused(temp.path(), &asked(None, None, regions), expected);
        }
        check_refused(temp.path(), &asked(None, Some("1234"), &[]), "twelve digits");
        assert!(!Layout::is_at(temp.path()));
    }
}
