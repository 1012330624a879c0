//! The configuration of one node: a TOML file, every value of it checked before anything is opened.
//!
//! Unknown fields are refused: a misspelt limit must not silently be the default.

use crate::limits;
use replica::Region;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What `lockstep server --config` reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The node's name: 1 to 63 of `a-z`, `0-9` and `-`. A DNS label, and the name in its certificate.
    pub name: String,
    /// The availability zone that it stands in, of the same form.
    pub zone: String,
    /// The Region that its cluster serves.
    pub region: String,
    /// The folder that belongs to this node alone.
    pub data_dir: PathBuf,
    /// Where clients and peers reach it.
    pub listen: Listen,
    /// The certificate that clients see. Without one the clients' port speaks in clear, on loopback alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// What protects the keyring on disk.
    pub seal: SealConfig,
    /// Bounds that an operator may move.
    #[serde(default)]
    pub limits: Limits,
    /// What its process asks of the system.
    #[serde(default)]
    pub process: Process,
    /// How it logs.
    #[serde(default)]
    pub log: Log,
    /// Further Regions that the process hosts behind the same clients' port. For development clusters alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Hosted>,
}

/// A further Region of a process: a node of its own in a cluster of its own, which shares the ports of clients and of
/// metrics with the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosted {
    /// The Region.
    pub region: String,
    /// As [`Config::name`].
    pub name: String,
    /// As [`Config::zone`].
    pub zone: String,
    /// As [`Config::data_dir`], and another one.
    pub data_dir: PathBuf,
    /// As [`Listen::peers`], and another one.
    pub peers: SocketAddr,
}

/// The node's addresses. Ports are named explicitly: peers and clients have them written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The AWS wire and gRPC.
    pub clients: SocketAddr,
    /// Raft and admission, over mTLS.
    pub peers: SocketAddr,
    /// Where other nodes reach `peers`, `host:port`; the listening address when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers_advertised: Option<String>,
    /// `/metrics`, `/healthz`, `/readyz`, without TLS: keep it on a private address.
    pub metrics: SocketAddr,
    /// Lets clients speak in clear from elsewhere too, because something in between (a mesh, a proxy on this machine)
    /// encrypts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clients_in_clear: bool,
}

/// The certificate that clients see, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, and behind it whatever leads to an authority that clients trust.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The oldest version of TLS that is spoken.
    #[serde(default)]
    pub min_version: TlsVersion,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsVersion {
    /// For clients that know no newer one.
    #[serde(rename = "1.2")]
    V1_2,
    /// What every SDK of AWS speaks.
    #[default]
    #[serde(rename = "1.3")]
    V1_3,
}

/// What protects the keyring file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "lowercase")]
pub enum SealConfig {
    /// A constant that everyone knows. For dev clusters alone.
    Dev,
    /// 32 bytes in a file that only this user may read.
    File {
        /// Where.
        path: PathBuf,
    },
}

/// Bounds that an operator may move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections of clients at one time.
    pub connections: usize,
    /// How long a stopping node waits for answers under way, in milliseconds.
    pub drain_ms: u64,
    /// A snapshot is taken after this many log entries; a restart replays at most as many.
    pub snapshot_entries: u64,
    /// How many log entries that a snapshot covers are kept, for followers that are a little behind.
    pub log_tail_entries: u64,
    /// Whether accounts are held to AWS's request rates.
    pub request_rates: bool,
    /// With less room than this on the disk, in bytes, the node takes no changes.
    pub disk_reserve_bytes: u64,
}

/// What the process asks of the system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// Do not start where the memory of keys cannot be locked, instead of warning.
    pub require_locked_memory: bool,
}

/// How the node logs, to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// A filter such as `info` or `info,raft=debug`.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS_DEFAULT,
            drain_ms: limits::DRAIN_MILLIS_DEFAULT,
            snapshot_entries: raft::SNAPSHOT_EVERY,
            log_tail_entries: raft::LOG_TAIL_KEPT,
            request_rates: true,
            disk_reserve_bytes: limits::DISK_RESERVE_DEFAULT,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        // openraft warns of every heartbeat that a dead peer does not answer, twenty times a second; metrics and status
        // say the same once.
        Self { format: LogFormat::Text, filter: "info,openraft=error".to_owned() }
    }
}

