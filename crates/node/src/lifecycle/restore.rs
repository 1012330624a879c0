//! Restore: makes a cluster of one empty node that holds what a snapshot file holds.
//!
//! Nothing is written before the file's head, its keyring and the cluster that it came from have been looked at. The rows
//! are then loaded aside, and count when the whole file has been found good. The node goes on under the file's cluster id
//! in a new incarnation: with a new CA and a number that no node had. As a birth, it is a member when its identity is on
//! disk, and one that was cut short leaves a mark.

use crate::disk::backup::{self, BackupError, Reader};
use crate::keys::keyring::Keyring;
use crate::lifecycle::birth::{agree, new_authority};
use crate::lifecycle::identity::{Identity, wrap_key};
use crate::lifecycle::member::{self, Member, Origin, claim, open_engine, refuse_to_be_reached};
use crate::messages::v1::{BackupHead, RestoreCluster, RestoreSnapshotRequest};
use crate::{Config, Folder, NodeError, keys::seal, limits};
use crypto::{NodeKeyPair, Seal};
use raft::{ClusterId, Incarnation, PeerName, SavedStanding};
use replica::{Clock, NodeId};
use std::io::{self, BufWriter, Read, Write};
use std::sync::Arc;
use store::{Engine, SnapshotWriter};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tonic::Streaming;

/// Pieces of the file that wait to be read.
const PIECES_WAITING_MAX: usize = 4;
/// Rows go to the engine in pieces of this many bytes.
const LOAD_BYTES: usize = 1 << 20;

/// A restored cluster's first member, with its clients' door still closed, and what it was made of.
pub(crate) struct Restored {
    pub(crate) member: Arc<Member>,
    pub(crate) rows: u64,
    pub(crate) applied: u64,
}

/// What the file says of itself, once its head has been read.
struct Saved {
    head: BackupHead,
    cluster: ClusterId,
    standing: SavedStanding,
    keyring: Vec<u8>,
}

/// Restores the file that comes in `pieces`.
///
/// # Errors
/// Whatever keeps it from being restored. The folder is empty again then, unless the cluster had begun.
pub(crate) async fn restore(
    config: &Config,
    folder: &Folder,
    peers: TcpListener,
    clock: Arc<dyn Clock>,
    force: bool,
    pieces: Streaming<RestoreSnapshotRequest>,
) -> Result<Restored, NodeError> {
    let source = pump(pieces);
    let mut reader = blocking(move || Ok(Reader::begin(source)?)).await?;
    let saved = Saved {
        head: std::mem::take(&mut reader.head),
        cluster: reader.cluster,
        standing: reader.standing.clone(),
        keyring: std::mem::take(&mut reader.keyring),
    };
    let seal = refuse_what_cannot_be(config, folder, &saved)?;
    if !force {
        backup::refuse_over_the_living(saved.cluster, &saved.standing, &config.peers_advertised()).await?;
    }
    Folder::replace(&folder.birth_under_way(), b"")?;
    faults::point("node.restore.begun");
    let first = member::raft_member(config, NodeId(saved.head.next_node));
    let loading = load(open_engine(config, folder)?, reader, saved.standing.clone(), first);
    let (engine, rows) = match loading.await {
        Ok(loaded) => loaded,
        Err(cause) => {
            forget(folder)?;
            return Err(cause);
        }
    };
    faults::point("node.restore.loaded");
    let applied = saved.standing.applied();
    let member = found(config, folder, peers, clock, (saved, seal, engine)).await?;
    Ok(Restored { member, rows, applied })
}

/// What stands against this file on this node, before anything is written.
fn refuse_what_cannot_be(config: &Config, folder: &Folder, saved: &Saved) -> Result<Arc<dyn Seal>, NodeError> {
    let head = &saved.head;
    if head.region != config.region {
        let text = format!("the file is of {}, the node's configuration says {}", head.region, config.region);
        return Err(NodeError::Refused(text));
    }
    if head.dev {
        refuse_to_be_reached(config)?;
    }
    let seal = seal::open(config, folder, head.dev)?;
    if !Keyring::opens(config, folder, saved.cluster, seal.as_ref(), &saved.keyring)? {
        let text = format!(
            "this node's seal does not open the keyring in the file: it was sealed by the seal of {}; give this node a \
             seal with the same key",
            head.saved_by
        );
        return Err(NodeError::Refused(text));
    }
    Ok(seal)
}

