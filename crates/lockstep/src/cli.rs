//! The command line.

use crate::output::Output;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A key service that speaks AWS KMS, Parameter Store and Secrets Manager, replicated over three zones.
#[derive(Parser)]
#[command(name = "lockstep", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Starts a cluster on this machine for development: one process per zone, one endpoint.
    Dev(Dev),
    /// Runs one node.
    Server(Server),
    /// Says how the nodes on this machine stand.
    Status(Status),
    /// Makes clusters, credentials and tokens, and changes who belongs to a cluster.
    Operator(Operator),
}

#[derive(Args)]
pub struct Dev {
    /// How many zones, each with one node. 3 for a new cluster.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=7))]
    pub nodes: Option<u8>,
    /// Where the cluster lives, so that it is there again next time. Without it, everything goes when the command ends.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The port that clients use; 0 takes a free one.
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The account of callers whose access key is not an account. 000000000000 for a new cluster.
    #[arg(long)]
    pub account: Option<String>,
    /// The Regions, separated by commas. us-east-1 for a new cluster; one that is there keeps those it has, and others
    /// are added.
    #[arg(long, value_delimiter = ',')]
    pub regions: Vec<String>,
    /// Holds accounts to AWS's request rates, as a server does.
    #[arg(long)]
    pub request_rates: bool,
    /// Written, as JSON, when the cluster answers requests.
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct Server {
    /// The node's configuration, a TOML file.
    #[arg(long)]
    pub config: PathBuf,
    /// Starts nothing: checks the configuration and the files it names, and prints it with every default filled in.
    #[arg(long)]
    pub check: bool,
}

#[derive(Args)]
pub struct Status {
    /// The folder of a development cluster. Without it and without --node, the one that was started last.
    #[arg(long, conflicts_with = "node")]
    pub data: Option<PathBuf>,
    /// A node's data folder, or its admin socket; may be repeated.
    #[arg(long, visible_alias = "socket")]
    pub node: Vec<PathBuf>,
    /// Counts a node that answers and is not ready as one that does not answer: exit code 3.
    #[arg(long)]
    pub ready: bool,
    /// For people or for programs.
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

#[derive(Args)]
pub struct Operator {
    /// The node to ask: its data folder, or its admin socket.
    #[arg(long, visible_alias = "socket", global = true, env = "LOCKSTEP_NODE", default_value = "/var/lib/lockstep")]
    pub node: PathBuf,
    /// For people or for programs.
    #[arg(long, value_enum, global = true, default_value = "table")]
    pub output: Output,
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand)]
pub enum Task {
    /// Makes a cluster of one empty node. Prints the root credential, once.
    Init {
        /// The account of the root credential.
        #[arg(long, default_value = "000000000000")]
        account: String,
        /// A cluster for development: takes unknown credentials, on loopback only, for ever.
        #[arg(long)]
        dev: bool,
    },
    /// Makes a token that lets one empty node join.
    Token {
        /// How long it is good for, in seconds; at most a week.
        #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=604_800))]
        valid_seconds: u64,
    },
    /// Makes a token for a node that takes another's vote and place, dead or alive, once it has caught up.
    Replace {
        /// The number of the node that is replaced; it is out of the cluster for good then.
        #[arg(long)]
        id: u64,
        /// How long the token is good for, in seconds; at most a week.
        #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=604_800))]
        valid_seconds: u64,
    },
    /// Makes an empty node a member of a cluster.
    Join {
        /// The token; other users of this machine can see it here while the command runs.
        #[arg(long, conflicts_with = "token_file")]
        token: Option<String>,
        /// A file with the token. Without it and without --token, the token is read from standard input.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// Makes credentials.
    Credential {
        #[command(subcommand)]
        task: CredentialTask,
    },
    /// Shows what an account uses of its quotas, or sets them.
    Quota {
        /// The account whose use is shown, twelve digits; 000000000000 when it is not said.
        #[arg(long)]
        account: Option<String>,
        #[command(subcommand)]
        task: Option<QuotaTask>,
    },
    /// Hands leadership to another node.
    Transfer {
        /// The number of the node; without it, the one that is least behind.
        #[arg(long)]
        to: Option<u64>,
    },
    /// Adds an epoch to the keyring: everything new is sealed under it from then on.
    RotateKeyring,
    /// Gives the node a new key and certificate for its links to the other nodes. It does so by itself in time.
    RenewCertificate,
    /// Saves what the cluster holds to a file, looks into such a file, or makes a cluster of one.
    Snapshot {
        #[command(subcommand)]
        task: SnapshotTask,
    },
    /// Builds a quarantined node anew from its peers: its disk was damaged, or is older than it was.
    Rebuild,
    /// Takes a node out of the cluster, for good.
    Remove {
        /// The number of the node.
        id: u64,
        /// Also when too few of those that are left are alive: the cluster stops then.
        #[arg(long)]
        force: bool,
    },
    /// Makes the key file of a node's seal. Keep it apart from the node's data, and a copy of it safe.
    SealKey {
        /// The file to make.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub enum CredentialTask {
    /// Makes an access key for the root of an account. Prints the secret, once.
    Create {
        /// The account, twelve digits.
        #[arg(long, default_value = "000000000000")]
        account: String,
    },
}

#[derive(Subcommand)]
pub enum SnapshotTask {
    /// Saves everything that was acknowledged before, sealed as it is. The seal's key is not in the file: keep both.
    Save {
        /// The file to write; one that is there is replaced when the new one is whole.
        file: PathBuf,
    },
    /// Reads a file to its end, verifies every checksum and says what it holds. Needs no node.
    Inspect {
        /// The file.
        file: PathBuf,
    },
    /// Makes a cluster of one empty node that holds what the file holds.
    Restore {
        /// The file.
        file: PathBuf,
        /// Also when a majority of the cluster in the file still answers. There are two clusters with the same keys then,
        /// each of which answers callers and knows nothing of what the other does: a key that is deleted or disabled in
        /// one goes on working in the other.
        #[arg(long)]
        force: bool,
    },
}

#[derive(Subcommand)]
pub enum QuotaTask {
    /// Sets how much of something one account may have. What it has already stays.
    Set {
        /// The account, twelve digits.
        #[arg(long)]
        account: String,
        /// Such as kms-keys; `lockstep operator quota` lists the names.
        name: String,
        /// How many.
        number: u64,
    },
    /// Goes back to the profile's number.
    Reset {
        /// The account, twelve digits.
        #[arg(long)]
        account: String,
        /// Such as kms-keys.
        name: String,
    },
    /// Chooses the numbers of all accounts that have none of their own.
    Profile {
        /// Small numbers as AWS's once were, or those of today.
        #[arg(value_parser = ["classic", "aws"])]
        profile: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for line in [
            "lockstep dev --nodes 0",
            "lockstep dev --nodes 8",
            "lockstep dev --port 65536",
            "lockstep server",
            "lockstep status --data a --node b",
            "lockstep operator token --valid-seconds 0",
            "lockstep operator replace",
            "lockstep operator replace --id zone-a",
            "lockstep operator join --token a --token-file b",
            "lockstep operator remove x",
            "lockstep operator snapshot",
            "lockstep operator snapshot save",
            "lockstep operator snapshot inspect --force f",
            "lockstep operator quota set kms-keys 7",
            "lockstep operator quota set --account 111122223333 kms-keys -7",
            "lockstep operator quota set --account 111122223333 kms-keys many",
            "lockstep operator quota reset --account 111122223333",
            "lockstep operator quota profile huge",
            "lockstep",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn the_node_is_named_at_any_place() {
        for line in [
            "lockstep operator --node D quota set --account 111122223333 kms-keys 7",
            "lockstep operator quota --node D set --account 111122223333 kms-keys 7",
            "lockstep operator quota set --account 111122223333 kms-keys 7 --node D",
            "lockstep operator quota --account 111122223333 --node D",
        ] {
            match Cli::try_parse_from(line.split(' ')).map(|cli| cli.command) {
                Ok(Command::Operator(operator)) => assert_eq!(operator.node, PathBuf::from("D"), "{line}"),
                _ => panic!("refused: {line}"),
            }
        }
    }
}
