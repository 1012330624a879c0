//! Reads a request's body under the limits of size, time, speed and memory, into memory that is wiped.

use crate::failure::Failure;
use crate::limits;
use crate::room::Room;
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// How much of a body that is too long is taken off the connection before the refusal goes out, in bytes. Most HTTP/1.1
/// clients read no answer before they have sent everything.
const DISCARDED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A body and the room that it takes, until the last part of it is dropped.
struct Collected {
    bytes: Zeroizing<Vec<u8>>,
    _room: Room,
}

impl AsRef<[u8]> for Collected {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The whole body, of at most `bytes_max` bytes.
///
/// # Errors
/// When it is too long, comes too slowly, or ends too early, or when there is no room for it.
pub(crate) async fn read<B>(body: B, bytes_max: usize, room: Room) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    read_within(body, bytes_max, room, time_for).await
}

/// Takes a body off its connection, without keeping any of it and without waiting long for it.
pub(crate) async fn discard<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let deadline = Instant::now() + limits::BODY_GRACE;
    let mut received = 0_usize;
    while received <= DISCARDED_BYTES_MAX {
        match tokio::time::timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => received += frame.data_ref().map_or(0, Bytes::len),
            _ => return,
        }
    }
}

async fn read_within<B>(
    mut body: B,
    bytes_max: usize,
    mut room: Room,
    time_for: fn(usize) -> Duration,
) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let begun = Instant::now();
    let mut bytes = Zeroizing::new(Vec::new());
    let mut received = 0_usize;
    while received <= DISCARDED_BYTES_MAX {
        let deadline = begun + time_for(received);
        let frame = tokio::time::timeout_at(deadline, body.frame()).await.map_err(|_| Failure::too_slow())?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Failure::broken_off())?.into_data() else { continue };
        received += data.len();
        let capacity = capacity(bytes.capacity(), received, bytes_max);
        if received > bytes_max {
            bytes = Zeroizing::new(Vec::new());
        } else if room.grow_to(capacity) {
            append(&mut bytes, &data, capacity);
        } else {
            discard(body).await;
            return Err(Failure::throttled());
        }
    }
    if received > bytes_max {
        return Err(Failure::too_large());
    }
    Ok(Bytes::from_owner(Collected { bytes, _room: room }))
}

/// How much memory a body of which so much has come gets: twice what it had, when it needs more, and never more than the
/// longest body.
fn capacity(now: usize, received: usize, bytes_max: usize) -> usize {
    if received <= now { now } else { received.max((2 * now).min(bytes_max)) }
}

/// Appends to `bytes`; when they move to memory of this capacity, what they leave behind is wiped.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8], capacity: usize) {
    if bytes.capacity() < capacity {
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(data);
}

/// How long the first `bytes` bytes and one more may take.
fn time_for(bytes: usize) -> Duration {
    let at_least = u64::try_from(bytes).unwrap_or(u64::MAX) / limits::BODY_BYTES_PER_SECOND_MIN;
    limits::BODY_GRACE + Duration::from_secs(at_least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Rooms;
    use futures::{Stream, StreamExt as _, stream};
    use http_body::Frame;
    use http_body_util::StreamBody;
    use std::convert::Infallible;
    use std::sync::Arc;

    fn pieces(sizes: &[usize]) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Unpin + use<> {
        let frames: Vec<_> = sizes.iter().map(|&size| Ok(Frame::data(Bytes::from(vec![b'x'; size])))).collect();
        stream::iter(frames)
    }

    fn room() -> Room {
        Arc::<Rooms>::default().open([192, 0, 2, 1].into(), "").unwrap()
    }

    #[test]
    fn a_body_in_pieces_is_put_together() {
        let mut bytes = Zeroizing::new(Vec::new());
        let all: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        for piece in all.chunks(7) {
            let capacity = capacity(bytes.capacity(), bytes.len() + piece.len(), 10_000);
            append(&mut bytes, piece, capacity);
            assert!(bytes.capacity() == capacity && capacity <= 10_000, "what is counted is what there is");
        }
        assert_eq!(*bytes, all);
    }

    #[tokio::test]
    async fn a_body_without_room_is_taken_off_and_throttled() {
        let rooms = Arc::<Rooms>::default();
        let open = || rooms.open([192, 0, 2, 1].into(), "").unwrap();
        let mut full = open();
        assert!(full.grow_to(limits::BODIES_BYTES_MAX / 2 - limits::BODY_ROOM_MIN));
        let large = StreamBody::new(pieces(&[limits::BODY_ROOM_MIN, 1, 1]));
        assert_eq!(read(large, 1024 * 1024, open()).await, Err(Failure::throttled()));
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
            let read = read_within(StreamBody::new(pieces(sizes)), 10, room(), time_for).await;
            assert_eq!(read.map(|bytes| bytes.len()), expected, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let stalled = StreamBody::new(pieces(&[4]).chain(stream::pending()));
        let read = read_within(stalled, 10, room(), |_| Duration::from_millis(20)).await;
        assert_eq!(read, Err(Failure::too_slow()));
    }

    #[test]
    fn time_grows_with_what_has_come() {
        assert_eq!(time_for(0), Duration::from_secs(5));
        assert_eq!(time_for(20 * 1024), Duration::from_secs(25));
    }
}
