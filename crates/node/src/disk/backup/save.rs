//! Saves: one view of the tables behind a read barrier, streamed frame by frame.

use super::form::{FRAME_BYTES, HEAD_FORMAT};
use super::write::Writer;
use crate::NodeError;
use crate::keys::keyring::Sealed;
use crate::lifecycle::member::Member;
use crate::messages::v1::{BackupHead, IncarnationRecord, NodeRecord, SnapshotFilePiece};
use prost::Message;
use replica::cluster::{ClusterRecord, KeyringRecord};
use replica::{Key, Replica as _, Table};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use store::TableView;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// A snapshot file on its way to the operator.
pub(crate) type Pieces = ReceiverStream<Result<SnapshotFilePiece, Status>>;

/// Bytes of one message, and messages that wait for the operator: what a save holds in memory.
const PIECE_BYTES: usize = 4 * FRAME_BYTES;
const PIECES_WAITING_MAX: usize = 4;
/// Rows that are read at once.
const ROWS_AT_ONCE: usize = 128;

/// Begins a save; the file comes through the stream, and its end or an error at the stream's end.
///
/// # Errors
/// When the cluster cannot be read, or another save is under way here.
pub(crate) async fn save(member: Arc<Member>) -> Result<Pieces, NodeError> {
    let one = member.saving.clone().try_lock_owned();
    let one = one.map_err(|_| NodeError::Refused("a snapshot is being saved here already".to_owned()))?;
    // What was acknowledged anywhere before this call is in every view that this node takes from here on.
    member.node.read().await.map_err(replica::ProposeError::from)?;
    let (sender, receiver) = mpsc::channel(PIECES_WAITING_MAX);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _one = one;
        let sink = PieceSink { sender: sender.clone(), runtime: runtime.clone(), stop: member.stopping().clone() };
        match write(&member, sink) {
            Ok((rows, bytes)) => tracing::info!(rows, bytes, "saved a snapshot for the operator"),
            Err(cause) => {
                tracing::warn!(%cause, "a snapshot could not be saved");
                let _ = runtime.block_on(sender.send(Err(Status::aborted(cause.to_string()))));
            }
        }
    });
    Ok(ReceiverStream::new(receiver))
}

fn write(member: &Member, sink: PieceSink) -> Result<(u64, u64), NodeError> {
    let failed = |cause: io::Error| NodeError::Refused(format!("the snapshot could not be sent: {cause}"));
    let view = member.engine.view();
    // After the view: a keyring only grows, so the file is never older than what the tables need.
    let (head, keyring) = head(member, &*view)?;
    let mut writer = Writer::begin(BufWriter::with_capacity(PIECE_BYTES, sink), &head, &keyring).map_err(failed)?;
    let mut from = Vec::new();
    loop {
        let rows = view.scan(&[], &from, ROWS_AT_ONCE)?;
        for (key, value) in &rows {
            writer.row(key, value).map_err(failed)?;
        }
        if rows.len() < ROWS_AT_ONCE {
            break;
        }
        from.clone_from(&rows[ROWS_AT_ONCE - 1].0);
        from.push(0); // the least key above it
    }
    let (_, rows, bytes) = writer.end().map_err(failed)?;
    Ok((rows, bytes))
}

/// What stands before the rows: the head, and the keyring's file.
fn head(member: &Member, view: &dyn TableView) -> Result<(BackupHead, Vec<u8>), NodeError> {
    let missing = || NodeError::Refused("this node has not applied the cluster's birth yet; ask another".to_owned());
    let cluster: ClusterRecord = setting(view, "cluster")?.ok_or_else(missing)?;
    let keyring: KeyringRecord = setting(view, "keyring")?.ok_or_else(missing)?;
    let incarnation: Option<IncarnationRecord> = setting(view, "incarnation")?;
    let standing = view.meta()?.ok_or_else(missing)?;
    let Sealed { bytes, version } = member.keyring.sealed(keyring.version)?;
    let head = BackupHead {
        format: HEAD_FORMAT,
        cluster_id: cluster.cluster_id,
        incarnation: cluster.incarnation,
        incarnation_id: incarnation.map_or_else(Vec::new, |record| record.id),
        region: cluster.region,
        dev: cluster.dev,
        saved_at: member.clock.now().as_millis(),
        saved_by: member.node.status().member.name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        standing,
        keyring_held: version,
        keyring_needed: keyring.version,
        next_node: next_node(view)?,
    };
    Ok((head, bytes))
}

/// The number that the next node gets.
fn next_node(view: &dyn TableView) -> Result<u64, NodeError> {
    let table = Key::cluster(Table::Nodes);
    let (mut last, mut from) = (0, Vec::new());
    loop {
        let rows = view.scan(table.as_bytes(), &from, ROWS_AT_ONCE)?;
        for (_, value) in &rows {
            last = NodeRecord::decode(value.as_slice()).expect("a row of the nodes is a node's record").node_id;
        }
        let Some((key, _)) = rows.last() else { return Ok(last + 1) };
        from.clone_from(key);
        from.push(0);
    }
}

fn setting<M: Message + Default>(view: &dyn TableView, name: &str) -> Result<Option<M>, NodeError> {
    let row = view.get(Key::cluster(Table::Settings).text(name).as_bytes())?;
    Ok(row.map(|row| M::decode(row.as_slice()).expect("a setting is a record of its kind")))
}

/// Hands what is written to the operator's stream, and waits while he does not take it, but not for a node that ends.
struct PieceSink {
    sender: mpsc::Sender<Result<SnapshotFilePiece, Status>>,
    runtime: Handle,
    stop: CancellationToken,
}

impl Write for PieceSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(PIECE_BYTES)];
        let piece = SnapshotFilePiece { bytes: bytes.to_vec() };
        let sent = self.runtime.block_on(async {
            tokio::select! {
                sent = self.sender.send(Ok(piece)) => sent.map_err(|_| "the operator hung up"),
                () = self.stop.cancelled() => Err("the node is stopping"),
            }
        });
        sent.map(|()| bytes.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
