//! A follower that was away for longer than the log reaches back gets a snapshot, and survives being killed over it.
