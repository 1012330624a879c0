//! Building a client, and the services it offers.

use crate::limits::CONNECT;
use crate::signature::Credentials;
use crate::transport::{Node, Transport};
use proto::kms::v1::kms_service_client::KmsServiceClient;
use proto::secretsmanager::v1::secrets_manager_service_client::SecretsManagerServiceClient;
use proto::ssm::v1::ssm_service_client::SsmServiceClient;
use tonic::transport::Endpoint;

/// A client of one Region's cluster. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// A client for `region`, still without endpoints and credentials.
    pub fn builder(region: impl Into<String>) -> Builder {
        Builder { region: region.into(), endpoints: Vec::new(), credentials: None }
    }

    /// The key service.
    pub fn kms(&self) -> KmsServiceClient<Transport> {
        KmsServiceClient::new(self.transport.clone())
    }

    /// The parameter store.
    pub fn ssm(&self) -> SsmServiceClient<Transport> {
        SsmServiceClient::new(self.transport.clone())
    }

    /// The secrets manager.
    pub fn secrets_manager(&self) -> SecretsManagerServiceClient<Transport> {
        SecretsManagerServiceClient::new(self.transport.clone())
    }
}

/// What a client needs before it can be built.
pub struct Builder {
    region: String,
    endpoints: Vec<String>,
    credentials: Option<Credentials>,
}

impl Builder {
    /// Adds a node, such as `http://127.0.0.1:4566`. Calls go to the first that answers.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoints.push(endpoint.into());
        self
    }

    /// The access key that signs.
    #[must_use]
    pub fn credentials(mut self, access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        self.credentials = Some(Credentials {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into().into(),
        });
        self
    }

    /// The client. Connections are made when the first call needs them.
    ///
    /// # Errors
    /// [`ConfigError`] when an endpoint or the credentials are missing, or an endpoint is no URI.
    pub fn build(self) -> Result<Client, ConfigError> {
        let credentials = self.credentials.ok_or(ConfigError::NoCredentials)?;
        if self.endpoints.is_empty() {
            return Err(ConfigError::NoEndpoint);
        }
        let nodes = self.endpoints.into_iter().map(node).collect::<Result<_, _>>()?;
        Ok(Client { transport: Transport::new(nodes, self.region, credentials) })
    }
}

fn node(endpoint: String) -> Result<Node, ConfigError> {
    let bad = || ConfigError::BadEndpoint(endpoint.clone());
    let channel = Endpoint::from_shared(endpoint.clone()).map_err(|_| bad())?.connect_timeout(CONNECT);
    let authority = channel.uri().authority().ok_or_else(bad)?.to_string();
    Ok(Node { authority, channel: channel.connect_lazy() })
}

/// What a builder lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No endpoint was added.
    #[error("no endpoint was given")]
    NoEndpoint,
    /// No credentials were given.
    #[error("no credentials were given")]
    NoCredentials,
    /// An endpoint is not a URI with a host.
    #[error("{0:?} is not an endpoint such as http://127.0.0.1:4566")]
    BadEndpoint(String),
}
