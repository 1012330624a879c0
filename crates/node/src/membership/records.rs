//! The records of a cluster's nodes in the tables: who was ever admitted, and by which token.

use crate::messages::v1::{NodeRecord, SpentToken};
use replica::{Key, NodeId, Refusal, Table, View, get_message, scan_all};
use std::iter::successors;

/// What the commands of this crate refuse.
pub(crate) mod refusal {
    /// The token has admitted another node, or has expired.
    pub(crate) const TOKEN_SPENT: u32 = 1;
    /// A node of this name belongs to the cluster.
    pub(crate) const NAME_TAKEN: u32 = 2;
    /// There is no such node.
    pub(crate) const NO_SUCH_NODE: u32 = 3;
    /// The cluster would be left without a node.
    pub(crate) const LAST_NODE: u32 = 4;
    /// Another node is to take that place already.
    pub(crate) const PLACE_TAKEN: u32 = 5;
    /// The tables are not those that the restore was made for.
    pub(crate) const NOT_TO_BE_RESTORED: u32 = 6;
}

/// A refusal in words, for the operator.
pub(crate) fn refused(refused: &Refusal) -> String {
    let named = refused.args.first().map_or("", String::as_str);
    match refused.kind {
        refusal::TOKEN_SPENT => "the join token has admitted another node already, or has expired".to_owned(),
        refusal::NAME_TAKEN => format!("a node named {named} belongs to the cluster; remove it first"),
        refusal::NO_SUCH_NODE => format!("there is no node {named}"),
        refusal::PLACE_TAKEN => {
            let by = refused.args.get(1).map_or("", String::as_str);
            format!("node {by} is to take the place of node {named} already; remove it first")
        }
        refusal::LAST_NODE => "the last node cannot be removed".to_owned(),
        refusal::NOT_TO_BE_RESTORED => "the tables of the file are not what its head says".to_owned(),
        other => format!("refused, for the reason {other}"),
    }
}

/// The numbers of this crate's commands. Append-only.
pub(crate) mod command {
    use replica::kind;

    /// [`crate::messages::v1::AdmitNode`]
    pub(crate) const ADMIT_NODE: u32 = kind::NODE;
    /// [`crate::messages::v1::RemoveNode`]
    pub(crate) const REMOVE_NODE: u32 = kind::NODE + 1;
    /// [`crate::messages::v1::RestoreCluster`]
    pub(crate) const RESTORE_CLUSTER: u32 = kind::NODE + 2;
}

/// The row of a node.
pub(crate) fn node_key(node: NodeId) -> Key {
    Key::cluster(Table::Nodes).number(node.0)
}

/// The row of a spent token.
pub(crate) fn token_key(token_id: &[u8]) -> Key {
    Key::cluster(Table::JoinTokens).bytes(token_id)
}

/// A node that was ever admitted.
pub(crate) fn node(view: &(impl View + ?Sized), node: NodeId) -> Option<NodeRecord> {
    get_message(view, node_key(node).as_bytes())
}

/// A token that has admitted its node.
pub(crate) fn spent_token(view: &(impl View + ?Sized), token_id: &[u8]) -> Option<SpentToken> {
    get_message(view, token_key(token_id).as_bytes())
}

/// Every node that was ever admitted, by number.
pub(crate) fn nodes(view: &(impl View + ?Sized)) -> Vec<NodeRecord> {
    let rows = scan_all(view, Key::cluster(Table::Nodes).as_bytes());
    let decode = |(_, value): (Vec<u8>, Vec<u8>)| {
        prost::Message::decode(value.as_slice()).expect("a row of the nodes is a node's record")
    };
    rows.into_iter().map(decode).collect()
}

/// Who had the place that a node got which was admitted in place of `replaced` (0 for nobody): that one, the one before it,
/// and so on. One of them may still belong to the cluster, or vote, when its successor has to be replaced in turn.
pub(crate) fn place(nodes: &[NodeRecord], replaced: u64) -> Vec<u64> {
    let before = |id: &u64| nodes.iter().find(|node| node.node_id == *id).map(|node| node.replaces);
    // Numbers rise, so the way back ends.
    successors(Some(replaced), before).take_while(|id| *id != 0).collect()
}

/// Whether the node was taken out of the cluster: its certificate is worth nothing then.
pub(crate) fn is_removed(view: &(impl View + ?Sized), node: NodeId) -> bool {
    self::node(view, node).is_some_and(|record| !record.belongs())
}

impl NodeRecord {
    /// Whether the node still belongs to the cluster.
    pub(crate) fn belongs(&self) -> bool {
        self.removed_at == 0
    }
}

/// The node as the membership holds it.
pub(crate) fn to_member(record: &NodeRecord) -> raft::Member {
    raft::Member {
        node_id: record.node_id,
        name: record.name.clone(),
        zone: record.zone.clone(),
        peer_addr: record.peer_address.clone(),
        client_addr: record.client_address.clone(),
    }
}
