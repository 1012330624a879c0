//! The command that takes a node out of the cluster, for good. What it says at once is that the node's certificate is
//! worth nothing any longer; the leader then takes it out of the membership.

use crate::messages::v1::{RemoveNode, RemoveNodeReply};
use crate::records::{self, command, node_key, refusal};
use replica::{Applied, Command, NodeId, Refusal, Timestamp, View, Writes};

impl Command for RemoveNode {
    const KIND: u32 = command::REMOVE_NODE;
    type Reply = RemoveNodeReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<RemoveNodeReply> {
        let id = NodeId(self.node_id);
        let Some(mut record) = records::node(view, id) else {
            return Applied::refused(Refusal::new(refusal::NO_SUCH_NODE, [id.to_string()]));
        };
        if !record.belongs() {
            return Applied::reply(Writes::new(), RemoveNodeReply {});
        }
        if records::nodes(view).iter().filter(|node| node.belongs()).count() == 1 {
            return Applied::refused(Refusal::new(refusal::LAST_NODE, []));
        }
        record.removed_at = at.as_millis().max(1);
        let mut writes = Writes::new();
        writes.put_message(node_key(id), &record);
        Applied::reply(writes, RemoveNodeReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::v1::AdmitNode;
    use replica::testing::Tables;

    fn tables_with(names: &[&str]) -> Tables {
        let mut tables = Tables::default();
        for (n, name) in names.iter().enumerate() {
            let token_id = if n == 0 { Vec::new() } else { vec![n as u8; 16] };
            let admit = AdmitNode { token_id, token_expires_at: 9, name: (*name).to_owned(), ..AdmitNode::default() };
            let applied = admit.apply(Timestamp::from_millis(1), &tables);
            assert!(applied.result.is_ok());
            tables.commit(&applied.writes);
        }
        tables
    }

    fn check(tables: &mut Tables, node_id: u64, expected: Result<(), u32>) {
        let applied = RemoveNode { node_id }.apply(Timestamp::from_millis(5), &*tables);
        tables.commit(&applied.writes);
        assert_eq!(applied.result.map(|_| ()).map_err(|refusal| refusal.kind), expected, "node {node_id}");
    }

    #[test]
    fn a_removed_node_stays_removed_and_its_number_is_not_used_again() {
        let tables = &mut tables_with(&["a", "b"]);
        check(tables, 3, Err(refusal::NO_SUCH_NODE));
        check(tables, 2, Ok(()));
        check(tables, 2, Ok(()));
        check(tables, 1, Err(refusal::LAST_NODE));
        let again =
            AdmitNode { token_id: vec![7; 16], token_expires_at: 9, name: "b".to_owned(), ..AdmitNode::default() };
        let applied = again.apply(Timestamp::from_millis(6), &*tables);
        assert_eq!(applied.result.map(|reply| reply.node_id), Ok(3), "its name is free, its number is not");
    }
}
