//! What a snapshot file holds, for whoever has neither a node nor a seal. Every checksum is verified.

use super::{BackupError, Reader};
use replica::Table;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What a whole file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Hexadecimal.
    pub cluster_id: String,
    /// How often the cluster had been restored, plus one.
    pub incarnation: u64,
    /// Hexadecimal; empty in a cluster that was never restored.
    pub incarnation_id: String,
    /// Its Region.
    pub region: String,
    /// Whether it is a cluster for development.
    pub dev: bool,
    /// Milliseconds since the Unix epoch.
    pub saved_at: u64,
    /// The node that saved it: its seal opens the keyring.
    pub saved_by: String,
    /// The version of the program that saved it.
    pub version: String,
    /// The last entry that the tables have applied.
    pub applied: u64,
    /// The term in which that was proposed.
    pub term: u64,
    /// The hash over every write since birth, hexadecimal.
    pub chain: String,
    /// Every member: number, name, where peers reach it, whether it votes.
    pub members: Vec<(u64, String, String, bool)>,
    /// The keyring's version in the file.
    pub keyring_version: u64,
    /// How many rows each table has, by name.
    pub tables: BTreeMap<String, u64>,
    /// How many rows there are.
    pub rows: u64,
    /// The size of the file.
    pub bytes: u64,
    /// The hash over the whole file, hexadecimal.
    pub sha256: String,
}

/// Reads a file to its end.
///
/// # Errors
/// [`BackupError`]
pub fn inspect(path: &Path) -> Result<Inspection, BackupError> {
    let mut reader = Reader::begin(BufReader::new(File::open(path)?))?;
    let mut counts = [0_u64; 256];
    while let Some(rows) = reader.rows()? {
        rows.iter().filter_map(|(key, _)| key.first()).for_each(|table| counts[usize::from(*table)] += 1);
    }
    let tables = (0..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0);
    let member = |(member, votes): (raft::Member, bool)| (member.node_id, member.name, member.peer_addr, votes);
    Ok(Inspection {
        cluster_id: reader.cluster.to_string(),
        incarnation: reader.head.incarnation,
        incarnation_id: reader.incarnation.to_string(),
        applied: reader.standing.applied(),
        term: reader.standing.term(),
        chain: hex::encode(reader.standing.chain()),
        members: reader.standing.members().into_iter().map(member).collect(),
        tables: tables.map(|(table, count)| (table_name(table), count)).collect(),
        rows: reader.rows_read(),
        bytes: reader.bytes(),
        sha256: hex::encode(reader.hash()),
        keyring_version: reader.head.keyring_held,
        saved_at: reader.head.saved_at,
        dev: reader.head.dev,
        region: reader.head.region,
        saved_by: reader.head.saved_by,
        version: reader.head.version,
    })
}

/// The tables that have a name here. A file of a later version may hold others.
const TABLES: [Table; 21] = [
    Table::Settings,
    Table::Requests,
    Table::AccessVersions,
    Table::AccessKeys,
    Table::KeyDirectory,
    Table::Due,
    Table::Events,
    Table::Nodes,
    Table::JoinTokens,
    Table::QuotaLimits,
    Table::QuotaUse,
    Table::IamAccounts,
    Table::IamCredentials,
    Table::KmsKeys,
    Table::KmsMaterial,
    Table::KmsAliases,
    Table::KmsKeyAliases,
    Table::SsmParameters,
    Table::SsmParameterVersions,
    Table::Secrets,
    Table::SecretVersions,
];

fn table_name(number: u8) -> String {
    let named = TABLES.iter().find(|table| **table as u8 == number);
    named.map_or_else(|| format!("table {number}"), |table| format!("{table:?}"))
}
