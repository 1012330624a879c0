//! The errors of secretsmanager.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::errors::ErrorShape;

/// In the order of their codes, which look-ups rely on.
pub(crate) static ERRORS: [ErrorShape; 12] = [
    ErrorShape { code: "DecryptionFailure", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "EncryptionFailure", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "InternalServiceError", http_status: 500, message_member: "Message", fault: true },
    ErrorShape { code: "InvalidNextTokenException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "InvalidParameterException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "InvalidRequestException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "LimitExceededException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "MalformedPolicyDocumentException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "PreconditionNotMetException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "PublicPolicyException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "ResourceExistsException", http_status: 400, message_member: "Message", fault: false },
    ErrorShape { code: "ResourceNotFoundException", http_status: 400, message_member: "Message", fault: false },
];
