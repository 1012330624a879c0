//! A parameter as answers show it.

use crate::selector::Found;
use crate::tables::{ParameterType, VersionRecord};
use crate::{Ssm, SsmError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use proto::ssm::v1::Parameter;
use replica::{Arn, View};
use service::Call;

impl Ssm {
    /// The parameter `arn` with its value: of a SecureString the plaintext when `decrypted`, else the ciphertext in
    /// base64.
    pub(crate) fn show(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        found: Found,
        decrypted: bool,
    ) -> Result<Parameter, SsmError> {
        let Found { parameter, version, selector } = found;
        let value = self.value(view, call, arn, &version, decrypted)?;
        Ok(Parameter {
            name: Some(parameter.name),
            r#type: Some(public_type(version.r#type()).into()),
            value: Some(value),
            version: Some(public_version(version.version)),
            selector,
            source_result: None,
            last_modified_date: Some(timestamp(version.modified_at)),
            arn: Some(arn.to_string()),
            data_type: Some(version.data_type),
        })
    }

    /// The value of one version.
    pub(crate) fn value(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version: &VersionRecord,
        decrypted: bool,
    ) -> Result<String, SsmError> {
        match (version.r#type(), decrypted) {
            (ParameterType::SecureString, true) => self.decrypt(view, call, arn, version),
            (ParameterType::SecureString, false) => Ok(BASE64.encode(&version.value)),
            _ => Ok(String::from_utf8(version.value.clone()).expect("values in the clear are text")),
        }
    }
}

/// As the wire has it.
pub(crate) fn public_type(stored: ParameterType) -> proto::ssm::v1::ParameterType {
    match stored {
        ParameterType::String | ParameterType::Unspecified => proto::ssm::v1::ParameterType::String,
        ParameterType::StringList => proto::ssm::v1::ParameterType::StringList,
        ParameterType::SecureString => proto::ssm::v1::ParameterType::SecureString,
    }
}

/// As the tables have it; `None` for a number that is no type.
pub(crate) fn stored_type(public: i32) -> Option<ParameterType> {
    match proto::ssm::v1::ParameterType::try_from(public).ok()? {
        proto::ssm::v1::ParameterType::Unspecified => None,
        proto::ssm::v1::ParameterType::String => Some(ParameterType::String),
        proto::ssm::v1::ParameterType::StringList => Some(ParameterType::StringList),
        proto::ssm::v1::ParameterType::SecureString => Some(ParameterType::SecureString),
    }
}

/// As the wire has it.
pub(crate) fn public_version(version: u64) -> i64 {
    i64::try_from(version).expect("versions are counted one by one")
}

/// As the wire has it.
pub(crate) fn timestamp(millis: u64) -> prost_types::Timestamp {
    let seconds = i64::try_from(millis / 1000).expect("milliseconds in 64 bits are seconds in 63");
    let nanos = i32::try_from(millis % 1000 * 1_000_000).expect("below a second");
    prost_types::Timestamp { seconds, nanos }
}
