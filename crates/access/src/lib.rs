//! Who may do what: signatures, callers, permissions. Pure: HTTP, disks, the wall clock and secret access keys are others'.

mod authority;
mod caller;
mod credentials;
pub mod limits;
pub mod quota;
mod rates;
mod sigv4;

pub use authority::{Authority, Condition, Denied, Directory, Permit, Standing, credential_stands};
pub use caller::{Caller, CallerKind};
pub use credentials::{Credentials, Found, Signer, SignerUnavailable};
pub use rates::{Exceeded, Rates};
pub use sigv4::{AuthError, PayloadHash, SignedRequest, Verified, Verifier};
