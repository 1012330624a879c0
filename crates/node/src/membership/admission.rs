//! The command that gives a node its number. Numbers rise and are never used again: a node that lost its disk is a new
//! one. A token admits one node; the same node asking again, after an answer that it did not get, is the same node.

use crate::membership::records::{self, command, node_key, refusal, token_key};
use crate::messages::v1::{AdmitNode, AdmitNodeReply, NodeRecord, SpentToken};
use prost::Message as _;
use replica::{Applied, Command, Key, NodeId, Refusal, Table, Timestamp, View, Writes};

/// How many expired tokens one admission may forget: more than it adds, so that the table shrinks.
const FORGOTTEN_PER_APPLY: usize = 8;

impl Command for AdmitNode {
    const KIND: u32 = command::ADMIT_NODE;
    type Reply = AdmitNodeReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<AdmitNodeReply> {
        if let Some(spent) = records::spent_token(view, &self.token_id) {
            if spent.public_key_hash == self.public_key_hash {
                return Applied::reply(Writes::new(), AdmitNodeReply { node_id: spent.node_id });
            }
            return Applied::refused(Refusal::new(refusal::TOKEN_SPENT, []));
        }
        let nodes = records::nodes(view);
        // The node that makes the cluster has no token, and nobody else may do without.
        let first = nodes.is_empty() && self.token_id.is_empty();
        if !first && (self.token_id.is_empty() || self.token_expires_at <= at.as_millis()) {
            return Applied::refused(Refusal::new(refusal::TOKEN_SPENT, []));
        }
        if let Some(refusal) = self.refuse_place(&nodes) {
            return Applied::refused(refusal);
        }
        // The name goes with the place.
        let place = records::place(&nodes, self.replaces);
        if nodes.iter().any(|node| node.belongs() && node.name == self.name && !place.contains(&node.node_id)) {
            return Applied::refused(Refusal::new(refusal::NAME_TAKEN, [self.name]));
        }
        let node_id = nodes.last().map_or(1, |last| last.node_id + 1);
        let writes = self.admit(node_id, at, view);
        Applied::reply(writes, AdmitNodeReply { node_id })
    }
}

impl AdmitNode {
    /// Only a node that belongs to the cluster has a place to give, and only to one other.
    fn refuse_place(&self, nodes: &[NodeRecord]) -> Option<Refusal> {
        if self.replaces == 0 {
            return None;
        }
        let place = self.replaces.to_string();
        if !nodes.iter().any(|node| node.belongs() && node.node_id == self.replaces) {
            return Some(Refusal::new(refusal::NO_SUCH_NODE, [place]));
        }
        let taker = nodes.iter().find(|node| node.belongs() && node.replaces == self.replaces)?;
        Some(Refusal::new(refusal::PLACE_TAKEN, [place, taker.node_id.to_string()]))
    }

    fn admit(self, node_id: u64, at: Timestamp, view: &dyn View) -> Writes {
        let mut writes = Writes::new();
        forget_expired(&mut writes, at, view);
        if !self.token_id.is_empty() {
            let spent = SpentToken {
                node_id,
                public_key_hash: self.public_key_hash.clone(),
                expires_at: self.token_expires_at,
            };
            writes.put_message(token_key(&self.token_id), &spent);
        }
        let record = NodeRecord {
            node_id,
            name: self.name,
            zone: self.zone,
            peer_address: self.peer_address,
            public_key_hash: self.public_key_hash,
            client_address: self.client_address,
            admitted_at: at.as_millis(),
            removed_at: 0,
            replaces: self.replaces,
        };
        writes.put_message(node_key(NodeId(node_id)), &record);
        writes
    }
}

