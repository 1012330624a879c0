//! A service for each way in which an operation can end.

use proto::{kms, ssm, sts};
use service::{Call, Fault, FaultKind, Operations};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Implements some operations of several services.
pub struct Toy {
    /// EnableKey waits for one of these.
    pub gate: Semaphore,
    /// How often EnableKey came to the gate.
    pub waiting: AtomicUsize,
    /// How often DisableKey still answers that permissions changed.
    pub reauthorizations: AtomicUsize,
}

impl Toy {
    pub fn new() -> Self {
        Self { gate: Semaphore::new(0), waiting: AtomicUsize::new(0), reauthorizations: AtomicUsize::new(0) }
    }
}

pub const KEY_ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Lists them.
pub fn operations(list: &mut impl Operations<Toy>) {
    list.add(encrypt);
    list.add(describe_key);
    list.add(create_key);
    list.add(cancel_key_deletion);
    list.add(enable_key);
    list.add(disable_key);
    list.add(delete_alias);
    list.add(get_parameter);
    list.add(get_caller_identity);
}

/// "Encrypts" by writing the plaintext backwards.
async fn encrypt(_: Arc<Toy>, _: Call, request: kms::v1::EncryptRequest) -> Result<kms::v1::EncryptResponse, Fault> {
    let backwards: Vec<u8> = request.plaintext.unwrap_or_default().iter().rev().copied().collect();
    let (key_id, blob) = (Some(KEY_ARN.to_owned()), Some(backwards.into()));
    Ok(kms::v1::EncryptResponse { key_id, ciphertext_blob: blob, ..Default::default() })
}

/// Finds nothing.
async fn describe_key(
    _: Arc<Toy>,
    _: Call,
    request: kms::v1::DescribeKeyRequest,
) -> Result<kms::v1::DescribeKeyResponse, Fault> {
    let text = format!("Key '{}' does not exist", request.key_id.unwrap_or_default());
    Err(Fault::new(FaultKind::NotFound, "NotFoundException", text))
}

/// Tells the proposal's id as the key's description.
async fn create_key(
    _: Arc<Toy>,
    call: Call,
    _: kms::v1::CreateKeyRequest,
) -> Result<kms::v1::CreateKeyResponse, Fault> {
    let metadata = kms::v1::KeyMetadata {
        arn: Some(KEY_ARN.to_owned()),
        description: Some(format!("{:?}", call.attempt.id)),
        ..Default::default()
    };
    Ok(kms::v1::CreateKeyResponse { key_metadata: Some(metadata) })
}

/// Panics.
async fn cancel_key_deletion(
    _: Arc<Toy>,
    _: Call,
    request: kms::v1::CancelKeyDeletionRequest,
) -> Result<kms::v1::CancelKeyDeletionResponse, Fault> {
    panic!("a toy's defect with {request:?}")
}

/// Waits at the gate.
async fn enable_key(toy: Arc<Toy>, _: Call, _: kms::v1::EnableKeyRequest) -> Result<kms::v1::EnableKeyResponse, Fault> {
    toy.waiting.fetch_add(1, Ordering::SeqCst);
    toy.gate.acquire().await.unwrap().forget();
    Ok(kms::v1::EnableKeyResponse::default())
}

/// Finds its permissions changed, so many times.
async fn disable_key(
    toy: Arc<Toy>,
    _: Call,
    _: kms::v1::DisableKeyRequest,
) -> Result<kms::v1::DisableKeyResponse, Fault> {
    let left = &toy.reauthorizations;
    match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
        Ok(_) => Err(replica::ProposeError::Reauthorize.into()),
        Err(_) => Ok(kms::v1::DisableKeyResponse::default()),
    }
}

/// Finds nothing to change.
async fn delete_alias(
    _: Arc<Toy>,
    _: Call,
    request: kms::v1::DeleteAliasRequest,
) -> Result<kms::v1::DeleteAliasResponse, Fault> {
    let text = format!("Alias {} is not found", request.alias_name.unwrap_or_default());
    Err(Fault::new(FaultKind::NotFound, "NotFoundException", text))
}

/// Finds nothing, in another spelling.
async fn get_parameter(
    _: Arc<Toy>,
    _: Call,
    _: ssm::v1::GetParameterRequest,
) -> Result<ssm::v1::GetParameterResponse, Fault> {
    Err(Fault::new(FaultKind::NotFound, "ParameterNotFound", "no such parameter"))
}

/// Says who calls.
async fn get_caller_identity(
    _: Arc<Toy>,
    call: Call,
    _: sts::v1::GetCallerIdentityRequest,
) -> Result<sts::v1::GetCallerIdentityResponse, Fault> {
    Ok(sts::v1::GetCallerIdentityResponse {
        user_id: Some(call.caller.user_id),
        account: Some(call.caller.account.to_string()),
        arn: Some(call.caller.arn),
    })
}
