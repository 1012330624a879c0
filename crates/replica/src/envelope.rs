//! What surrounds a command on its way to the log, and what comes back.

use crate::{AccountId, Malformed, NodeId, Refusal, RequestId, Timestamp};
use prost::Message as _;

/// The messages as they are on disk.
#[allow(missing_docs)]
pub(crate) mod state {
    include!(concat!(env!("OUT_DIR"), "/lockstep.replica.v1.rs"));
}

/// Format number of [`Envelope`].
const FORMAT: u32 = 1;

/// A command on its way to the leader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Two proposals with one id act once.
    pub id: RequestId,
    /// As in [`crate::Attempt`]; for the proposing node alone, and not part of what is encoded.
    pub is_repeat: bool,
    /// What its authorization was based on.
    pub access: Vec<AccessVersion>,
    /// The command's number.
    pub kind: u32,
    /// The command, encoded.
    pub body: Vec<u8>,
}

/// The access version of an account as an authorization saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessVersion {
    /// Whose.
    pub account: AccountId,
    /// The number that was seen.
    pub version: u64,
}

/// A proposal with the leader's stamp: what a log entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What is proposed.
    pub proposal: Proposal,
    /// The node that proposed it.
    pub origin: NodeId,
    /// The leader's clock.
    pub stamped_at: Timestamp,
}

impl Envelope {
    /// The bytes that go into the log.
    pub fn encode(&self) -> Vec<u8> {
        let access = self.proposal.access.iter();
        state::Envelope {
            format: FORMAT,
            request_id: self.proposal.id.0.to_vec(),
            origin: self.origin.0,
            stamped_at: self.stamped_at.as_millis(),
            access: access
                .map(|a| state::AccessVersion { account: a.account.to_string(), version: a.version })
                .collect(),
            kind: self.proposal.kind,
            body: self.proposal.body.clone(),
        }
        .encode_to_vec()
    }

    /// Reads what [`Envelope::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed::Envelope`]
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let message = state::Envelope::decode(bytes).map_err(|_| Malformed::Envelope)?;
        if message.format != FORMAT {
            return Err(Malformed::Envelope);
        }
        let id = message.request_id.try_into().map_err(|_| Malformed::Envelope)?;
        let mut access = Vec::with_capacity(message.access.len());
        for seen in message.access {
            let account = seen.account.parse().map_err(|_| Malformed::Envelope)?;
            access.push(AccessVersion { account, version: seen.version });
        }
        Ok(Self {
            proposal: Proposal { id: RequestId(id), is_repeat: false, access, kind: message.kind, body: message.body },
            origin: NodeId(message.origin),
            stamped_at: Timestamp::from_millis(message.stamped_at),
        })
    }
}

/// What apply answered to a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the command's reply, encoded.
    Reply(Vec<u8>),
    /// Refused; nothing changed.
    Refused(Refusal),
    /// A permission that the proposal relied on has moved; nothing changed.
    Reauthorize,
}

impl Outcome {
    /// For the Requests table and for the way back to the proposing node.
    pub fn encode(&self) -> Vec<u8> {
        self.to_message().encode_to_vec()
    }

    /// Reads what [`Outcome::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed::Envelope`]
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let message = state::Outcome::decode(bytes).map_err(|_| Malformed::Envelope)?;
        Self::from_message(message)
    }

    pub(crate) fn to_message(&self) -> state::Outcome {
        use state::outcome::Result as R;
        let result = match self {
            Outcome::Reply(bytes) => R::Reply(bytes.clone()),
            Outcome::Refused(refusal) => R::Refused(refusal.clone()),
            Outcome::Reauthorize => R::Reauthorize(true),
        };
        state::Outcome { result: Some(result) }
    }

    pub(crate) fn from_message(message: state::Outcome) -> Result<Self, Malformed> {
        use state::outcome::Result as R;
        match message.result.ok_or(Malformed::Envelope)? {
            R::Reply(bytes) => Ok(Outcome::Reply(bytes)),
            R::Refused(refusal) => Ok(Outcome::Refused(refusal)),
            R::Reauthorize(_) => Ok(Outcome::Reauthorize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelope_format_1_is_pinned() {
        let envelope = Envelope {
            proposal: Proposal {
                id: RequestId([7; 16]),
                is_repeat: false,
                access: vec![AccessVersion { account: "000000000000".parse().expect("account"), version: 3 }],
                kind: 200,
                body: b"body".to_vec(),
            },
            origin: NodeId(2),
            stamped_at: Timestamp::from_millis(1_700_000_000_000),
        };
        let bytes = envelope.encode();
        let golden = "080112100707070707070707070707070707070718022080d095ffbc31\
                      2a100a0c303030303030303030303030100330c8013a04626f6479";
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, golden.replace([' ', '\n'], ""));
        assert_eq!(Envelope::decode(&bytes), Ok(envelope));
    }

    #[test]
    fn outcomes_read_as_they_are_written() {
        let refusal = Refusal::new(4, ["a".to_owned()]);
        for outcome in [Outcome::Reply(vec![1]), Outcome::Refused(refusal), Outcome::Reauthorize] {
            assert_eq!(Outcome::decode(&outcome.encode()), Ok(outcome));
        }
        assert_eq!(Outcome::decode(&[]), Err(Malformed::Envelope));
    }
}
