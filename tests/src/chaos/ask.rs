//! The calls of the load over gRPC, and what their answers say about a resource.

use super::ground::{Ciphertext, Ground};
use super::history::{Answer, Call, Outcome, Resource};
use super::names;
use client::Client;
use proto::kms::v1::{
    CancelKeyDeletionRequest, CreateAliasRequest, CreateKeyRequest, DataKeySpec, DecryptRequest, DeleteAliasRequest,
    DescribeKeyRequest, DescribeKeyResponse, DisableKeyRequest, EnableKeyRequest, EncryptRequest,
    GenerateDataKeyRequest, KeyState, RotateKeyOnDemandRequest, ScheduleKeyDeletionRequest, UpdateAliasRequest,
};
use proto::secretsmanager::v1::{
    CreateSecretRequest, DescribeSecretRequest, DescribeSecretResponse, GetSecretValueRequest, GetSecretValueResponse,
    PutSecretValueRequest, UpdateSecretVersionStageRequest,
};
use proto::ssm::v1::{
    DeleteParameterRequest, GetParameterHistoryRequest, GetParameterHistoryResponse, GetParameterRequest,
    GetParameterResponse, ParameterType, PutParameterRequest,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// The shortest deletion window, in days.
const DELETION_WINDOW_DAYS: i32 = 7;

/// Calls through a gRPC client.
#[derive(Clone)]
pub struct Asker {
    /// The client.
    pub client: Client,
    /// How long a call may take before its outcome is unknown.
    pub patience: Duration,
}

type Answered = Result<Answer, Status>;

impl Asker {
    fn within<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.patience);
        request
    }

    /// Calls.
    pub async fn ask(&self, ground: &Ground, resource: Resource, call: &Call, chance: u32) -> Outcome {
        let asked = async {
            match resource {
                Resource::Key(number) => self.ask_key(ground, number, call, chance).await,
                Resource::Alias(number) => self.ask_alias(ground, number, call).await,
                Resource::Parameter(number) => self.ask_parameter(ground, number, call).await,
                Resource::Secret(number) => self.ask_secret(ground, number, call).await,
            }
        };
        // The client keeps the deadline; should it not, the run must not stand still.
        match tokio::time::timeout(self.patience * 2, asked).await {
            Ok(Ok(answer)) => Outcome::Answered(answer),
            Ok(Err(status)) => outcome(ground, &status),
            Err(_) => Outcome::Unknown("no answer, and no end of the call".to_owned()),
        }
    }

    /// Makes a key; its number.
    ///
    /// # Errors
    /// When it is not acknowledged.
    pub async fn make_key(&self, ground: &Ground) -> Result<u32, Status> {
        let made = self.client.kms().create_key(self.within(CreateKeyRequest::default())).await?.into_inner();
        let id = made.key_metadata.and_then(|metadata| metadata.key_id);
        Ok(ground.know_key(id.ok_or_else(|| Status::data_loss("a key without an id"))?))
    }

    /// Makes a secret with its first version.
    ///
    /// # Errors
    /// When it is not acknowledged.
    pub async fn make_secret(&self, ground: &Ground, number: u32) -> Result<(), Status> {
        let first = super::sequential::FIRST_VERSION;
        let request = CreateSecretRequest {
            name: Some(names::secret(number)),
            client_request_token: Some(names::token(number, first)),
            secret_string: Some(names::secret_value(ground, first)),
            ..Default::default()
        };
        self.client.secrets_manager().create_secret(self.within(request)).await.map(|_| ())
    }

    async fn ask_key(&self, ground: &Ground, number: u32, call: &Call, chance: u32) -> Answered {
        let (mut kms, key_id) = (self.client.kms(), Some(ground.key_id(number)));
        match call {
            Call::DescribeKey => {
                let described =
                    kms.describe_key(self.within(DescribeKeyRequest { key_id, ..Default::default() })).await?;
                return Ok(state_of(&described.into_inner()));
            }
            Call::EnableKey => drop(kms.enable_key(self.within(EnableKeyRequest { key_id })).await?),
            Call::DisableKey => drop(kms.disable_key(self.within(DisableKeyRequest { key_id })).await?),
            Call::ScheduleKeyDeletion => {
                let request = ScheduleKeyDeletionRequest { key_id, pending_window_in_days: Some(DELETION_WINDOW_DAYS) };
                kms.schedule_key_deletion(self.within(request)).await?;
            }
            Call::CancelKeyDeletion => {
                kms.cancel_key_deletion(self.within(CancelKeyDeletionRequest { key_id })).await?;
            }
            Call::RotateKey => {
                kms.rotate_key_on_demand(self.within(RotateKeyOnDemandRequest { key_id })).await?;
            }
            _ => return self.use_key(ground, number, call, chance).await,
        }
        Ok(Answer::Done)
    }

    /// Encrypt, Decrypt and GenerateDataKey. With nothing to decrypt, Decrypt encrypts.
    async fn use_key(&self, ground: &Ground, key: u32, call: &Call, chance: u32) -> Answered {
        let known = ground.some_ciphertext(key, chance);
        match (call, known) {
            (Call::UseKey("GenerateDataKey"), _) => self.generate(ground, key).await,
            (Call::UseKey("Decrypt"), Some(known)) => self.decrypt(&known).await,
            (Call::DecryptElsewhere, Some(known)) => self.decrypt_elsewhere(&known, ground.key_id(key)).await,
            (Call::DecryptElsewhere, None) => {
                self.encrypt(ground, key, names::plaintext(ground, chance % 4)).await?;
                let made =
                    ground.some_ciphertext(key, chance).ok_or_else(|| Status::unavailable("nothing was made"))?;
                self.decrypt_elsewhere(&made, ground.key_id(key)).await
            }
            // A few texts only: the same one twice must still be two ciphertexts.
            _ => self.encrypt(ground, key, names::plaintext(ground, chance % 4)).await,
        }
    }

    async fn encrypt(&self, ground: &Ground, key: u32, plaintext: Vec<u8>) -> Answered {
        let request = EncryptRequest {
            key_id: Some(ground.key_id(key)),
            plaintext: Some(plaintext.clone().into()),
            encryption_context: context(key),
            ..Default::default()
        };
        let answer = self.client.kms().encrypt(self.within(request)).await?.into_inner();
        let blob = answer.ciphertext_blob.ok_or_else(|| Status::data_loss("no ciphertext"))?;
        ground.know_ciphertext(Ciphertext { key, blob, plaintext });
        Ok(Answer::Done)
    }

    async fn generate(&self, ground: &Ground, key: u32) -> Answered {
        let mut request = GenerateDataKeyRequest {
            key_id: Some(ground.key_id(key)),
            encryption_context: context(key),
            ..Default::default()
        };
        request.set_key_spec(DataKeySpec::Aes256);
        let answer = self.client.kms().generate_data_key(self.within(request)).await?.into_inner();
        let (Some(blob), Some(plaintext)) = (answer.ciphertext_blob, answer.plaintext) else {
            return Err(Status::data_loss("half a data key"));
        };
        ground.know_ciphertext(Ciphertext { key, blob, plaintext: plaintext.to_vec() });
        Ok(Answer::Done)
    }

    /// Opens a ciphertext; an answer that is not its plaintext fits no specification.
    ///
    /// # Errors
    /// The service's.
    pub async fn decrypt(&self, known: &Ciphertext) -> Answered {
        let request = DecryptRequest {
            ciphertext_blob: Some(known.blob.clone()),
            encryption_context: context(known.key),
            ..Default::default()
        };
        let answer = self.client.kms().decrypt(self.within(request)).await?.into_inner();
        if answer.plaintext.as_deref() == Some(&known.plaintext[..]) {
            Ok(Answer::Done)
        } else {
            Ok(Answer::Refused("opened to something else".to_owned()))
        }
    }

    async fn decrypt_elsewhere(&self, known: &Ciphertext, key_id: String) -> Answered {
        let request = DecryptRequest {
            ciphertext_blob: Some(known.blob.clone()),
            encryption_context: context(u32::MAX),
            key_id: Some(key_id),
            ..Default::default()
        };
        self.client.kms().decrypt(self.within(request)).await.map(|_| Answer::Done)
    }

    async fn ask_alias(&self, ground: &Ground, number: u32, call: &Call) -> Answered {
        let (mut kms, alias_name) = (self.client.kms(), Some(names::alias(number)));
        match call {
            Call::CreateAlias(to) => {
                let target_key_id = Some(ground.key_id(*to));
                kms.create_alias(self.within(CreateAliasRequest { alias_name, target_key_id })).await?;
            }
            Call::UpdateAlias(to) => {
                let target_key_id = Some(ground.key_id(*to));
                kms.update_alias(self.within(UpdateAliasRequest { alias_name, target_key_id })).await?;
            }
            Call::DeleteAlias => {
                kms.delete_alias(self.within(DeleteAliasRequest { alias_name })).await?;
            }
            _ => {
                let request = DescribeKeyRequest { key_id: alias_name, ..Default::default() };
                let answer = kms.describe_key(self.within(request)).await?.into_inner();
                let id = answer.key_metadata.and_then(|metadata| metadata.key_id).unwrap_or_default();
                return Ok(match ground.key_number(&id) {
                    Some(number) => Answer::Target(number),
                    None => Answer::Refused(format!("names {id}, which nobody made")),
                });
            }
        }
        Ok(Answer::Done)
    }

    async fn ask_parameter(&self, ground: &Ground, number: u32, call: &Call) -> Answered {
        let (mut ssm, name) = (self.client.ssm(), Some(names::parameter(number)));
        let with_decryption = Some(true);
        Ok(match call {
            Call::PutParameter { value, overwrite } => {
                let value = Some(names::parameter_value(ground, number, *value));
                let mut request =
                    PutParameterRequest { name, value, overwrite: Some(*overwrite), ..Default::default() };
                request.set_type(match names::is_secure(number) {
                    true => ParameterType::SecureString,
                    false => ParameterType::String,
                });
                let version = ssm.put_parameter(self.within(request)).await?.into_inner().version;
                Answer::Version(version.and_then(|version| version.try_into().ok()).unwrap_or_default())
            }
            Call::GetParameter => {
                let request = GetParameterRequest { name, with_decryption };
                value_of(ssm.get_parameter(self.within(request)).await?.into_inner())
            }
            Call::GetParameterHistory => {
                let request =
                    GetParameterHistoryRequest { name, with_decryption, max_results: Some(50), next_token: None };
                values_of(ssm.get_parameter_history(self.within(request)).await?.into_inner())
            }
            _ => {
                ssm.delete_parameter(self.within(DeleteParameterRequest { name })).await?;
                Answer::Done
            }
        })
    }

    async fn ask_secret(&self, ground: &Ground, number: u32, call: &Call) -> Answered {
        let (mut secrets, secret_id) = (self.client.secrets_manager(), Some(names::secret(number)));
        let get = |stage: &str| {
            let version_stage = Some(stage.to_owned());
            self.within(GetSecretValueRequest { secret_id: secret_id.clone(), version_stage, version_id: None })
        };
        Ok(match *call {
            Call::PutSecretValue(version) => {
                let request = PutSecretValueRequest {
                    secret_id,
                    client_request_token: Some(names::token(number, version)),
                    secret_string: Some(names::secret_value(ground, version)),
                    ..Default::default()
                };
                secrets.put_secret_value(self.within(request)).await?;
                Answer::Done
            }
            Call::GetCurrent => {
                version_of(ground, number, secrets.get_secret_value(get("AWSCURRENT")).await?.into_inner())
            }
            Call::GetPrevious => {
                version_of(ground, number, secrets.get_secret_value(get("AWSPREVIOUS")).await?.into_inner())
            }
            Call::MoveCurrent { from, to } => {
                let request = UpdateSecretVersionStageRequest {
                    secret_id,
                    version_stage: Some("AWSCURRENT".to_owned()),
                    remove_from_version_id: Some(names::token(number, from)),
                    move_to_version_id: Some(names::token(number, to)),
                };
                secrets.update_secret_version_stage(self.within(request)).await?;
                Answer::Done
            }
            _ => {
                let request = DescribeSecretRequest { secret_id };
                stages_of(number, &secrets.describe_secret(self.within(request)).await?.into_inner())
            }
        })
    }
}

