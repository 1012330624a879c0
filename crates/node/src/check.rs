//! What can be said of a configuration without running its node: whether the files that it names can be used.

use crate::{Config, NodeError, SealConfig, certificates::client_tls};
use crypto::KeyFileSeal;

/// Opens the certificate that clients are to see, its key, and the seal, and changes nothing.
///
/// # Errors
/// What the node would complain of when it starts.
pub fn check(config: &Config) -> Result<(), NodeError> {
    client_tls::server(config)?;
    if let SealConfig::File { path } = &config.seal {
        KeyFileSeal::open(path).map_err(NodeError::crypto("opening the seal's key file"))?;
    }
    Ok(())
}
