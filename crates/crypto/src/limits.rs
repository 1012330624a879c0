//! Every number of this crate, each with its reason.

use std::time::Duration;

/// Opened key material and signing keys each: about 1 MiB at most, and more keys than one node uses in half a minute.
pub(crate) const CACHE_ENTRIES_MAX: usize = 4096;

/// How long opened material may stay in memory; the bound that the threat model sets for plaintext keys.
pub(crate) const CACHE_AGE_MAX: Duration = Duration::from_secs(30);

/// How much memory of keys is locked at the start: both caches full, and some epochs of every bucket.
pub(crate) const LOCKED_BYTES_RESERVED: usize = 512 * 1024;

/// By how much the memory of keys grows: what a process may lock where nobody has set a limit, in many containers.
pub(crate) const LOCKED_BYTES_PER_GROWTH: usize = 64 * 1024;

/// Domain keys live in as many buckets, so that retiring an epoch re-seals 1/256 of the keys.
pub(crate) const BUCKETS: u16 = 256;

/// A keyring file of 1,400 epochs in every bucket; refused above, so that a wrong path costs no memory.
pub(crate) const KEYRING_FILE_BYTES_MAX: u64 = 16 << 20;

/// AWS's secret access keys have 40 characters.
pub(crate) const SECRET_ACCESS_KEY_CHARACTERS: usize = 40;

/// Certificates begin this long before they are made, so that a peer whose clock is behind accepts them.
pub(crate) const CERTIFICATE_BACKDATE: Duration = Duration::from_secs(60 * 60);

/// A node's certificate: long enough that a cluster left alone for a season still starts.
pub(crate) const NODE_CERTIFICATE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The cluster's certificate authority: longer than the hardware lives.
pub(crate) const CA_CERTIFICATE_LIFETIME: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);
