//! The certificate that clients see, as the operator configured it: read at the start, and again when its files change or
//! the process gets SIGHUP. Connections that are open live on; new ones see the new certificate. A pair that cannot be
//! used is refused, and the one before stays.

use crate::config::{Tls, TlsVersion};
use crate::{Config, NodeError, hosting::metrics, limits};
use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The pair that new connections see.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    files: Tls,
    shown: ArcSwap<CertifiedKey>,
    /// The files as they were when they were last read, good or not: a bad pair is not complained about again.
    read: Mutex<Marks>,
}

/// What changes when a file is replaced or written.
type Mark = Option<(u64, u64, Option<SystemTime>)>;
/// Of the certificate, and of the key.
type Marks = [Mark; 2];

/// What the clients' port shows, and the pair behind it.
type Shown = (Arc<ServerConfig>, Arc<ClientCertificate>);

/// What the clients' port shows; `None` when it speaks in clear.
///
/// # Errors
/// When the files cannot be read, or do not belong together.
pub(crate) fn server(config: &Config) -> Result<Option<Shown>, NodeError> {
    let Some(files) = &config.tls else {
        return Ok(None);
    };
    let certificate = Arc::new(ClientCertificate::read(files)?);
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(if files.min_version == TlsVersion::V1_2 { BOTH } else { NEWEST })?
        .with_no_client_auth()
        .with_cert_resolver(certificate.clone());
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some((Arc::new(server), certificate)))
}

const NEWEST: &[&SupportedProtocolVersion] = &[&TLS13];
const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

impl ClientCertificate {
    fn read(files: &Tls) -> Result<Self, NodeError> {
        // Before the files: what is replaced meanwhile is read again.
        let read = Mutex::new(marks(files));
        Ok(Self { shown: ArcSwap::from_pointee(pair(files)?), read, files: files.clone() })
    }

    /// Reads the files again if they are not those that were read last, or at any rate with `asked`.
    fn reload(&self, asked: bool) {
        let now = marks(&self.files);
        let former = std::mem::replace(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner), now);
        if former == now && !asked {
            return;
        }
        let outcome = match pair(&self.files) {
            Ok(pair) => {
                tracing::info!("clients see the certificate as its files are now");
                self.shown.store(Arc::new(pair));
                "taken"
            }
            Err(cause) => {
                tracing::error!(%cause, "the certificate for clients cannot be used; the one before stays");
                "refused"
            }
        };
        ::metrics::counter!(RELOADS, "outcome" => outcome).increment(1);
    }
}

impl ResolvesServerCert for ClientCertificate {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load_full())
    }
}

const RELOADS: &str = "lockstep_client_certificate_reloads_total";

/// Looks after the pair until `stop`, once there is one. Before that, and without one, it keeps SIGHUP from ending the
/// process: who sends it to every daemon means no harm.
pub(crate) async fn follow(certificate: Arc<OnceLock<Arc<ClientCertificate>>>, stop: CancellationToken) {
    for outcome in ["taken", "refused"] {
        ::metrics::counter!(RELOADS, "outcome" => outcome).increment(0);
    }
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(hang_up) => hang_up,
        Err(cause) => {
            tracing::error!(%cause, "SIGHUP cannot be listened to; a certificate for clients is read at the start only");
            return;
        }
    };
    loop {
        let asked = tokio::select! {
            _ = hang_up.recv() => true,
            () = tokio::time::sleep(limits::CLIENT_CERTIFICATE_LOOK) => false,
            () = stop.cancelled() => return,
        };
        if let Some(certificate) = certificate.get().cloned() {
            // Files may lie on a disk that is slow.
            let _ = tokio::task::spawn_blocking(move || certificate.reload(asked)).await;
        }
    }
}

/// Certificate and key, which belong together.
fn pair(Tls { certificate, key, .. }: &Tls) -> Result<CertifiedKey, NodeError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let ends = chain.first().cloned();
    let pair = CertifiedKey::from_der(chain, key, &provider())?;
    if let Some(shown) = ends {
        metrics::certificate_ends("clients", &shown);
    }
    Ok(pair)
}

