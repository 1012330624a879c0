//! The errors of AWS's model: which HTTP status, and how each service spells the member with the message.

use crate::generated;

/// An error as the model describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorShape {
    /// AWS's code, such as `NotFoundException`.
    pub code: &'static str,
    /// The status on the HTTP wires.
    pub http_status: u16,
    /// `message` or `Message`.
    pub message_member: &'static str,
    /// Whether AWS calls it the server's fault.
    pub fault: bool,
}

/// An error of a service by its code. None for what every service shares and no model lists, such as
/// `ValidationException`.
pub fn lookup(service: &str, code: &str) -> Option<&'static ErrorShape> {
    let errors = all(service);
    let at = errors.binary_search_by_key(&code, |error| error.code).ok()?;
    errors.get(at)
}

/// Every error of a service, in the order of their codes.
pub fn all(service: &str) -> &'static [ErrorShape] {
    match service {
        "kms" => &generated::kms::errors::ERRORS,
        "ssm" => &generated::ssm::errors::ERRORS,
        "secretsmanager" => &generated::secretsmanager::errors::ERRORS,
        "sts" => &generated::sts::errors::ERRORS,
        _ => &[],
    }
}