/// A token that has expired admits nobody, so that it was spent need not be known any longer.
fn forget_expired(writes: &mut Writes, at: Timestamp, view: &dyn View) {
    for (key, value) in view.scan(Key::cluster(Table::JoinTokens).as_bytes(), &[], FORGOTTEN_PER_APPLY) {
        let spent = SpentToken::decode(value.as_slice()).expect("a row of the tokens is a spent token");
        if spent.expires_at <= at.as_millis() {
            writes.delete(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use replica::testing::Tables;

    fn admit(token: u8, name: &str, key: u8) -> AdmitNode {
        let token_id = if token == 0 { Vec::new() } else { vec![token; 16] };
        AdmitNode {
            token_id,
            token_expires_at: 1_000,
            name: name.to_owned(),
            public_key_hash: vec![key; 32],
            ..AdmitNode::default()
        }
    }

    /// Applies at `at`, commits, and gives the number or the refusal.
    fn check(tables: &mut Tables, at: u64, command: AdmitNode, expected: Result<u64, u32>) {
        let told = format!("{} at {at}", command.name);
        let applied = command.apply(Timestamp::from_millis(at), &*tables);
        tables.commit(&applied.writes);
        assert_eq!(applied.result.map(|reply| reply.node_id).map_err(|refusal| refusal.kind), expected, "{told}");
    }

    #[test]
    fn numbers_rise_and_a_token_admits_one_node() {
        let tables = &mut Tables::default();
        check(tables, 1, admit(0, "a", 1), Ok(1));
        check(tables, 1, admit(0, "x", 1), Err(refusal::TOKEN_SPENT));
        check(tables, 1, admit(2, "b", 2), Ok(2));
        check(tables, 2, admit(2, "b", 2), Ok(2));
        check(tables, 2, admit(2, "c", 3), Err(refusal::TOKEN_SPENT));
        check(tables, 2, admit(3, "b", 3), Err(refusal::NAME_TAKEN));
        check(tables, 1_000, admit(3, "c", 3), Err(refusal::TOKEN_SPENT));
        check(tables, 999, admit(3, "c", 3), Ok(3));
        assert_eq!(records::nodes(tables).len(), 3);
    }

    #[test]
    fn a_node_takes_the_place_of_one_that_belongs_to_the_cluster() {
        let tables = &mut Tables::default();
        let replacing = |token, name, replaces| AdmitNode { replaces, ..admit(token, name, token) };
        check(tables, 1, admit(0, "a", 1), Ok(1));
        check(tables, 1, admit(2, "b", 2), Ok(2));
        check(tables, 1, replacing(3, "c", 7), Err(refusal::NO_SUCH_NODE));
        check(tables, 1, replacing(3, "a", 2), Err(refusal::NAME_TAKEN));
        check(tables, 1, replacing(3, "b", 2), Ok(3)); // its name goes with it
        check(tables, 2, replacing(3, "b", 2), Ok(3));
        check(tables, 2, replacing(4, "d", 2), Err(refusal::PLACE_TAKEN));
        check(tables, 2, replacing(4, "b", 3), Ok(4)); // who has not taken its place yet can be replaced as well
        check(tables, 2, replacing(5, "a", 4), Err(refusal::NAME_TAKEN));
        check(tables, 2, replacing(5, "b", 4), Ok(5));
        assert_eq!(records::node(tables, NodeId(3)).map(|record| record.replaces), Some(2));
    }

    #[test]
    fn the_bytes_of_an_admission_are_pinned() {
        let hex = |command: &AdmitNode| hex::encode(command.encode_to_vec());
        let command = AdmitNode { client_address: "c".to_owned(), ..admit(2, "b", 0) };
        let plain = format!("0a1002{}10e8071a01623220{}3a0163", "02".repeat(15), "00".repeat(32));
        assert_eq!(hex(&command), plain);
        assert_eq!(hex(&AdmitNode { replaces: 1, ..command }), plain + "4001");
    }

    #[test]
    fn an_expired_token_is_forgotten_and_still_admits_nobody() {
        let tables = &mut Tables::default();
        check(tables, 1, admit(0, "a", 1), Ok(1));
        check(tables, 1, admit(2, "b", 2), Ok(2));
        let late = AdmitNode { token_expires_at: 5_000, ..admit(3, "c", 3) };
        check(tables, 2_000, late, Ok(3));
        assert!(records::spent_token(tables, &[2; 16]).is_none());
        check(tables, 2_000, admit(2, "d", 4), Err(refusal::TOKEN_SPENT));
    }
}