/// Loads every row aside and makes them the tables, if the file is whole.
async fn load(
    engine: Arc<dyn Engine>,
    mut reader: Reader<PieceSource>,
    standing: SavedStanding,
    first: raft::Member,
) -> Result<(Arc<dyn Engine>, u64), NodeError> {
    blocking(move || {
        let id = hex::encode(crypto::random_bytes::<16>());
        engine.begin_receive(&id)?;
        let sink = BufWriter::with_capacity(LOAD_BYTES, EngineSink(&*engine));
        let failed = |cause: io::Error| NodeError::Refused(format!("the rows could not be loaded: {cause}"));
        let mut writer = SnapshotWriter::begin(sink, &id, &standing.refounded(&first)).map_err(failed)?;
        while let Some(rows) = reader.rows()? {
            for (key, value) in rows {
                writer.row(&key, &value).map_err(failed)?;
            }
        }
        writer.end().map_err(failed)?;
        standing.begin_term(&*engine, &first)?;
        let installed = engine.install_received()?;
        tracing::info!(bytes = installed.bytes, rows = reader.rows_read(), "the tables of the file are loaded");
        Ok((engine, reader.rows_read()))
    })
    .await
}

/// Takes away what a restore that was refused has written: the folder is that of an empty node again.
fn forget(folder: &Folder) -> Result<(), NodeError> {
    let database = folder.database();
    std::fs::remove_dir_all(&database).map_err(NodeError::file("cannot remove", &database))?;
    Folder::remove(&folder.birth_under_way())
}

/// Begins the new incarnation on the loaded tables.
async fn found(
    config: &Config,
    folder: &Folder,
    peers: TcpListener,
    clock: Arc<dyn Clock>,
    (saved, seal, engine): (Saved, Arc<dyn Seal>, Arc<dyn Engine>),
) -> Result<Arc<Member>, NodeError> {
    let Saved { head, cluster, keyring, .. } = saved;
    let (node, incarnation) = (NodeId(head.next_node), Incarnation::drawn(crypto::random_bytes()));
    let sealed = keyring;
    let keyring = Arc::new(Keyring::new(config, folder, cluster, head.dev, seal.clone())?);
    keyring.take_over(&sealed, head.keyring_needed)?;
    let keys = NodeKeyPair::generate().map_err(NodeError::crypto("making the node's key"))?;
    let name = PeerName { node, cluster };
    let (ca, certificate) = new_authority(&keyring.vault(), name, &keys, clock.now().as_secs())?;
    let identity = Identity {
        cluster,
        node,
        incarnation,
        region: config.region.clone(),
        dev: head.dev,
        ca_certificate: ca.certificate_der.clone(),
        certificate,
        key_wrapped: wrap_key(&*seal, &keys)?,
    };
    claim(&*engine, &identity)?;
    let member =
        Member::start(config, Origin { identity: identity.clone(), engine, seal, keyring }, peers, clock).await?;
    let command = RestoreCluster {
        incarnation_id: incarnation.to_wire(),
        saved_at: head.saved_at,
        ca_certificate: ca.certificate_der,
        ca_key_sealed: ca.sealed_key,
        node_id: node.0,
        name: config.name.clone(),
        zone: config.zone.clone(),
        peer_address: config.peers_advertised(),
        client_address: config.listen.clients.to_string(),
    };
    agree(&member, command).await?;
    faults::point("node.restore.founded");
    identity.write(&folder.identity())?;
    Folder::remove(&folder.birth_under_way())?;
    tracing::info!(%cluster, %incarnation, %node, saved_at = head.saved_at, "a cluster is restored");
    Ok(member)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NodeError> + Send + 'static,
) -> Result<T, NodeError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(NodeError::Refused("the node failed; see its log".to_owned())))
}

impl From<BackupError> for NodeError {
    fn from(cause: BackupError) -> Self {
        Self::Refused(cause.to_string())
    }
}

/// Hands the pieces to a thread that may block, a few at a time.
fn pump(mut pieces: Streaming<RestoreSnapshotRequest>) -> PieceSource {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING_MAX);
    tokio::spawn(async move {
        loop {
            let next = tokio::time::timeout(limits::RESTORE_STALL, pieces.message()).await;
            let piece = match next {
                Err(_) => Err("the file stopped coming"),
                Ok(Err(_)) => Err("the operator hung up"),
                Ok(Ok(None)) => return,
                Ok(Ok(Some(piece))) => Ok(piece.bytes),
            };
            let over = piece.is_err();
            if sender.send(piece).await.is_err() || over {
                return;
            }
        }
    });
    PieceSource { receiver, piece: Vec::new(), at: 0 }
}

/// The file as it comes from the operator. Read on threads that may block.
struct PieceSource {
    receiver: mpsc::Receiver<Result<Vec<u8>, &'static str>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for PieceSource {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            let Some(piece) = self.receiver.blocking_recv() else { return Ok(0) };
            (self.piece, self.at) = (piece.map_err(io::Error::other)?, 0);
        }
        let count = bytes.len().min(self.piece.len() - self.at);
        bytes[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// What is written goes into the snapshot that the engine receives.
struct EngineSink<'a>(&'a dyn Engine);

impl Write for EngineSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.receive(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
