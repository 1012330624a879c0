//! What a write decides before it proposes: authorization, names, the state that its command starts from.

use replica::{Replica, Unavailable, View};

/// Decides on this node's own tables, and when that comes to a refusal once more behind a read barrier: a refusal is
/// final only there. A decision in favour needs no barrier, because the envelope carries the access versions that it saw
/// and apply tests everything else again.
///
/// # Errors
/// What `decide` refuses with behind the barrier, or [`Unavailable`] when there is none to be had.
pub async fn decide<T, E: From<Unavailable>>(
    replica: &dyn Replica,
    decide: impl Fn(&dyn View) -> Result<T, E>,
) -> Result<T, E> {
    if let Ok(decided) = decide(&*replica.local()) {
        return Ok(decided);
    }
    decide(&*replica.read().await?)
}
