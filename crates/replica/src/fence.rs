//! The command that keeps a call from being done later.
//!
//! A service refuses what it sees to be wrong before it proposes anything. An earlier attempt of the same call may have seen
//! it otherwise and be on its way yet, in a leader that is paused, say. This command takes its id.

use crate::command::{Applied, Command, Refusal, kind};
use crate::{Outcome, Proposal, Replica, RequestId, Timestamp, Unavailable, View};
use prost::Message as _;

pub(crate) use crate::envelope::state::Fence;

/// The kind of the refusal that is remembered. No service has so many.
const FENCED: u32 = u32::MAX;

/// Makes sure that nothing was done under this id, and that nothing will be for as long as outcomes are remembered.
///
/// # Errors
/// [`Unavailable::Unknown`] also when something was done, and any other kind as [`Replica::propose`].
pub async fn fence(replica: &dyn Replica, id: RequestId) -> Result<(), Unavailable> {
    let body = Fence {}.encode_to_vec();
    let proposal = Proposal { id, is_repeat: true, access: Vec::new(), kind: Fence::KIND, body };
    match replica.propose(proposal).await? {
        Outcome::Refused(_) => Ok(()),
        Outcome::Reply(_) | Outcome::Reauthorize => Err(Unavailable::Unknown),
    }
}

/// Whether a refusal is that of [`fence`].
pub(crate) fn is_fenced(refusal: &Refusal) -> bool {
    refusal.kind == FENCED
}

impl Command for Fence {
    const KIND: u32 = kind::FENCE;
    type Reply = ();

    fn apply(self, _: Timestamp, _: &dyn View) -> Applied<()> {
        Applied::refused(Refusal::new(FENCED, []))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Birth, record};
    use crate::testing::Local;
    use crate::{Machine, ProposeError, propose};
    use futures::executor::block_on;

    const ID: RequestId = RequestId([7; 16]);

    fn local() -> Local {
        Local::new(Machine::new(), Timestamp::from_millis(1))
    }

    fn birth(replica: &Local) -> Result<(), Result<Refusal, ProposeError>> {
        let birth = Birth { cluster: Some(Default::default()), keyring: None };
        block_on(propose(replica, ID, vec![], birth)).map_err(Err)?.map(drop).map_err(Ok)
    }

    #[test]
    fn what_is_fenced_is_not_done_and_nobody_is_told_that_it_was() {
        let replica = local();
        for _ in 0..2 {
            assert_eq!(block_on(fence(&replica, ID)), Ok(()));
            assert_eq!(birth(&replica), Err(Err(ProposeError::Unavailable(Unavailable::Unknown))));
            assert!(record(&*replica.local()).is_none());
        }
    }

    #[test]
    fn what_was_done_or_refused_before_stays_so() {
        let replica = local();
        birth(&replica).expect("born");
        assert_eq!(block_on(fence(&replica, ID)), Err(Unavailable::Unknown));
        birth(&replica).expect("the first outcome again");

        let other = RequestId([8; 16]);
        let again = Birth { cluster: Some(Default::default()), keyring: None };
        let refused = block_on(propose(&replica, other, vec![], again.clone())).expect("answered").expect_err("twice");
        assert_eq!(block_on(fence(&replica, other)), Ok(()));
        let again = block_on(propose(&replica, other, vec![], again)).expect("answered");
        assert_eq!(again.expect_err("the first refusal again"), refused);
    }
}