/// Why a configuration is not taken. The texts are for the operator who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// It is not TOML, or not of this shape.
    #[error("{path}: {cause}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The parser's words, with line and column.
        cause: Box<toml::de::Error>,
    },
    /// A value is out of its range.
    #[error("{field} is {value:?}, but must be {rule}")]
    Value {
        /// Such as `listen.peers`.
        field: &'static str,
        /// What was written.
        value: String,
        /// What it must be.
        rule: String,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(&text, path)
    }

    /// Checks a text that was read from `path`.
    ///
    /// # Errors
    /// [`ConfigError::Shape`], [`ConfigError::Value`]
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|cause| ConfigError::Shape { path: path.to_owned(), cause: Box::new(cause) })?;
        config.validate()?;
        Ok(config)
    }

    /// The configuration of each Region's node, the first one's first.
    pub(crate) fn of_each_region(&self) -> Vec<Self> {
        let first = Self { regions: Vec::new(), ..self.clone() };
        let further = self.regions.iter().map(|hosted| Self {
            region: hosted.region.clone(),
            name: hosted.name.clone(),
            zone: hosted.zone.clone(),
            data_dir: hosted.data_dir.clone(),
            listen: Listen { peers: hosted.peers, peers_advertised: None, ..self.listen.clone() },
            ..first.clone()
        });
        std::iter::once(first.clone()).chain(further).collect()
    }

    /// Where other nodes reach this one.
    pub fn peers_advertised(&self) -> String {
        self.listen.peers_advertised.clone().unwrap_or_else(|| self.listen.peers.to_string())
    }

    /// The Region, parsed.
    pub fn region(&self) -> Region {
        self.region.parse().expect("validate parsed the Region")
    }

    /// Whether every address is on this machine alone, as a dev cluster asks for.
    pub fn loopback_only(&self) -> bool {
        let own = [self.listen.clients, self.listen.peers, self.listen.metrics];
        let further = self.regions.iter().map(|hosted| hosted.peers);
        own.into_iter().chain(further).all(|address| address.ip().is_loopback())
    }

    fn validate(&self) -> Result<(), ConfigError> {
        label("name", &self.name)?;
        label("zone", &self.zone)?;
        if self.region.parse::<Region>().is_err() {
            return Err(value("region", &self.region, "a Region's name, such as us-east-1"));
        }
        absolute("data_dir", &self.data_dir)?;
        if let SealConfig::File { path } = &self.seal {
            absolute("seal.path", path)?;
        }
        self.validate_addresses()?;
        self.validate_tls()?;
        self.validate_regions()?;
        bounded("limits.connections", self.limits.connections as u64, 1, limits::CONNECTIONS_MAX as u64)?;
        bounded("limits.drain_ms", self.limits.drain_ms, 0, limits::DRAIN_MILLIS_MAX)?;
        bounded("limits.snapshot_entries", self.limits.snapshot_entries, 100, limits::LOG_ENTRIES_MAX)?;
        bounded("limits.disk_reserve_bytes", self.limits.disk_reserve_bytes, 0, limits::DISK_RESERVE_MAX)?;
        bounded("limits.log_tail_entries", self.limits.log_tail_entries, 0, limits::LOG_ENTRIES_MAX)?;
        if self.log.filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return Err(value("log.filter", &self.log.filter, "a filter such as info or info,raft=debug"));
        }
        Ok(())
    }

    fn validate_regions(&self) -> Result<(), ConfigError> {
        if !self.regions.is_empty() && self.seal != SealConfig::Dev {
            let names: Vec<&str> = self.regions.iter().map(|hosted| hosted.region.as_str()).collect();
            let rule = "absent without [seal] kind = \"dev\": a node of a server cluster serves one Region";
            return Err(value("regions", &names.join(","), rule));
        }
        let mut taken = vec![self.listen.clients, self.listen.peers, self.listen.metrics];
        let (mut names, mut folders) = (vec![&self.region], vec![&self.data_dir]);
        for Hosted { region, name, zone, data_dir, peers } in &self.regions {
            label("regions.name", name)?;
            label("regions.zone", zone)?;
            absolute("regions.data_dir", data_dir)?;
            if region.parse::<Region>().is_err() || names.contains(&region) {
                return Err(value("regions.region", region, "a Region's name that no other entry has"));
            }
            if folders.iter().any(|folder| data_dir.starts_with(folder) || folder.starts_with(data_dir)) {
                let rule = "a folder that neither is, nor lies in, nor holds another Region's";
                return Err(value("regions.data_dir", &data_dir.to_string_lossy(), rule));
            }
            if peers.port() == 0 || taken.contains(peers) {
                let rule = "an address with a port that is not 0 and that no other part of the process has";
                return Err(value("regions.peers", &peers.to_string(), rule));
            }
            names.push(region);
            folders.push(data_dir);
            taken.push(*peers);
        }
        Ok(())
    }

    fn validate_tls(&self) -> Result<(), ConfigError> {
        let Listen { clients, clients_in_clear, .. } = self.listen;
        match &self.tls {
            Some(tls) => {
                absolute("tls.certificate", &tls.certificate)?;
                absolute("tls.key", &tls.key)
            }
            None if clients.ip().is_loopback() || clients_in_clear => Ok(()),
            None => {
                let rule = "a loopback address without [tls], for secrets would travel in clear";
                Err(value("listen.clients", &clients.to_string(), rule))
            }
        }
    }

    fn validate_addresses(&self) -> Result<(), ConfigError> {
        let Listen { clients, peers, metrics, .. } = self.listen;
        for (field, address) in [("listen.clients", clients), ("listen.peers", peers), ("listen.metrics", metrics)] {
            if address.port() == 0 {
                return Err(value(field, &address.to_string(), "an address with a port that is not 0"));
            }
        }
        for (field, address, other) in
            [("listen.peers", peers, clients), ("listen.metrics", metrics, clients), ("listen.metrics", metrics, peers)]
        {
            if address == other {
                return Err(value(field, &address.to_string(), "an address that no other part of the node has"));
            }
        }
        let advertised = self.peers_advertised();
        let Some((host, port)) = advertised.rsplit_once(':') else {
            return Err(value("listen.peers_advertised", &advertised, "host:port"));
        };
        let everywhere = host == "0.0.0.0" || host == "[::]";
        if host.is_empty() || everywhere || !port.parse::<u16>().is_ok_and(|port| port != 0) {
            let rule = "host:port, with a host that other nodes can reach";
            return Err(value("listen.peers_advertised", &advertised, rule));
        }
        Ok(())
    }
}

