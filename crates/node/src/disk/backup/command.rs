//! The first command of a restored cluster. What it was is out: every node that the tables know, and the CA that signed
//! for them. Everything that callers made stays as it was at the moment of the save.

use crate::membership::records::{self, command, node_key, refusal};
use crate::messages::v1::{IncarnationRecord, NodeRecord, RestoreCluster, RestoreClusterReply};
use replica::{Applied, Command, Key, NodeId, Refusal, Table, Timestamp, View, Writes, cluster};

impl Command for RestoreCluster {
    const KIND: u32 = command::RESTORE_CLUSTER;
    type Reply = RestoreClusterReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<RestoreClusterReply> {
        let nodes = records::nodes(view);
        let next = nodes.last().map_or(1, |last| last.node_id + 1);
        let Some(mut cluster) = cluster::record(view).filter(|_| next == self.node_id) else {
            return Applied::refused(Refusal::new(refusal::NOT_TO_BE_RESTORED, []));
        };
        let mut writes = Writes::new();
        for mut node in nodes.into_iter().filter(NodeRecord::belongs) {
            node.removed_at = at.as_millis().max(1);
            writes.put_message(node_key(NodeId(node.node_id)), &node);
        }
        writes.put_message(node_key(NodeId(self.node_id)), &self.node(at));
        cluster.incarnation += 1;
        cluster.ca_certificate = self.ca_certificate;
        cluster.ca_key_sealed = self.ca_key_sealed;
        writes.put_message(Key::cluster(Table::Settings).text("cluster"), &cluster);
        let record =
            IncarnationRecord { id: self.incarnation_id, restored_at: at.as_millis(), saved_at: self.saved_at };
        writes.put_message(Key::cluster(Table::Settings).text("incarnation"), &record);
        Applied::reply(writes, RestoreClusterReply { incarnation: cluster.incarnation })
    }
}

impl RestoreCluster {
    fn node(&self, at: Timestamp) -> NodeRecord {
        NodeRecord {
            node_id: self.node_id,
            name: self.name.clone(),
            zone: self.zone.clone(),
            peer_address: self.peer_address.clone(),
            client_address: self.client_address.clone(),
            admitted_at: at.as_millis(),
            ..NodeRecord::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::v1::{AdmitNode, RemoveNode};
    use prost::Message as _;
    use replica::cluster::{Birth, ClusterRecord};
    use replica::testing::Tables;

    fn apply<C: Command>(tables: &mut Tables, at: u64, command: C) -> Result<C::Reply, u32> {
        let applied = command.apply(Timestamp::from_millis(at), &*tables);
        tables.commit(&applied.writes);
        applied.result.map_err(|refusal| refusal.kind)
    }

    fn restore(node_id: u64) -> RestoreCluster {
        RestoreCluster {
            incarnation_id: vec![9; 16],
            saved_at: 5,
            ca_certificate: vec![2],
            ca_key_sealed: vec![3],
            node_id,
            name: "a".to_owned(),
            ..RestoreCluster::default()
        }
    }

    #[test]
    fn every_former_node_is_out_and_numbers_go_on_rising() {
        let tables = &mut Tables::default();
        assert_eq!(apply(tables, 1, restore(1)), Err(refusal::NOT_TO_BE_RESTORED), "nothing was ever born here");
        let cluster = ClusterRecord { incarnation: 1, ca_certificate: vec![1], ..ClusterRecord::default() };
        apply(tables, 1, Birth { cluster: Some(cluster), keyring: None }).expect("born");
        for (token, name) in [(0, "a"), (2, "b"), (3, "c")] {
            let token_id = vec![token; usize::from(token > 0)];
            let admit = AdmitNode { token_id, token_expires_at: 100, name: name.to_owned(), ..AdmitNode::default() };
            apply(tables, 2, admit).expect("admitted");
        }
        apply(tables, 3, RemoveNode { node_id: 3 }).expect("removed");
        assert_eq!(apply(tables, 7, restore(3)), Err(refusal::NOT_TO_BE_RESTORED), "that number was given");
        assert_eq!(apply(tables, 7, restore(4)).map(|reply| reply.incarnation), Ok(2));
        let removed: Vec<u64> = records::nodes(tables).iter().map(|node| node.removed_at).collect();
        assert_eq!(removed, [7, 7, 3, 0]);
        let cluster = cluster::record(tables).expect("a record");
        assert_eq!((cluster.incarnation, cluster.ca_certificate, cluster.ca_key_sealed), (2, vec![2], vec![3]));
        let record = tables.get(Key::cluster(Table::Settings).text("incarnation").as_bytes()).expect("a row");
        let expected = IncarnationRecord { id: vec![9; 16], restored_at: 7, saved_at: 5 };
        assert_eq!(record, expected.encode_to_vec());
    }

    #[test]
    fn the_bytes_of_a_restore_are_pinned() {
        let hex = hex::encode(restore(4).encode_to_vec());
        assert_eq!(hex, format!("0a10{}10051a0102220103280432 0161", "09".repeat(16)).replace(' ', ""));
    }
}
