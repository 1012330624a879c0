//! Reads a request's body under the limits of size, time and speed.

use crate::failure::Failure;
use crate::limits;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::time::Instant;

/// How much of a body that is too long is taken off the connection before the refusal goes out, in bytes. Most HTTP/1.1
/// clients read no answer before they have sent everything.
const DISCARDED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The whole body, of at most `bytes_max` bytes.
///
/// # Errors
/// When it is too long, comes too slowly, or ends too early.
pub(crate) async fn read<B: Body<Data = Bytes> + Unpin>(body: B, bytes_max: usize) -> Result<Bytes, Failure> {
    read_within(body, bytes_max, time_for).await
}

async fn read_within<B>(mut body: B, bytes_max: usize, time_for: fn(usize) -> Duration) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let begun = Instant::now();
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    let mut received = 0_usize;
    while received <= DISCARDED_BYTES_MAX {
        let deadline = begun + time_for(received);
        let frame = tokio::time::timeout_at(deadline, body.frame()).await.map_err(|_| Failure::too_slow())?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Failure::broken_off())?.into_data() else { continue };
        received += data.len();
        if received > bytes_max {
            (first, rest) = (None, BytesMut::new());
        } else if first.is_none() && rest.is_empty() {
            first = Some(data); // nearly every body comes in one piece, which needs no copy
        } else {
            if let Some(first) = first.take() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    if received > bytes_max {
        return Err(Failure::too_large());
    }
    Ok(first.unwrap_or_else(|| rest.freeze()))
}

/// How long the first `bytes` bytes and one more may take.
fn time_for(bytes: usize) -> Duration {
    let at_least = u64::try_from(bytes).unwrap_or(u64::MAX) / limits::BODY_BYTES_PER_SECOND_MIN;
    limits::BODY_GRACE + Duration::from_secs(at_least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{Stream, StreamExt as _, stream};
    use http_body::Frame;
    use http_body_util::StreamBody;
    use std::convert::Infallible;

    fn pieces(sizes: &[usize]) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Unpin + use<> {
        let frames: Vec<_> = sizes.iter().map(|&size| Ok(Frame::data(Bytes::from(vec![b'x'; size])))).collect();
        stream::iter(frames)
    }

    #[tokio::test]
    async fn bodies_are_held_to_their_size() {
        let rows: [(&[usize], Result<usize, Failure>); 6] = [
            (&[], Ok(0)),
            (&[10], Ok(10)),
            (&[4, 0, 6], Ok(10)),
            (&[11], Err(Failure::too_large())),
            (&[4, 7], Err(Failure::too_large())),
            (&[4, 7, DISCARDED_BYTES_MAX, 1], Err(Failure::too_large())),
        ];
        for (sizes, expected) in rows {
            let read = read_within(StreamBody::new(pieces(sizes)), 10, time_for).await;
            assert_eq!(read.map(|bytes| bytes.len()), expected, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let stalled = StreamBody::new(pieces(&[4]).chain(stream::pending()));
        let read = read_within(stalled, 10, |_| Duration::from_millis(20)).await;
        assert_eq!(read, Err(Failure::too_slow()));
    }

    #[test]
    fn time_grows_with_what_has_come() {
        assert_eq!(time_for(0), Duration::from_secs(5));
        assert_eq!(time_for(20 * 1024), Duration::from_secs(25));
    }
}
