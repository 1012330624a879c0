//! The certificate that clients see, as the operator configured it. Read at the start of the node.

use crate::config::Tls;
use crate::{Config, NodeError, metrics};
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
    if let Some(shown) = chain.first() {
        metrics::certificate_ends("clients", shown);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use crypto::{DevSeal, KeyringFile, NodeKeyPair, Vault};

    fn certificate(folder: &Path, keys: &NodeKeyPair) -> String {
        let vault = Vault::locked();
        let seal = DevSeal::open(folder, true).expect("a dev seal");
        let file = KeyringFile { path: folder.join("keyring"), region: "r".into(), cluster_id: "c".into() };
        vault.generate(&seal, &file).expect("generated");
        let ca = vault.new_ca("c", 1_800_000_000).expect("a CA");
        let request = keys.certificate_request().expect("a request");
        let names = ["kms.example".to_owned()];
        let der = vault.sign_node_certificate(&ca, "c", &request, &names, 1_800_000_000).expect("signed");
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
    }

    #[test]
    fn a_certificate_and_its_key_are_taken_and_nothing_else() {
        let temp = tempfile::tempdir().expect("temp");
        let (own, other) = (NodeKeyPair::generate().expect("keys"), NodeKeyPair::generate().expect("keys"));
        std::fs::write(temp.path().join("cert"), certificate(temp.path(), &own)).expect("written");
        for (name, keys) in [("own", &own), ("other", &other)] {
            std::fs::write(temp.path().join(name), keys.private_key_pem().expose_secret()).expect("written");
        }
        std::fs::write(temp.path().join("text"), "no PEM").expect("written");
        for (certificate, key, good) in [
            ("cert", "own", true),
            ("cert", "other", false),
            ("text", "own", false),
            ("cert", "text", false),
            ("cert", "missing", false),
        ] {
            let text = format!(
                "name = \"a\"\nzone = \"a\"\nregion = \"us-east-1\"\ndata_dir = \"/d\"\n[seal]\nkind = \"dev\"\n\
                 [listen]\nclients = \"10.0.0.1:1\"\npeers = \"10.0.0.1:2\"\nmetrics = \"10.0.0.1:3\"\n\
                 [tls]\ncertificate = {:?}\nkey = {:?}\n",
                temp.path().join(certificate),
                temp.path().join(key),
            );
            let config = Config::parse(&text, Path::new("t.toml")).expect("valid");
            assert_eq!(server(&config).is_ok(), good, "{certificate} with {key}");
        }
    }
}
