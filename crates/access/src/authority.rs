//! The decision whether a caller may do an action to a resource.
//!
//! Until policies are evaluated, one rule stands behind it: an account's own root may do everything in its account, and
//! nobody anything in another. Every operation asks with AWS's action, resource ARN and condition keys already.

use crate::{AuthError, Caller, CallerKind};
use replica::{AccessVersion, AccountId, Arn, View, access_version};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What the decision needs to know of credentials; `iam` answers it.
pub trait Directory: Send + Sync + 'static {
    /// How the key stands in this view.
    fn standing(&self, view: &dyn View, access_key_id: &str) -> Standing;
}

/// How an access key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// No such key.
    Unknown,
    /// It exists and is switched off.
    Inactive,
    /// It exists and belongs to the root of this account.
    ActiveRoot(AccountId),
}

/// A condition key and its values, such as `kms:ViaService`. Some keys carry a name of the caller's own, such as
/// `kms:EncryptionContext:Department`.
pub type Condition = (Cow<'static, str>, Vec<String>);

/// Decides.
#[derive(Clone)]
pub struct Authority {
    directory: Arc<dyn Directory>,
}

impl Authority {
    /// An authority that takes credentials from `directory`.
    pub fn new(directory: Arc<dyn Directory>) -> Self {
        Self { directory }
    }

    /// Whether `caller` may do `action` (such as `kms:Encrypt`) to `resource`, as of `view`, which must come from behind
    /// a read barrier for the answer to be final.
    ///
    /// # Errors
    /// [`Denied`], with AWS's text.
    pub fn authorize(
        &self,
        view: &dyn View,
        caller: &Caller,
        action: &'static str,
        resource: &Arn,
        conditions: &[Condition],
    ) -> Result<Permit, Denied> {
        let _ = conditions; // nothing evaluates them yet; callers state them from the first day
        credential_stands(&*self.directory, view, caller)?;
        if resource.account != caller.account.as_str() {
            let (caller, resource) = (caller.arn.clone(), resource.to_string());
            return Err(Denied::Policy { caller, action, resource });
        }
        let version = access_version::read(view, &caller.account);
        Ok(Permit { seen: vec![AccessVersion { account: caller.account.clone(), version }] })
    }
}

/// Whether the credential that a caller signed with still stands in `view`. What an operation asks that needs no
/// permission.
///
/// # Errors
/// [`Denied::Credential`]
pub fn credential_stands(directory: &dyn Directory, view: &dyn View, caller: &Caller) -> Result<(), Denied> {
    let standing = directory.standing(view, &caller.access_key_id);
    let stands = match caller.kind {
        CallerKind::Root => standing == Standing::ActiveRoot(caller.account.clone()),
        // A key that exists by now was not verified when it was taken for an unknown one.
        CallerKind::DevRoot => {
            standing == Standing::Unknown && replica::cluster::record(view).is_some_and(|cluster| cluster.dev)
        }
    };
    if stands { Ok(()) } else { Err(Denied::Credential) }
}

/// The proof that an authorization took place, and what it was based on. A proposal carries it, and apply refuses the
/// proposal when the basis has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Permit {
    seen: Vec<AccessVersion>,
}

impl Permit {
    /// For the proposal's envelope.
    pub fn into_access(self) -> Vec<AccessVersion> {
        self.seen
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The credential was switched off or deleted after the signature had been found good: UnrecognizedClientException.
    Credential,
    /// No policy allows it: AccessDeniedException.
    Policy {
        /// The caller's ARN.
        caller: String,
        /// Such as `kms:Encrypt`.
        action: &'static str,
        /// The resource's ARN.
        resource: String,
    },
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denied::Credential => AuthError::UnknownKey.fmt(f),
            Denied::Policy { caller, action, resource } => write!(
                f,
                "User: {caller} is not authorized to perform: {action} on resource: {resource} because no \
                 resource-based policy allows the {action} action"
            ),
        }
    }
}
