//! GenerateRandom: random bytes.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html>

use crate::conditions::Conditions;
use crate::symmetric::check_recipient;
use crate::{Kms, KmsError};
use proto::kms::v1::{GenerateRandomRequest, GenerateRandomResponse};
use replica::Arn;
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: GenerateRandomRequest,
) -> Result<GenerateRandomResponse, Fault> {
    check_recipient(request.recipient.as_ref())?;
    if request.custom_key_store_id.is_some() {
        return Err(KmsError::Unsupported { what: "A custom key store" }.into());
    }
    // The model calls it optional; AWS asks for it all the same.
    let required = || KmsError::Validation { message: "NumberOfBytes is required.".to_owned() };
    let length = request.number_of_bytes.ok_or_else(required)?;
    let length = usize::try_from(length).map_err(|_| required())?;

    let view = kms.replica.read().await?;
    let any_key = Arn::new("kms", &call.region, &call.caller.account, "*");
    let _permit = kms.authorize(&*view, &call, "kms:GenerateRandom", &any_key, Conditions::of_call(&call))?;
    let plaintext = crypto::random(length).expose_secret().to_vec();
    Ok(GenerateRandomResponse { plaintext: Some(plaintext.into()), ..GenerateRandomResponse::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;

    fn request(number_of_bytes: Option<i32>) -> GenerateRandomRequest {
        GenerateRandomRequest { number_of_bytes, ..GenerateRandomRequest::default() }
    }

    #[test]
    fn as_many_bytes_as_asked_for_are_drawn_anew() {
        let world = World::new();
        let draw = || world.run(run, request(Some(32))).expect("drawn").plaintext.expect("given");
        let (first, second) = (draw(), draw());
        assert_eq!((first.len(), second.len()), (32, 32));
        assert_ne!(first, second);
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let fault = world.run(run, request(None)).expect_err("no number");
        assert_eq!((fault.code, fault.message.as_str()), ("ValidationException", "NumberOfBytes is required."));
        let store = GenerateRandomRequest { custom_key_store_id: Some("cks".into()), ..request(Some(1)) };
        assert_eq!(world.run(run, store).expect_err("store").code, "UnsupportedOperationException");
    }
}
