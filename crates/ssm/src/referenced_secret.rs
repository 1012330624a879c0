//! Secrets of Secrets Manager by the name of a parameter: `/aws/reference/secretsmanager/<name>`.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html>. GetParameter and
//! GetParameters read them, as the caller; to every other operation they are parameters that do not exist.

use crate::selector::split;
use crate::{Ssm, SsmError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use proto::secretsmanager::v1::{GetSecretValueRequest, GetSecretValueResponse};
use proto::ssm::v1::{Parameter, ParameterType};
use replica::Arn;
use service::{Call, Fault, FaultKind};

/// What the names begin with.
const PREFIX: &str = "/aws/reference/secretsmanager/";

/// Lengths of the ids of a secret's versions, in characters; what is shorter or longer is a staging label.
const VERSION_ID_CHARS: std::ops::RangeInclusive<usize> = 32..=64;

/// Tells the call of Secrets Manager apart from those of the Key Management Service.
const STEP: u8 = 3;

/// A secret and a version of it, as a reader names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretReference {
    secret: String,
    /// The id of a version or a staging label.
    selector: Option<String>,
}

impl SecretReference {
    /// Reads a name; `None` when it is that of a parameter.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, SsmError> {
        let Some(rest) = text.trim_matches(' ').strip_prefix(PREFIX) else { return Ok(None) };
        let (secret, selector) = split(rest)?;
        Ok(Some(Self { secret: secret.to_owned(), selector: selector.map(str::to_owned) }))
    }

    /// What a call by this name is authorized on here, before Secrets Manager is asked.
    pub(crate) fn arn(&self, call: &Call) -> Arn {
        Arn::new("ssm", &call.region, &call.caller.account, format!("parameter{PREFIX}{}", self.secret))
    }

    fn name(&self) -> String {
        format!("{PREFIX}{}", self.secret)
    }

    /// The error of an answer of Secrets Manager, in the words of this service.
    fn error(&self, fault: Fault, call: &Call) -> SsmError {
        match fault.kind {
            FaultKind::NotFound => {
                let selector = self.selector.iter().map(|selector| format!(":{selector}")).collect::<String>();
                SsmError::SecretNotFound { name: self.name() + &selector }
            }
            FaultKind::Internal => SsmError::Internal { cause: format!("Secrets Manager: {}", fault.code) },
            FaultKind::Invalid | FaultKind::State | FaultKind::AlreadyExists | FaultKind::Unimplemented => {
                let Fault { code, message, .. } = fault;
                SsmError::Validation(format!(
                    "{message} (Service: AWSSecretsManager; Status Code: 400; Error Code: {code}; Request ID: {})",
                    call.request_id
                ))
            }
            FaultKind::Denied
            | FaultKind::Unauthenticated
            | FaultKind::Exhausted
            | FaultKind::Unavailable
            | FaultKind::Reauthorize => SsmError::Elsewhere(fault),
        }
    }
}

impl Ssm {
    /// The secret as a parameter. The caller has been authorized here; Secrets Manager authorizes it again and records
    /// the read as its own.
    pub(crate) async fn show_secret(
        &self,
        call: &Call,
        reference: &SecretReference,
        decrypted: bool,
    ) -> Result<Parameter, SsmError> {
        if !decrypted {
            let text = "WithDecryption flag must be True for retrieving a Secret Manager secret.";
            return Err(SsmError::validation(text));
        }
        let answer = self.read_secret(call, reference).await.map_err(|fault| reference.error(fault, call))?;
        let source = serde_json::to_string(&answer);
        let source = source.map_err(|error| SsmError::Internal { cause: error.to_string() })?;
        let binary = answer.secret_binary.map(|binary| BASE64.encode(binary));
        Ok(Parameter {
            name: Some(reference.name()),
            r#type: Some(ParameterType::SecureString.into()),
            value: answer.secret_string.or(binary),
            version: Some(0),
            selector: reference.selector.as_ref().map(|selector| format!(":{selector}")),
            source_result: Some(source),
            last_modified_date: answer.created_date,
            arn: answer.arn,
            data_type: Some(crate::data_type::TEXT.to_owned()),
        })
    }

    async fn read_secret(&self, call: &Call, reference: &SecretReference) -> Result<GetSecretValueResponse, Fault> {
        let call = call.through("ssm", STEP);
        let ask = |version_id, version_stage| {
            let secret_id = Some(reference.secret.clone());
            self.secrets.get_secret_value(&call, GetSecretValueRequest { secret_id, version_id, version_stage })
        };
        let selector = reference.selector.clone();
        let may_be_id = selector.as_ref().is_some_and(|text| VERSION_ID_CHARS.contains(&text.chars().count()));
        if may_be_id {
            match ask(selector.clone(), None).await {
                Err(fault) if fault.kind == FaultKind::NotFound => {}
                answer => return answer,
            }
        }
        ask(None, selector).await
    }
}
