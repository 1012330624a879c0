//! The errors of sts.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::errors::ErrorShape;

/// In the order of their codes, which look-ups rely on.
pub(crate) static ERRORS: [ErrorShape; 12] = [
    ErrorShape { code: "ExpiredTokenException", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "ExpiredTradeInTokenException", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "IDPCommunicationError", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "IDPRejectedClaim", http_status: 403, message_member: "message", fault: false },
    ErrorShape {
        code: "InvalidAuthorizationMessageException",
        http_status: 400,
        message_member: "message",
        fault: false,
    },
    ErrorShape { code: "InvalidIdentityToken", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "JWTPayloadSizeExceededException", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "MalformedPolicyDocument", http_status: 400, message_member: "message", fault: false },
    ErrorShape {
        code: "OutboundWebIdentityFederationDisabledException",
        http_status: 403,
        message_member: "message",
        fault: false,
    },
    ErrorShape { code: "PackedPolicyTooLarge", http_status: 400, message_member: "message", fault: false },
    ErrorShape { code: "RegionDisabledException", http_status: 403, message_member: "message", fault: false },
    ErrorShape {
        code: "SessionDurationEscalationException",
        http_status: 403,
        message_member: "message",
        fault: false,
    },
];
