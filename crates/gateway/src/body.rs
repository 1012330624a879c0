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
pub(crate) async fn read<B>(mut body: B, bytes_max: usize) -> Result<Bytes, Failure>
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
    use futures::{StreamExt as _, stream};
    use http_body::Frame;
    use http_body_util::StreamBody;
    use std::convert::Infallible;

    fn pieces(sizes: &[usize], pause: Duration) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let frames: Vec<_> = sizes.iter().map(|&size| Bytes::from(vec![b'x'; size])).collect();
        let paced = stream::iter(frames).then(move |bytes| async move {
            tokio::time::sleep(pause).await;
            Ok(Frame::data(bytes))
        });
        StreamBody::new(Box::pin(paced))
    }

    async fn check(sizes: &[usize], pause_millis: u64, bytes_max: usize, expected: Result<usize, Failure>) {
        let read = read(pieces(sizes, Duration::from_millis(pause_millis)), bytes_max).await;
        assert_eq!(read.map(|bytes| bytes.len()), expected, "{sizes:?} every {pause_millis} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_held_to_size_and_speed() {
        check(&[], 0, 10, Ok(0)).await;
        check(&[10], 0, 10, Ok(10)).await;
        check(&[4, 0, 6], 0, 10, Ok(10)).await;
        check(&[11], 0, 10, Err(Failure::too_large())).await;
        check(&[4, 7], 0, 10, Err(Failure::too_large())).await;
        check(&[1024; 20], 900, 1 << 20, Ok(20 * 1024)).await;
        check(&[1; 3], 2_000, 1 << 20, Err(Failure::too_slow())).await;
        check(&[100; 100], 1_000, 1 << 20, Err(Failure::too_slow())).await;
    }
}
