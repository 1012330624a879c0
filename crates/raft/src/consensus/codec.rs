//! Between openraft's types and the messages on disk and on the wire.

use super::types::{Entry, LeaderId, LogId, Membership, Payload, Proposed, Types, Vote};
use super::witness::Disks;
use crate::{Member, wire};
use openraft::raft::{AppendEntriesRequest, StreamAppendError, StreamAppendResult, VoteRequest, VoteResponse};
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};

/// Format number of [`wire::Entry`].
const ENTRY_FORMAT: u32 = 1;

/// Bytes that are not the message that they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not decode")]
pub(crate) struct Undecodable(pub(crate) &'static str);

type Decoded<T> = Result<T, Undecodable>;

pub(super) fn leader_id(id: &LeaderId) -> wire::LeaderId {
    wire::LeaderId { term: id.term, node: id.node_id }
}

fn read_leader_id(id: Option<wire::LeaderId>) -> Decoded<LeaderId> {
    let id = id.ok_or(Undecodable("leader id"))?;
    Ok(LeaderId { term: id.term, node_id: id.node })
}

pub(super) fn vote(vote: &Vote) -> wire::Vote {
    wire::Vote { leader: Some(leader_id(&vote.leader_id)), committed: vote.committed }
}

pub(super) fn read_vote(vote: Option<wire::Vote>) -> Decoded<Vote> {
    let vote = vote.ok_or(Undecodable("vote"))?;
    Ok(Vote { leader_id: read_leader_id(vote.leader)?, committed: vote.committed })
}

pub(super) fn log_id(id: &LogId) -> wire::LogId {
    wire::LogId { leader: Some(leader_id(&id.leader_id)), index: id.index }
}

pub(super) fn read_log_id(id: wire::LogId) -> Decoded<LogId> {
    Ok(LogId { leader_id: read_leader_id(id.leader)?, index: id.index })
}

pub(super) fn read_log_id_option(id: Option<wire::LogId>) -> Decoded<Option<LogId>> {
    id.map(read_log_id).transpose()
}

fn member(member: &Member) -> wire::Member {
    let Member { node_id, name, zone, peer_addr, client_addr } = member.clone();
    wire::Member { node_id, name, zone, peer_addr, client_addr }
}

fn read_member(member: wire::Member) -> Member {
    let wire::Member { node_id, name, zone, peer_addr, client_addr } = member;
    Member { node_id, name, zone, peer_addr, client_addr }
}

pub(super) fn membership(membership: &Membership) -> wire::Membership {
    let configs = membership.get_joint_config().iter();
    wire::Membership {
        configs: configs.map(|set| wire::VoterSet { nodes: set.iter().copied().collect() }).collect(),
        members: membership.nodes().map(|(_, node)| member(node)).collect(),
    }
}

pub(super) fn read_membership(membership: Option<wire::Membership>) -> Decoded<Membership> {
    let membership = membership.ok_or(Undecodable("membership"))?;
    let configs: Vec<BTreeSet<u64>> =
        membership.configs.into_iter().map(|set| set.nodes.into_iter().collect()).collect();
    let members = membership.members.into_iter().map(|m| (m.node_id, read_member(m)));
    if configs.is_empty() {
        return Ok(Membership::default());
    }
    Membership::new(configs, members.collect::<BTreeMap<_, _>>()).map_err(|_| Undecodable("membership"))
}

pub(super) fn entry(entry: &Entry) -> wire::Entry {
    use wire::entry::Payload as P;
    let payload = match &entry.payload {
        Payload::Blank => P::Blank(true),
        Payload::Normal(proposed) => P::Command(proposed.0.clone()),
        Payload::Membership(m) => P::Membership(membership(m)),
    };
    wire::Entry { format: ENTRY_FORMAT, log_id: Some(log_id(&entry.log_id)), payload: Some(payload) }
}

pub(super) fn read_entry(entry: wire::Entry) -> Decoded<Entry> {
    use wire::entry::Payload as P;
    if entry.format != ENTRY_FORMAT {
        return Err(Undecodable("entry"));
    }
    let payload = match entry.payload.ok_or(Undecodable("entry"))? {
        P::Blank(_) => Payload::Blank,
        P::Command(bytes) => Payload::Normal(Proposed(bytes)),
        P::Membership(m) => Payload::Membership(read_membership(Some(m))?),
    };
    Ok(Entry { log_id: read_log_id(entry.log_id.ok_or(Undecodable("entry"))?)?, payload })
}

pub(super) fn decode_entry(bytes: &[u8]) -> Decoded<Entry> {
    read_entry(wire::Entry::decode(bytes).map_err(|_| Undecodable("entry"))?)
}

pub(super) fn append_request(
    header: wire::Header,
    request: &AppendEntriesRequest<Types>,
    disks: Disks,
) -> wire::AppendRequest {
    wire::AppendRequest {
        header: Some(header),
        vote: Some(vote(&request.vote)),
        prev: request.prev_log_id.as_ref().map(log_id),
        entries: request.entries.iter().map(entry).collect(),
        leader_commit: request.leader_commit.as_ref().map(log_id),
        leader_held: disks.own.as_ref().map(log_id),
        receiver_held: disks.receiver.as_ref().map(log_id),
    }
}

pub(super) fn read_append_request(request: wire::AppendRequest) -> Decoded<AppendEntriesRequest<Types>> {
    Ok(AppendEntriesRequest {
        vote: read_vote(request.vote)?,
        prev_log_id: read_log_id_option(request.prev)?,
        entries: request.entries.into_iter().map(read_entry).collect::<Decoded<_>>()?,
        leader_commit: read_log_id_option(request.leader_commit)?,
    })
}

pub(super) fn append_response(clock: u64, result: &StreamAppendResult<Types>) -> wire::AppendResponse {
    use wire::append_response::Result as R;
    let result = match result {
        Ok(matched) => R::Matched(wire::Position { log_id: matched.as_ref().map(log_id) }),
        Err(StreamAppendError::Conflict(prev)) => R::Conflict(log_id(prev)),
        Err(StreamAppendError::HigherVote(higher)) => R::HigherVote(vote(higher)),
    };
    wire::AppendResponse { clock, result: Some(result), disk_full: false }
}

pub(super) fn read_append_response(response: wire::AppendResponse) -> Decoded<StreamAppendResult<Types>> {
    use wire::append_response::Result as R;
    Ok(match response.result.ok_or(Undecodable("append response"))? {
        R::Matched(position) => Ok(read_log_id_option(position.log_id)?),
        R::Conflict(prev) => Err(StreamAppendError::Conflict(read_log_id(prev)?)),
        R::HigherVote(higher) => Err(StreamAppendError::HigherVote(read_vote(Some(higher))?)),
    })
}

pub(super) fn vote_request(header: wire::Header, request: &VoteRequest<Types>) -> wire::VoteRequest {
    wire::VoteRequest {
        header: Some(header),
        vote: Some(vote(&request.vote)),
        last_log: request.last_log_id.as_ref().map(log_id),
        transfer: request.leadership_transfer,
    }
}

pub(super) fn read_vote_request(request: wire::VoteRequest) -> Decoded<VoteRequest<Types>> {
    let mut read = VoteRequest::new(read_vote(request.vote)?, read_log_id_option(request.last_log)?);
    read.leadership_transfer = request.transfer;
    Ok(read)
}

pub(super) fn vote_response(clock: u64, response: &VoteResponse<Types>) -> wire::VoteResponse {
    wire::VoteResponse {
        clock,
        vote: Some(vote(&response.vote)),
        granted: response.vote_granted,
        last_log: response.last_log_id.as_ref().map(log_id),
    }
}

pub(super) fn read_vote_response(response: wire::VoteResponse) -> Decoded<VoteResponse<Types>> {
    let last_log = read_log_id_option(response.last_log)?;
    Ok(VoteResponse::new(read_vote(response.vote)?, last_log, response.granted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Entries and their bytes.
    fn entries() -> [(Entry, &'static str); 3] {
        let id = |index| LogId { leader_id: LeaderId { term: 3, node_id: 2 }, index };
        let member = Member {
            node_id: 1,
            name: "a".into(),
            zone: "z".into(),
            peer_addr: "h:1".into(),
            client_addr: "h:2".into(),
        };
        let nodes = BTreeMap::from([(1, member)]);
        let membership = Membership::new(vec![BTreeSet::from([1])], nodes).expect("one voter");
        [
            (Entry { log_id: id(7), payload: Payload::Blank }, "080112080a0408031002100728 01"),
            (
                Entry { log_id: id(8), payload: Payload::Normal(Proposed(b"body".as_ref().into())) },
                "080112080a040803100210081a04626f6479",
            ),
            (
                Entry { log_id: id(9), payload: Payload::Membership(membership) },
                "080112080a0408031002100922190a030a01011212080112016 11a017a2203683a312a03683a32",
            ),
        ]
    }

    #[test]
    fn entry_format_1_is_pinned() {
        for (written, golden) in entries() {
            let bytes = entry(&written).encode_to_vec();
            assert_eq!(hex(&bytes), golden.replace(' ', ""), "{written}");
            assert_eq!(decode_entry(&bytes), Ok(written));
        }
    }

    #[test]
    fn vote_and_position_records_are_pinned() {
        let leader_id = LeaderId { term: 3, node_id: 2 };
        let written = Vote { leader_id, committed: true };
        assert_eq!(hex(&vote(&written).encode_to_vec()), "0a04080310021001");
        assert_eq!(read_vote(Some(vote(&written))), Ok(written));
        let position = LogId { leader_id, index: 300 };
        assert_eq!(hex(&log_id(&position).encode_to_vec()), "0a040803100210ac02");
        assert_eq!(read_log_id(log_id(&position)), Ok(position));
    }

    #[test]
    fn other_formats_and_torn_entries_are_not_read() {
        let (written, _) = &entries()[1];
        let unknown = wire::Entry { format: 2, ..entry(written) };
        assert_eq!(decode_entry(&unknown.encode_to_vec()), Err(Undecodable("entry")));
        let whole = entry(written).encode_to_vec();
        for length in 0..whole.len() {
            assert_ne!(decode_entry(&whole[..length]).as_ref(), Ok(written), "{length} bytes");
        }
    }
}
