//! The certificate that clients see, as the operator configured it. Read at the start of the node.

use crate::config::Tls;
use crate::{Config, NodeError};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::path::Path;
use std::sync::Arc;

/// What the clients' port shows; `None` when it speaks in clear.
///
/// # Errors
/// When the files cannot be read, or do not belong together.
pub(crate) fn server(config: &Config) -> Result<Option<Arc<ServerConfig>>, NodeError> {
    let Some(Tls { certificate, key }) = &config.tls else {
        return Ok(None);
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Arc::new(server)))
}

fn unreadable(path: &Path) -> impl FnOnce(pem::Error) -> NodeError {
    let path = path.to_owned();
    move |cause| NodeError::Folder { path, reason: format!("no PEM that can be used: {cause}") }
}