fn marks(files: &Tls) -> Marks {
    [&files.certificate, &files.key].map(|path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.ino(), found.len(), found.modified().ok()))
    })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
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

    /// Connects, and gives the certificate that is shown; `None` when nothing was agreed.
    fn shown(server: &Arc<ServerConfig>, version: &'static SupportedProtocolVersion) -> Option<Vec<u8>> {
        let roots = rustls::RootCertStore::empty();
        let client = rustls::ClientConfig::builder_with_provider(provider());
        let client = client.with_protocol_versions(&[version]).expect("a version");
        let mut client = client.with_root_certificates(roots).with_no_client_auth();
        let taken = Arc::new(Taken);
        client.dangerous().set_certificate_verifier(taken.clone());
        let name = rustls::pki_types::ServerName::try_from("kms.example").expect("a name");
        let mut client = rustls::ClientConnection::new(Arc::new(client), name).expect("a connection");
        let mut server = rustls::ServerConnection::new(server.clone()).expect("a connection");
        while client.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).expect("memory");
            server.read_tls(&mut wire.as_slice()).expect("memory");
            server.process_new_packets().ok()?;
            let mut wire = Vec::new();
            server.write_tls(&mut wire).expect("memory");
            client.read_tls(&mut wire.as_slice()).expect("memory");
            client.process_new_packets().ok()?;
        }
        client.peer_certificates().map(|chain| chain[0].to_vec())
    }

    /// Trusts everyone.
    #[derive(Debug, Default)]
    struct Taken;

    impl rustls::client::danger::ServerCertVerifier for Taken {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &rustls::pki_types::ServerName<'_>,
            _: &[u8],
            _: rustls::pki_types::UnixTime,
        ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
            Ok(rustls::client::danger::ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = provider().signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, certificate, signature, &algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = provider().signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            provider().signature_verification_algorithms.supported_schemes()
        }
    }

    fn in_folder(folder: &Path, more: &str) -> Config {
        let text = format!(
            "name = \"a\"\nzone = \"a\"\nregion = \"us-east-1\"\ndata_dir = \"/d\"\n[seal]\nkind = \"dev\"\n\
             [listen]\nclients = \"10.0.0.1:1\"\npeers = \"10.0.0.1:2\"\nmetrics = \"10.0.0.1:3\"\n\
             [tls]\ncertificate = {:?}\nkey = {:?}\n{more}",
            folder.join("cert"),
            folder.join("key"),
        );
        Config::parse(&text, Path::new("t.toml")).expect("valid")
    }

    #[test]
    fn only_tls_1_3_is_spoken_unless_1_2_is_asked_for() {
        let temp = tempfile::tempdir().expect("temp");
        let keys = NodeKeyPair::generate().expect("keys");
        std::fs::write(temp.path().join("cert"), certificate(temp.path(), &keys)).expect("written");
        std::fs::write(temp.path().join("key"), keys.private_key_pem().expose_secret()).expect("written");
        for (more, with_12) in [("", false), ("min_version = \"1.3\"\n", false), ("min_version = \"1.2\"\n", true)] {
            let (server, _) = server(&in_folder(temp.path(), more)).expect("taken").expect("configured");
            assert!(shown(&server, &TLS13).is_some(), "1.3 with {more:?}");
            assert_eq!(shown(&server, &TLS12).is_some(), with_12, "1.2 with {more:?}");
        }
    }

    #[test]
    fn a_pair_that_was_replaced_is_shown_and_a_broken_one_is_not() {
        let temp = tempfile::tempdir().expect("temp");
        let place = |name: &str, content: &[u8]| {
            let aside = temp.path().join("aside");
            std::fs::write(&aside, content).expect("written");
            std::fs::rename(aside, temp.path().join(name)).expect("placed");
        };
        let (one, two) = (NodeKeyPair::generate().expect("keys"), NodeKeyPair::generate().expect("keys"));
        let folders = [tempfile::tempdir().expect("temp"), tempfile::tempdir().expect("temp")];
        let (first, second) = (certificate(folders[0].path(), &one), certificate(folders[1].path(), &two));
        let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM").to_vec();
        place("cert", first.as_bytes());
        place("key", one.private_key_pem().expose_secret());
        let (server, certificate) = server(&in_folder(temp.path(), "")).expect("taken").expect("configured");
        let check = |what: &str, asked: bool, expected: &str| {
            certificate.reload(asked);
            assert_eq!(shown(&server, &TLS13), Some(der(expected)), "{what}");
        };
        check("nothing changed", false, &first);
        check("nothing changed, and it was asked for", true, &first);
        place("cert", second.as_bytes());
        check("half of the new pair", false, &first);
        check("half of the new pair, and it was asked for", true, &first);
        place("key", two.private_key_pem().expose_secret());
        check("the whole new pair", false, &second);
        place("key", b"no PEM");
        check("a broken key", false, &second);
        std::fs::remove_file(temp.path().join("cert")).expect("removed");
        check("no certificate", false, &second);
        place("cert", first.as_bytes());
        place("key", one.private_key_pem().expose_secret());
        check("the first pair again", false, &first);
    }
}
