//! The life of nodes, in one process: what an empty one refuses, how a cluster is born and joined, and which folders
//! never come back under their old name.

use node::admin::AdminClient;
use node::v1::{
    CreateJoinTokenRequest, InitRequest, JoinRequest, Phase, RemoveRequest, RotateKeyringRequest, StatusRequest,
    StatusResponse,
};
use node::{Config, NodeError};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything here may take, on a machine that is busy building.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that runs in this process.
struct Running {
    data: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<Result<(), NodeError>>,
}

impl Running {
    fn start(config: &Config) -> Self {
        // What the nodes say is shown with a test that fails.
        let _ = tracing_subscriber::fmt().with_test_writer().with_ansi(false).try_init();
        let stop = CancellationToken::new();
        let task = tokio::spawn(node::serve(config.clone(), stop.clone(), || {}));
        Self { data: config.data_dir.clone(), stop, task }
    }

    /// Starts a node that was ended in this process: its database is free a moment later, when
    /// the last task that reads it has ended.
    async fn start_again(config: &Config) -> Self {
        let begun = std::time::Instant::now();
        loop {
            let node = Self::start(config);
            while !node.task.is_finished() {
                if node.has_started().await {
                    return node;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let refusal = node.refusal().await;
            assert!(begun.elapsed() < PATIENCE, "{refusal}");
        }
    }

    async fn has_started(&self) -> bool {
        let Ok(mut admin) = node::admin::connect(&node::Folder::admin_socket_in(&self.data)).await else {
            return false;
        };
        let started = |phase| matches!(phase, Phase::Member | Phase::Quarantined);
        admin.status(StatusRequest {}).await.is_ok_and(|status| started(status.get_ref().phase()))
    }

    async fn admin(&self) -> AdminClient {
        let socket = node::Folder::admin_socket_in(&self.data);
        let reached = async {
            loop {
                match node::admin::connect(&socket).await {
                    Ok(client) => return client,
                    Err(_) => {
                        assert!(!self.task.is_finished(), "the node in {} has ended", self.data.display());
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("the node answers")
    }

    async fn status(&self) -> StatusResponse {
        self.admin().await.status(StatusRequest {}).await.expect("answered").into_inner()
    }

    async fn wait(&self, what: &str, reached: impl Fn(&StatusResponse) -> bool) {
        let begun = std::time::Instant::now();
        loop {
            let status = self.status().await;
            if reached(&status) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {status:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn token(&self) -> String {
        let made =
            self.admin().await.create_join_token(CreateJoinTokenRequest { valid_seconds: 60, replaces: 0 }).await;
        made.expect("made").into_inner().token
    }

    async fn join(&self, token: &str) -> Result<u64, String> {
        let joined = self.admin().await.join(JoinRequest { token: token.to_owned() }).await;
        joined.map(|joined| joined.into_inner().node_id).map_err(|status| status.message().to_owned())
    }

    async fn init(&self, dev: bool) -> Result<(), String> {
        let born = self.admin().await.init(InitRequest { dev, account: "111122223333".into() }).await;
        born.map(|_| ()).map_err(|status| status.message().to_owned())
    }

    /// Rotates as often as nobody leads: on a busy machine, an election may outlast one call's patience.
    async fn rotate_keyring(&self) -> u64 {
        let begun = std::time::Instant::now();
        loop {
            match self.admin().await.rotate_keyring(RotateKeyringRequest {}).await {
                Ok(rotated) => return rotated.into_inner().version,
                Err(refusal) => {
                    let nobody_leads = refusal.message().contains("no leader");
                    assert!(nobody_leads && begun.elapsed() < PATIENCE, "{refusal}");
                }
            }
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("no panic").expect("a good end");
    }

    /// Why a node does not start, now that what it held before is free.
    async fn refused_start(config: &Config) -> String {
        let begun = std::time::Instant::now();
        loop {
            let refusal = Self::start(config).refusal().await;
            if !refusal.contains("belongs to another running node") || begun.elapsed() > PATIENCE {
                return refusal;
            }
        }
    }

    async fn refusal(self) -> String {
        let ended = tokio::time::timeout(PATIENCE, self.task).await.expect("it ends by itself").expect("no panic");
        ended.expect_err("it does not start").to_string()
    }
}

/// Starts the node, which says why it takes part in nothing, and ends it.
async fn quarantined(config: &Config, reason: &str) {
    let node = Running::start_again(config).await;
    node.wait(reason, |status| status.phase() == Phase::Quarantined && status.reason.contains(reason)).await;
    node.end().await;
}

fn config(folder: &Path, name: &str, seal: &str) -> Config {
    let held: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let address = |n: usize| held[n].local_addr().expect("bound").to_string();
    let data = folder.join(name);
    let text = format!(
        "name = \"{name}\"\nzone = \"{name}\"\nregion = \"us-east-1\"\ndata_dir = {data:?}\n\
         [listen]\nclients = \"{}\"\npeers = \"{}\"\nmetrics = \"{}\"\n[seal]\n{seal}\n",
        address(0),
        address(1),
        address(2),
    );
    Config::parse(&text, Path::new("test.toml")).expect("valid")
}

fn dev(folder: &Path, name: &str) -> Config {
    config(folder, name, "kind = \"dev\"")
}

fn sealed(folder: &Path, name: &str) -> Config {
    let key = folder.join(format!("{name}.key"));
    node::make_seal_key(&key).expect("made");
    config(folder, name, &format!("kind = \"file\"\npath = {key:?}"))
}

fn votes(status: &StatusResponse, voters: usize) -> bool {
    let members = status.membership.iter().flat_map(|membership| &membership.members);
    status.ready && members.filter(|member| member.voter).count() == voters
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_born_joined_and_left() {
    let temp = tempfile::tempdir().expect("temp");
    let first = Running::start(&sealed(temp.path(), "a"));
    first.wait("its folder is found empty", |status| status.phase() == Phase::Empty).await;
    first.init(false).await.expect("born");
    assert!(first.init(false).await.expect_err("twice").contains("belongs to a cluster already"));

    let (token, second) = (first.token().await, Running::start(&sealed(temp.path(), "b")));
    assert_eq!(second.join("lockstep-join-AAAA").await, Err("this is not a join token".to_owned()));
    assert_eq!(second.join(&token).await, Ok(2));
    second.wait("the second votes", |status| votes(status, 2)).await;

    let third_config = sealed(temp.path(), "c");
    let third = Running::start(&third_config);
    let spent = third.join(&token).await.expect_err("a token admits one node");
    assert!(spent.contains("has admitted another node already"), "{spent}");
    assert_eq!(third.join(&first.token().await).await, Ok(3));
    third.wait("the third votes", |status| votes(status, 3)).await;

    third.end().await;
    first.wait("two of three serve", |status| status.ready).await;
    let third = Running::start_again(&third_config).await;
    third.wait("it comes back", |status| votes(status, 3)).await;

    first.admin().await.remove(RemoveRequest { node_id: 3, force: false }).await.expect("removed");
    first.wait("two are left", |status| votes(status, 2)).await;
    third.wait("it knows", |status| status.reason.contains("removed")).await;
    for node in [third, second, first] {
        node.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_keyring_needs_a_majority_and_reaches_who_was_away() {
    let temp = tempfile::tempdir().expect("temp");
    let configs = ["a", "b", "c"].map(|name| sealed(temp.path(), name));
    let [first, second, third] = configs.each_ref().map(Running::start);
    first.init(false).await.expect("born");
    for node in [&second, &third] {
        node.join(&first.token().await).await.expect("joined");
    }
    first.wait("three vote", |status| votes(status, 3)).await;
    let version = |status: &StatusResponse| status.membership.as_ref().map_or(0, |found| found.keyring_held);

    third.end().await;
    assert_eq!(first.rotate_keyring().await, 2, "two of three have it");
    second.wait("the second has it", |status| status.ready && version(status) == 2).await;

    second.end().await;
    let alone = first.admin().await.rotate_keyring(RotateKeyringRequest {}).await;
    alone.expect_err("one of three is no majority");
    let third = Running::start_again(&configs[2]).await;
    third.wait("who was away gets it", |status| status.ready && version(status) == 2).await;

    std::fs::remove_file(configs[2].data_dir.join("keyring")).expect("removed");
    let second = Running::start_again(&configs[1]).await;
    second.wait("three serve", |status| votes(status, 3)).await;
    third.wait("a lost file comes back", |_| configs[2].data_dir.join("keyring").exists()).await;
    for node in [third, second, first] {
        node.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_or_foreign_database_does_not_come_back() {
    let temp = tempfile::tempdir().expect("temp");
    let (one, two) = (dev(temp.path(), "one"), dev(temp.path(), "two"));
    for config in [&one, &two] {
        let node = Running::start(config);
        node.init(true).await.expect("born");
        node.end().await;
    }
    let aside = temp.path().join("aside");
    std::fs::rename(one.data_dir.join("db"), &aside).expect("moved");
    let finding = one.data_dir.join("quarantine.json");
    quarantined(&one, "database is gone").await;
    // What was found is not forgotten because something is there again.
    std::fs::rename(two.data_dir.join("db"), one.data_dir.join("db")).expect("moved");
    quarantined(&one, "database is gone").await;

    std::fs::remove_file(&finding).expect("removed");
    quarantined(&one, "is of another node").await;

    std::fs::remove_dir_all(one.data_dir.join("db")).expect("removed");
    std::fs::rename(&aside, one.data_dir.join("db")).expect("moved back");
    std::fs::remove_file(&finding).expect("removed");
    let node = Running::start_again(&one).await;
    node.wait("its own database is taken", |status| status.ready).await;
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dev_node_whose_configuration_was_opened_to_others_does_not_start() {
    let temp = tempfile::tempdir().expect("temp");
    let config = dev(temp.path(), "dev");
    let node = Running::start(&config);
    node.init(true).await.expect("born");
    node.end().await;
    let opened: [fn(&mut Config); 2] = [
        |config| config.listen.clients.set_ip("0.0.0.0".parse().expect("an address")),
        |config| config.listen.peers.set_ip("0.0.0.0".parse().expect("an address")),
    ];
    for open in opened {
        let mut config = config.clone();
        open(&mut config);
        let refusal = Running::refused_start(&config).await;
        assert!(refusal.contains("must be a loopback address"), "{refusal}");
    }
    Running::start_again(&config).await.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_empty_node_refuses() {
    let temp = tempfile::tempdir().expect("temp");
    let node = Running::start(&dev(temp.path(), "dev-seal"));
    let refusal = node.init(false).await.expect_err("the dev seal is for dev clusters");
    assert!(refusal.contains("protects nothing"), "{refusal}");
    let mut admin = node.admin().await;
    let early =
        admin.create_join_token(CreateJoinTokenRequest { valid_seconds: 1, replaces: 0 }).await.expect_err("empty");
    assert!(early.message().contains("belongs to no cluster"), "{early}");
    node.init(true).await.expect("a refusal leaves the folder empty");
    node.end().await;

    let mut open = dev(temp.path(), "open");
    open.listen.metrics.set_ip("0.0.0.0".parse().expect("an address"));
    let node = Running::start(&open);
    let refusal = node.init(true).await.expect_err("a dev cluster is on loopback alone");
    assert!(refusal.contains("must be a loopback address"), "{refusal}");
    node.end().await;

    let cut_short = dev(temp.path(), "cut-short");
    Running::start(&cut_short).end().await;
    std::fs::write(cut_short.data_dir.join("birth.pending"), "").expect("written");
    let refusal = Running::refused_start(&cut_short).await;
    assert!(refusal.contains("cut short"), "{refusal}");
}
