//! The name of the change that a call may propose: the same for every attempt that an SDK makes at one call, so that a
//! retry on another node does not act twice.

use crate::arrival::Arrival;
use crate::limits;
use replica::{Attempt, RequestId};

/// From the access key, the operation, the SDK's own id of the call and the body; drawn when the SDK sends no id.
pub(crate) fn of(access_key_id: &str, arrival: &Arrival, service: &str, operation: &str) -> Attempt {
    let invocation = arrival.header("amz-sdk-invocation-id");
    let Some(invocation) = invocation.filter(|id| !id.is_empty() && id.len() <= limits::INVOCATION_ID_BYTES_MAX) else {
        return RequestId(*uuid::Uuid::new_v4().as_bytes()).into();
    };
    let body = crypto::sha256(arrival.message());
    let mut named = Vec::new();
    for part in [access_key_id.as_bytes(), service.as_bytes(), operation.as_bytes(), invocation.as_bytes(), &body] {
        // Lengths are written, so that no two lists of parts run together into the same bytes.
        named.extend_from_slice(&u64::try_from(part.len()).expect("a length fits 64 bits").to_be_bytes());
        named.extend_from_slice(part);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&crypto::sha256(&named)[..16]);
    Attempt { id: RequestId(id), is_repeat: !says_first(arrival.header("amz-sdk-request")) }
}

/// Whether `amz-sdk-request`, such as `attempt=1; max=3`, says that no attempt came before. An SDK that names its calls and
/// does not count its attempts may be repeating.
fn says_first(header: Option<&str>) -> bool {
    let mut fields = header.unwrap_or_default().split(';').map(str::trim);
    fields.any(|field| field == "attempt=1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_attempt_that_says_so_is_the_first() {
        for (header, first) in [
            (Some("attempt=1; max=3"), true),
            (Some("ttl=20261122T040000Z; attempt=1; max=3"), true),
            (Some("attempt=1"), true),
            (Some("attempt=2; max=3"), false),
            (Some("attempt=10"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(says_first(header), first, "{header:?}");
        }
    }
}
