//! The type that secrets wear: wiped when dropped, silent in Debug, opened only by name.

use std::fmt;
use zeroize::Zeroizing;

/// Secret bytes. Wiped when dropped; neither `Clone` nor `Serialize`.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over bytes; they are wiped when the secret is dropped.
    ///
    /// A vector that has grown may have left copies behind; secrets are built at their final capacity.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves. Every call site is a place to review.
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if faults::planted(faults::Bug::LeakViaDebug) {
            return f.write_str(&String::from_utf8_lossy(&self.0));
        }
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new(b"hunter2".to_vec());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[redacted] Some([redacted])");
        assert_eq!(secret.expose_secret(), b"hunter2");
    }
}