/// Whether this is a Region's name of the form that AWS gives them, such as `us-east-1`.
pub fn is_aws_region(name: &str) -> bool {
    name.parse::<Region>().is_ok_and(|region| region.is_of_aws_form())
}

fn value(field: &'static str, value: &str, rule: impl Into<String>) -> ConfigError {
    ConfigError::Value { field, value: value.to_owned(), rule: rule.into() }
}

fn label(field: &'static str, text: &str) -> Result<(), ConfigError> {
    let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let inside = !text.starts_with('-') && !text.ends_with('-');
    if text.is_empty() || text.len() > limits::LABEL_BYTES_MAX || !letters || !inside {
        return Err(value(field, text, "1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends"));
    }
    Ok(())
}

fn absolute(field: &'static str, path: &Path) -> Result<(), ConfigError> {
    if !path.is_absolute() {
        return Err(value(field, &path.to_string_lossy(), "an absolute path"));
    }
    Ok(())
}

fn bounded(field: &'static str, number: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if !(min..=max).contains(&number) {
        return Err(value(field, &number.to_string(), format!("from {min} to {max}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "node-1"
zone = "us-east-1a"
region = "us-east-1"
data_dir = "/var/lib/lockstep"
[listen]
clients = "127.0.0.1:8443"
peers = "127.0.0.1:8444"
metrics = "127.0.0.1:9464"
[seal]
kind = "file"
path = "/etc/lockstep/seal.key"
"#;

    fn check(change: (&str, &str), expected: &str) {
        let text = GOOD.replacen(change.0, change.1, 1);
        assert!(change.0.is_empty() || text != GOOD, "{change:?} changes nothing");
        let outcome = match Config::parse(&text, Path::new("t.toml")) {
            Ok(_) => "good".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{change:?} gave: {outcome}");
    }

    #[test]
    fn every_value_is_checked() {
        check(("", ""), "good");
        check(("", "colour = 1"), "unknown field `colour`");
        check(("[listen]", "[listen]\ntls = true"), "unknown field `tls`");
        check(("[seal]", "[limits]\nbodies = 1\n[seal]"), "unknown field `bodies`");
        check(("name = \"node-1\"\n", ""), "missing field `name`");
        check(("node-1", "Node_1"), "name is \"Node_1\", but must be 1 to 63 of a-z");
        check(("node-1", "-node"), "name is \"-node\"");
        check(("us-east-1a", ""), "zone is \"\"");
        check(("\"us-east-1\"", "\"us east\""), "region is \"us east\", but must be a Region's name");
        check(("/var/lib", "var/lib"), "data_dir is \"var/lib/lockstep\", but must be an absolute path");
        check(("/etc/lockstep", "etc"), "seal.path is \"etc/seal.key\"");
        check(("kind = \"file\"", "kind = \"hsm\""), "unknown variant `hsm`");
        check(("127.0.0.1:8443", "localhost"), "invalid socket address");
        check(("127.0.0.1:8443", "127.0.0.1:0"), "listen.clients is \"127.0.0.1:0\"");
        check(
            ("127.0.0.1:8444", "127.0.0.1:8443"),
            "listen.peers is \"127.0.0.1:8443\", but must be an address that no",
        );
        check(("127.0.0.1:8444", "0.0.0.0:8444"), "listen.peers_advertised is \"0.0.0.0:8444\"");
        check(("127.0.0.1:8443", "10.0.0.1:8443"), "but must be a loopback address without [tls]");
        check(("clients = \"127.0.0.1", "clients_in_clear = true\nclients = \"10.0.0.1"), "good");
        check(("[seal]", "[tls]\ncertificate = \"a.pem\"\nkey = \"/b.pem\"\n[seal]"), "tls.certificate is \"a.pem\"");
        check(("[seal]", "[tls]\ncertificate = \"/a.pem\"\nkey = \"/b.pem\"\n[seal]"), "good");
        check(("metrics =", "peers_advertised = \"zone-a\"\nmetrics ="), "but must be host:port");
        check(("metrics =", "peers_advertised = \"zone-a:8444\"\nmetrics ="), "good");
        check(("[seal]", "[limits]\nconnections = 0\n[seal]"), "limits.connections is \"0\", but must be from 1");
        check(("[seal]", "[log]\nformat = \"xml\"\n[seal]"), "unknown variant `xml`");
        check(("[seal]", "[log]\nfilter = \"info,=,\"\n[seal]"), "log.filter is");
    }

    const HOSTED: &str = r#"
[[regions]]
region = "eu-west-1"
name = "node-2"
zone = "eu-west-1a"
data_dir = "/var/lib/other"
peers = "127.0.0.1:8445"
"#;

    #[test]
    fn further_regions_are_for_development_and_share_nothing_that_is_kept() {
        let dev = GOOD.replace("kind = \"file\"\npath = \"/etc/lockstep/seal.key\"", "kind = \"dev\"") + HOSTED;
        let parse = |text: &str| Config::parse(text, Path::new("t.toml"));
        let config = parse(&dev).expect("good");
        let each = config.of_each_region();
        let told: Vec<_> =
            each.iter().map(|one| (one.region.as_str(), one.name.as_str(), one.listen.peers.port())).collect();
        assert_eq!(told, [("us-east-1", "node-1", 8444), ("eu-west-1", "node-2", 8445)]);
        assert!(config.loopback_only() && each.iter().all(|one| one.regions.is_empty()));
        let refused = |text: &str, expected: &str| {
            let error = parse(text).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        };
        refused(
            &(GOOD.to_owned() + HOSTED),
            "regions is \"eu-west-1\", but must be absent without [seal] kind = \"dev\"",
        );
        for (from, to, expected) in [
            ("region = \"eu-west-1\"", "region = \"us-east-1\"", "regions.region is \"us-east-1\""),
            ("region = \"eu-west-1\"", "region = \"EU\"", "regions.region is \"EU\""),
            ("/var/lib/other", "/var/lib/lockstep/x", "regions.data_dir is"),
            ("/var/lib/other", "other", "regions.data_dir is \"other\", but must be an absolute path"),
            ("8445", "8443", "regions.peers is"),
            ("8445", "0", "regions.peers is"),
            ("node-2", "Node", "regions.name is"),
            ("peers = \"127.0.0.1:8445\"", "peers = \"127.0.0.1:8445\"\nclients = \"x\"", "unknown field `clients`"),
        ] {
            refused(&dev.replace(from, to), expected);
        }
        assert!(!parse(&dev.replace("127.0.0.1:8445", "10.0.0.1:8445")).expect("good").loopback_only());
        assert_eq!(parse(&toml::to_string(&config).expect("serialises")).expect("good"), config);
    }

    #[test]
    fn a_configuration_reads_as_it_is_written() {
        let config = Config::parse(GOOD, Path::new("t.toml")).expect("good");
        let text = toml::to_string(&config).expect("serialises");
        assert_eq!(Config::parse(&text, Path::new("t.toml")).expect("good"), config);
    }

    #[test]
    fn loopback_means_every_address() {
        let config = |text: &str| Config::parse(text, Path::new("t.toml")).expect("good");
        assert!(config(GOOD).loopback_only());
        assert!(!config(&GOOD.replace("127.0.0.1:9464", "10.0.0.1:9464")).loopback_only());
    }
}
