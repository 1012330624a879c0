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

    /// Whether the key stands and belongs to the root of this account: what nearly every call asks, so that an
    /// implementation may answer it with fewer reads than [`Directory::standing`].
    fn stands_for(&self, view: &dyn View, account: &AccountId, access_key_id: &str) -> bool {
        self.standing(view, access_key_id) == Standing::ActiveRoot(account.clone())
    }
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
    let access_key_id = &caller.access_key_id;
    let stands = match caller.kind {
        CallerKind::Root => directory.stands_for(view, &caller.account, access_key_id),
        // A key that exists by now was not verified when it was taken for an unknown one.
        CallerKind::DevRoot => {
            directory.standing(view, access_key_id) == Standing::Unknown
                && replica::cluster::record(view).is_some_and(|cluster| cluster.dev)
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

#[cfg(test)]
mod tests {
    use super::*;
    use replica::cluster::{self, Birth, ClusterRecord};
    use replica::testing::Tables;
    use replica::{Command as _, Partition, Region, Timestamp, Writes};

    const ACTION: &str = "kms:Encrypt";

    /// Every access key stands the same.
    struct All(Standing);

    impl Directory for All {
        fn standing(&self, _view: &dyn View, _access_key_id: &str) -> Standing {
            self.0.clone()
        }
    }

    fn account(text: &str) -> AccountId {
        text.parse().expect("an account")
    }

    fn born(dev: bool) -> Tables {
        let mut tables = Tables::default();
        let birth = Birth { cluster: Some(ClusterRecord { dev, ..ClusterRecord::default() }), keyring: None };
        let writes = birth.apply(Timestamp::default(), &tables).writes;
        tables.commit(&writes);
        assert_eq!(cluster::record(&tables).map(|cluster| cluster.dev), Some(dev));
        tables
    }

    fn authorize(kind: CallerKind, standing: Standing, dev: bool, owner: &str) -> Result<Permit, Denied> {
        let region: Region = "us-east-1".parse().expect("a Region");
        let caller = Caller::root(kind, account("111122223333"), &Partition::of(&region), "AKIDEXAMPLE");
        let key = Arn::new("kms", &region, &account(owner), "key/k");
        Authority::new(Arc::new(All(standing))).authorize(&born(dev), &caller, ACTION, &key, &[])
    }

    #[test]
    fn a_root_may_do_everything_in_its_account_and_nobody_else_anything() {
        use CallerKind::{DevRoot, Root};
        let own = || Standing::ActiveRoot(account("111122223333"));
        let other = || Standing::ActiveRoot(account("444455556666"));
        for (kind, standing, dev, owner, expected) in [
            (Root, own(), false, "111122223333", "permitted"),
            (Root, own(), true, "111122223333", "permitted"),
            (Root, own(), false, "444455556666", "policy"),
            (Root, other(), false, "111122223333", "credential"),
            (Root, Standing::Inactive, false, "111122223333", "credential"),
            (Root, Standing::Unknown, false, "111122223333", "credential"),
            (Root, Standing::Unknown, true, "111122223333", "credential"),
            (DevRoot, Standing::Unknown, true, "111122223333", "permitted"),
            (DevRoot, Standing::Unknown, true, "444455556666", "policy"),
            (DevRoot, Standing::Unknown, false, "111122223333", "credential"),
            // The key was made after the signature had been waved through as unknown.
            (DevRoot, own(), true, "111122223333", "credential"),
            (DevRoot, Standing::Inactive, true, "111122223333", "credential"),
        ] {
            let found = match authorize(kind, standing.clone(), dev, owner) {
                Ok(_) => "permitted",
                Err(Denied::Policy { .. }) => "policy",
                Err(Denied::Credential) => "credential",
            };
            assert_eq!(found, expected, "{kind:?} {standing:?} dev: {dev} {owner}");
        }
    }

    #[test]
    fn a_denial_has_the_text_of_aws() {
        let standing = || Standing::ActiveRoot(account("111122223333"));
        let denied = authorize(CallerKind::Root, standing(), false, "444455556666").expect_err("another account");
        assert_eq!(
            denied.to_string(),
            "User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Encrypt on resource: \
             arn:aws:kms:us-east-1:444455556666:key/k because no resource-based policy allows the kms:Encrypt action"
        );
        assert_eq!(Denied::Credential.to_string(), "The security token included in the request is invalid.");
    }

    #[test]
    fn a_permit_carries_the_access_version_that_was_seen() {
        let region: Region = "us-east-1".parse().expect("a Region");
        let owner = account("111122223333");
        let caller = Caller::root(CallerKind::Root, owner.clone(), &Partition::of(&region), "AKIDEXAMPLE");
        let authority = Authority::new(Arc::new(All(Standing::ActiveRoot(owner.clone()))));
        let key = Arn::new("kms", &region, &owner, "key/k");
        let mut tables = Tables::default();
        for version in 0..3 {
            let permit = authority.authorize(&tables, &caller, ACTION, &key, &[]).expect("permitted");
            assert_eq!(permit.into_access(), [AccessVersion { account: owner.clone(), version }]);
            let mut writes = Writes::new();
            access_version::raise(&tables, &mut writes, &owner);
            tables.commit(&writes);
        }
    }
}
