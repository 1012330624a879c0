//! Empties one Region of a development cluster.

use crate::lifecycle::member::Member;
use replica::reset::Reset;
use replica::{ProposeError, Replica as _, RequestId, Unavailable};
use service::Fault;

/// When it returns, this node's tables hold nothing of what was there, and nothing of it is open in its memory. The other
/// nodes show the same to whoever reads behind a barrier.
pub(crate) async fn reset(member: &Member) -> Result<(), Fault> {
    let id = RequestId(crypto::random_bytes());
    match replica::propose(&*member.node, id, vec![], Reset {}).await {
        Ok(Ok(reply)) => tracing::info!(rows = reply.rows, region = member.identity.region, "emptied"),
        Ok(Err(refusal)) => {
            tracing::error!(?refusal, "a development cluster refused to be emptied");
            return Err(Unavailable::Poison.into());
        }
        Err(ProposeError::Unavailable(cause)) => return Err(cause.into()),
        Err(ProposeError::Reauthorize) => return Err(Unavailable::Unknown.into()),
    }
    member.node.read().await?;
    Ok(())
}
