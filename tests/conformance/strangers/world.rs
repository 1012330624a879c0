//! What an account owns: one of everything that a request can name.

use anyhow::{Context, Result, bail};
use proto::ServiceInfo;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{Cluster, Refusal, Wire};

/// What a node answers when an operation is not built.
const UNKNOWN: [&str; 2] = ["UnknownOperationException", "InvalidAction"];

/// A caller, and what the account has.
pub(crate) struct World {
    wire: Wire,
    pub(crate) account: String,
    /// What its things begin with.
    name: String,
    /// Whether tags are KMS's: every service spells them its own way.
    pub(crate) is_kms: bool,
    pub(crate) key_id: String,
    pub(crate) key_arn: String,
    /// With its prefix.
    pub(crate) alias: String,
    pub(crate) ciphertext: String,
    pub(crate) parameter: String,
    pub(crate) parameter_arn: String,
    pub(crate) secret_name: String,
    pub(crate) secret_arn: String,
    pub(crate) version_id: String,
    names: AtomicUsize,
}

impl World {
    /// The account's root, who owns nothing yet.
    pub(crate) fn new(cluster: &Cluster, account: &str, name: &str) -> Result<Self> {
        let (access_key_id, secret) = cluster.credential_of(account)?;
        let wire = Wire::new(&cluster.zones()[0].endpoint, cluster.region(), (&access_key_id, &secret));
        Ok(Self {
            wire,
            account: account.to_owned(),
            name: name.to_owned(),
            is_kms: false,
            key_id: String::new(),
            key_arn: String::new(),
            alias: String::new(),
            ciphertext: String::new(),
            parameter: format!("/{name}/parameter"),
            parameter_arn: format!("arn:aws:ssm:{}:{account}:parameter/{name}/parameter", cluster.region()),
            secret_name: String::new(),
            secret_arn: String::new(),
            version_id: String::new(),
            names: AtomicUsize::new(0),
        })
    }

    /// Makes one of everything anew.
    pub(crate) async fn fill(&mut self) -> Result<()> {
        let text = |value: &Value, path: &str| {
            value.pointer(path).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{path} in {value}"))
        };
        let key = self.must("kms", "CreateKey", &json!({})).await?;
        (self.key_id, self.key_arn) = (text(&key, "/KeyMetadata/KeyId")?, text(&key, "/KeyMetadata/Arn")?);
        self.alias = format!("alias/{}-{}", self.name, self.new_name());
        let alias = json!({"AliasName": self.alias, "TargetKeyId": self.key_id});
        self.must("kms", "CreateAlias", &alias).await?;
        let encrypted = self.must("kms", "Encrypt", &json!({"KeyId": self.key_id, "Plaintext": "Y2FuYXJ5"})).await?;
        self.ciphertext = text(&encrypted, "/CiphertextBlob")?;
        let (name, value) = (&self.parameter, self.value());
        let put = json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        self.must("ssm", "PutParameter", &put).await?;
        self.secret_name = format!("{}/{}", self.name, self.new_name());
        let (name, token) = (&self.secret_name, self.new_token());
        let create = json!({"Name": name, "SecretString": value, "ClientRequestToken": token});
        let made = self.must("secretsmanager", "CreateSecret", &create).await?;
        (self.secret_arn, self.version_id) = (text(&made, "/ARN")?, text(&made, "/VersionId")?);
        Ok(())
    }

    /// What its parameter and its secret hold, and nobody else's.
    pub(crate) fn value(&self) -> String {
        format!("value-of-{}", self.account)
    }

    /// A name that nothing has.
    pub(crate) fn new_name(&self) -> String {
        format!("new-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// A token of a change that nobody has asked for yet.
    pub(crate) fn new_token(&self) -> String {
        format!("{:->32}", self.new_name())
    }

    /// Calls an operation.
    pub(crate) async fn call(&self, service: &str, operation: &str, body: &Value) -> Result<Result<Value, Refusal>> {
        let service: &ServiceInfo = proto::service(service).context("a service")?;
        self.wire.call(service, operation, body).await
    }

    async fn must(&self, service: &str, operation: &str, body: &Value) -> Result<Value> {
        match self.call(service, operation, body).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => bail!("{operation} of {}: {refusal:?}", self.account),
        }
    }

    /// Whether an operation is built.
    pub(crate) async fn is_built(&self, service: &ServiceInfo, operation: &str) -> Result<bool> {
        let answer = self.wire.call(service, operation, &json!({})).await?;
        Ok(!answer.is_err_and(|refusal| UNKNOWN.contains(&refusal.code.as_str())))
    }

    /// All that can be read of what it owns.
    pub(crate) async fn state(&self) -> Result<String> {
        let (key, secret) = (json!({"KeyId": self.key_id}), json!({"SecretId": self.secret_arn}));
        let tagged = json!({"ResourceType": "Parameter", "ResourceId": self.parameter});
        let parameter = json!({"Name": self.parameter, "WithDecryption": true});
        let mut state = String::new();
        for (service, operation, body) in [
            ("kms", "DescribeKey", &key),
            ("kms", "ListAliases", &key),
            ("kms", "ListResourceTags", &key),
            ("kms", "GetKeyRotationStatus", &key),
            ("ssm", "GetParameter", &parameter),
            ("ssm", "GetParameterHistory", &parameter),
            ("ssm", "ListTagsForResource", &tagged),
            // Reading notes the day, which the description tells.
            ("secretsmanager", "GetSecretValue", &secret),
            ("secretsmanager", "DescribeSecret", &secret),
            ("secretsmanager", "ListSecretVersionIds", &secret),
        ] {
            let answer = self.must(service, operation, body).await?;
            state += &format!("{operation}: {answer}\n");
        }
        Ok(state)
    }
}
