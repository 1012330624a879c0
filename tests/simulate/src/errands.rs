//! Calls that come to a node from a client beside another one: as clients with failover make them.
//!
//! An attempt whose client has turned elsewhere goes on: a node learns late, or never, that nobody waits any longer.

use crate::field::{Busy, Field, Place, lock};
use crate::services::Services;
use replica::{Attempt, Clock};
use serde_json::Value;
use service::Fault;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

/// What an attempt came to; `None` until then, and for ever if its node falls.
pub(crate) type Reply = Arc<Mutex<Option<Result<Value, Fault>>>>;

/// How long a call is under way between a client and another node, at most.
const WAY: Duration = Duration::from_millis(10);

/// One attempt at a call.
pub(crate) struct Errand {
    pub(crate) name: String,
    pub(crate) body: Value,
    pub(crate) attempt: Attempt,
    pub(crate) reply: Reply,
}

/// Takes what comes to a node, until it falls.
pub(crate) async fn take(field: Arc<Field>, place: Arc<Place>, services: Arc<Services>, clock: Arc<dyn Clock>) {
    loop {
        let next = lock(&place.errands).pop_front();
        let Some(errand) = next else {
            sleep(WAY).await;
            continue;
        };
        let (busy, place) = (Busy::new(&field), Arc::clone(&place));
        let (services, clock) = (Arc::clone(&services), Arc::clone(&clock));
        tokio::task::spawn_local(async move {
            let _busy = busy;
            let answer = services.call(&errand.name, errand.body, errand.attempt, clock.now()).await;
            // A process that has ended tells nobody anything.
            if !place.has_ended() {
                *lock(&errand.reply) = Some(answer);
            }
        });
    }
}