/// What a status says: nothing known, nothing done, or AWS's answer.
fn outcome(ground: &Ground, status: &Status) -> Outcome {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    let text = || format!("{:?} {}", status.code(), status.message());
    match (status.code(), reason) {
        (Code::Internal, Some(reason)) => {
            ground.surprise(format!("{reason}: {}", status.message()));
            Outcome::Unknown(text())
        }
        (Code::ResourceExhausted | Code::Unauthenticated, Some(reason)) => Outcome::Failed(reason),
        (Code::Unavailable, _) | (_, None) => Outcome::Unknown(text()),
        (_, Some(reason)) => Outcome::Answered(Answer::Refused(reason)),
    }
}

fn context(key: u32) -> BTreeMap<String, String> {
    BTreeMap::from([("key".to_owned(), key.to_string())])
}

fn state_of(described: &DescribeKeyResponse) -> Answer {
    let state = described.key_metadata.as_ref().map(|metadata| metadata.key_state());
    Answer::State(match state {
        Some(KeyState::Enabled) => "Enabled".to_owned(),
        Some(KeyState::Disabled) => "Disabled".to_owned(),
        Some(KeyState::PendingDeletion) => "PendingDeletion".to_owned(),
        other => format!("{other:?}"),
    })
}

fn value_of(answer: GetParameterResponse) -> Answer {
    let parameter = answer.parameter.unwrap_or_default();
    let value = parameter.value.as_deref().and_then(names::number_behind);
    match (parameter.version.and_then(|version| version.try_into().ok()), value) {
        (Some(version), Some(value)) => Answer::Value { version, value },
        found => Answer::Refused(format!("a parameter without version or value: {found:?}")),
    }
}

