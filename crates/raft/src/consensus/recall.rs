//! Asking the peers what they remember of this node's disk, before it takes part and after.

use super::codec;
use super::witness::{RolledBack, Seen};
use crate::limits::{RECALL_AGAIN, RECALL_PATIENCE, RECALL_PAUSE, RECALL_TIME_MAX};
use crate::links::{Class, Links, cause};
use crate::{Member, wire};
use futures::future::join_all;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Status};

/// What came of a question.
enum Answer {
    Seen(Seen),
    /// The peer may be there.
    Late,
    /// Nobody listens where the peer should be, or it is only just starting: its memory is gone, or it has none yet.
    Absent,
}

/// Asks all of `peers` before this node takes part, and gives those that did not answer.
pub(super) async fn ask_first(links: &Links, peers: Vec<Member>, found: Seen) -> Result<Vec<Member>, RolledBack> {
    ask(links, peers, RECALL_PATIENCE, || Some(found)).await
}

/// Asks all of `peers` at once, and gives those that did not answer in time. `found` is read after the answers: what this
/// node said meanwhile is on its disk by then. Where it finds nothing, the node is ending and nobody is left to be asked.
async fn ask(
    links: &Links,
    peers: Vec<Member>,
    patience: Duration,
    found: impl Fn() -> Option<Seen>,
) -> Result<Vec<Member>, RolledBack> {
    let answers = join_all(peers.iter().map(|peer| ask_patiently(links, peer, patience))).await;
    let Some(found) = found() else { return Ok(Vec::new()) };
    let mut silent = Vec::new();
    for (peer, answer) in peers.into_iter().zip(answers) {
        match answer {
            Some(seen) if !found.covers(&seen) => return Err(RolledBack { peer: peer.node_id, seen, found }),
            Some(_) => {}
            None => silent.push(peer),
        }
    }
    Ok(silent)
}

/// Asks those that were silent until each has answered or is no member any longer.
pub(super) async fn ask_until_all_answer(
    links: &Links,
    mut peers: Vec<Member>,
    is_member: impl Fn(&Member) -> bool,
    found: impl Fn() -> Option<Seen>,
) -> Result<(), RolledBack> {
    while !peers.is_empty() {
        sleep(RECALL_AGAIN).await;
        peers.retain(&is_member);
        peers = ask(links, peers, Duration::ZERO, &found).await?;
    }
    Ok(())
}

async fn ask_patiently(links: &Links, peer: &Member, patience: Duration) -> Option<Seen> {
    let begun = Instant::now();
    loop {
        match ask_one(links, peer).await {
            Answer::Seen(seen) => return Some(seen),
            Answer::Late if begun.elapsed() < patience => sleep(RECALL_PAUSE).await,
            Answer::Late | Answer::Absent => return None,
        }
    }
}

async fn ask_one(links: &Links, peer: &Member) -> Answer {
    let request = wire::RecallRequest { header: Some(links.header(peer.node_id)) };
    let mut client = links.client(peer, Class::Control);
    let answer = match timeout(RECALL_TIME_MAX, client.recall(request)).await {
        Ok(Ok(answer)) => answer.into_inner(),
        // A peer of an older version, and one that does not take this node for a member, remember nothing.
        Ok(Err(status)) if matches!(status.code(), Code::Unimplemented | Code::PermissionDenied) => {
            return Answer::Seen(Seen::default());
        }
        Ok(Err(status)) => return if is_out_of_reach(&status) { Answer::Late } else { Answer::Absent },
        Err(_) => return Answer::Late,
    };
    match codec::read_log_id_option(answer.held) {
        Ok(held) => Answer::Seen(Seen { held, term: answer.term }),
        Err(_) => Answer::Absent,
    }
}

/// Whether there was no connection, and not because nobody listens.
fn is_out_of_reach(status: &Status) -> bool {
    cause::<io::Error>(status).is_some_and(|failure| failure.kind() != io::ErrorKind::ConnectionRefused)
}
