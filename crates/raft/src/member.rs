//! Who a node is: its entry in the membership, and its name in certificates.

use replica::NodeId;
use std::fmt;
use std::str::FromStr;

/// The cluster's id, drawn at birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClusterId(pub [u8; 16]);

impl fmt::Display for ClusterId {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is not 32 hexadecimal digits, or not a peer's DNS name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cluster id or a peer's name")]
pub struct NotAName;

impl FromStr for ClusterId {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(NotAName);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| NotAName)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A node as the membership holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Member {
    /// The node's number, never reused.
    pub node_id: u64,
    /// What people call it.
    pub name: String,
    /// The availability zone it stands in.
    pub zone: String,
    /// `host:port` where peers reach it.
    pub peer_addr: String,
    /// `host:port` where clients reach it.
    pub client_addr: String,
}

impl Member {
    /// The node's number.
    pub fn id(&self) -> NodeId {
        NodeId(self.node_id)
    }
}

/// The DNS name in a node's certificate: `<node id>.<cluster id>.lockstep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerName {
    /// Which node.
    pub node: NodeId,
    /// Of which cluster.
    pub cluster: ClusterId,
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.lockstep", self.node, self.cluster)
    }
}

impl FromStr for PeerName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let rest = text.strip_suffix(".lockstep").ok_or(NotAName)?;
        let (node, cluster) = rest.split_once('.').ok_or(NotAName)?;
        if node.is_empty() || !node.bytes().all(|b| b.is_ascii_digit()) || (node.len() > 1 && node.starts_with('0')) {
            return Err(NotAName);
        }
        Ok(Self { node: NodeId(node.parse().map_err(|_| NotAName)?), cluster: cluster.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_name_reads_as_it_is_written() {
        let name = PeerName { node: NodeId(7), cluster: ClusterId([0xab; 16]) };
        assert_eq!(name.to_string(), "7.abababababababababababababababab.lockstep");
        assert_eq!(name.to_string().parse(), Ok(name));
    }

    #[test]
    fn other_names_are_not_peer_names() {
        let id = "abababababababababababababababab";
        for text in ["", "lockstep", &format!(".{id}.lockstep"), &format!("x.{id}.lockstep"), "7.ab.lockstep"] {
            assert_eq!(text.parse::<PeerName>(), Err(NotAName), "{text}");
        }
        for text in [format!("07.{id}.lockstep"), format!("+7.{id}.lockstep"), format!("7.{id}.lockstep.org")] {
            assert_eq!(text.parse::<PeerName>(), Err(NotAName), "{text}");
        }
    }
}