fn values_of(answer: GetParameterHistoryResponse) -> Answer {
    let number = |(place, version): (i64, &proto::ssm::v1::ParameterHistory)| {
        let value = version.value.as_deref().and_then(names::number_behind)?;
        (version.version == Some(place)).then_some(value)
    };
    match (1..).zip(&answer.parameters).map(number).collect() {
        Some(values) => Answer::Values(values),
        None => Answer::Refused("a history with a gap".to_owned()),
    }
}

fn version_of(ground: &Ground, number: u32, answer: GetSecretValueResponse) -> Answer {
    let token = answer.version_id.unwrap_or_default();
    match names::version_of(number, &token) {
        Some(version) if answer.secret_string == Some(names::secret_value(ground, version)) => {
            Answer::SecretVersion(version)
        }
        _ => Answer::Refused(format!("version {token} with a value that is not its own")),
    }
}

fn stages_of(number: u32, answer: &DescribeSecretResponse) -> Answer {
    let with = |stage: &str| -> Vec<u32> {
        let holds = answer.version_ids_to_stages.iter().filter(|(_, list)| list.items.iter().any(|held| held == stage));
        holds.filter_map(|(token, _)| names::version_of(number, token)).collect()
    };
    match (&with("AWSCURRENT")[..], &with("AWSPREVIOUS")[..]) {
        ([current], []) => Answer::Stages { current: *current, previous: None },
        ([current], [previous]) => Answer::Stages { current: *current, previous: Some(*previous) },
        found => Answer::Refused(format!("a label that is not at one version: {found:?}")),
    }
}
