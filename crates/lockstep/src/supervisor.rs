//! What systemd is told of a node, through the socket that it names in `NOTIFY_SOCKET` (sd_notify(3)). Without one, as in
//! a terminal, nobody is told anything.

use sd_notify::NotifyState;

/// The node runs: its admin socket answers. Not that it is ready: an empty node waits for init or join, and a member
/// whose peers are down waits for them. Ended for being late, neither would come any closer to it.
pub fn started() {
    tell(&[NotifyState::Ready]);
}

/// The node hands over and drains.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// A node does not end because its supervisor does not listen.
fn tell(news: &[NotifyState]) {
    let _ = sd_notify::notify(news);
}
