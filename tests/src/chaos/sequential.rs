//! What each kind of resource does when calls come one after another: the specification that histories are held to.

use super::history::{Answer, Call, Resource};
use std::sync::Arc;

/// The state of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// A key.
    Key(KeyState),
    /// An alias, and the key that it names.
    Alias(Option<u32>),
    /// A parameter: the values of its versions from the first; `None` when there is none.
    Parameter(Option<Arc<Vec<u32>>>),
    /// A secret.
    Secret {
        /// The version with AWSCURRENT.
        current: u32,
        /// The version with AWSPREVIOUS.
        previous: Option<u32>,
        /// The versions that there are, a bit each.
        versions: u128,
    },
}

/// The states of a key that the load reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// It may be used.
    Enabled,
    /// It was switched off.
    Disabled,
    /// It waits for its deletion.
    PendingDeletion,
}

/// The version that a secret is made with.
pub const FIRST_VERSION: u32 = 1;
/// Versions of one secret count up to this.
pub const VERSIONS_MAX: u32 = 127;

impl State {
    /// What a resource is when the load's calls begin: keys and secrets are made before, aliases and parameters by it.
    pub fn first(resource: Resource) -> Self {
        match resource {
            Resource::Key(_) => Self::Key(KeyState::Enabled),
            Resource::Alias(_) => Self::Alias(None),
            Resource::Parameter(_) => Self::Parameter(None),
            Resource::Secret(_) => {
                Self::Secret { current: FIRST_VERSION, previous: None, versions: 1 << FIRST_VERSION }
            }
        }
    }

    /// What a call answers in this state, and the state after it.
    ///
    /// # Panics
    /// When the call is not one of this kind of resource.
    pub fn apply(&self, call: &Call) -> (Answer, State) {
        match self {
            Self::Key(state) => {
                let (answer, state) = key(*state, call);
                (answer, Self::Key(state))
            }
            Self::Alias(target) => {
                let (answer, target) = alias(*target, call);
                (answer, Self::Alias(target))
            }
            Self::Parameter(values) => {
                let (answer, values) = parameter(values.as_ref(), call);
                (answer, Self::Parameter(values))
            }
            Self::Secret { current, previous, versions } => secret(*current, *previous, *versions, call),
        }
    }
}

fn refused(code: &str) -> Answer {
    Answer::Refused(code.to_owned())
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
fn key(state: KeyState, call: &Call) -> (Answer, KeyState) {
    use KeyState::{Disabled, Enabled, PendingDeletion};
    let invalid = || (refused("KMSInvalidStateException"), state);
    match (call, state) {
        (Call::DescribeKey, _) => (Answer::State(format!("{state:?}")), state),
        (Call::CancelKeyDeletion, PendingDeletion) => (Answer::Done, Disabled),
        (Call::CancelKeyDeletion, _) | (_, PendingDeletion) => invalid(),
        (Call::EnableKey, _) => (Answer::Done, Enabled),
        (Call::DisableKey, _) => (Answer::Done, Disabled),
        (Call::ScheduleKeyDeletion, _) => (Answer::Done, PendingDeletion),
        (Call::RotateKey | Call::UseKey(_) | Call::DecryptElsewhere, Disabled) => (refused("DisabledException"), state),
        (Call::RotateKey | Call::UseKey(_), Enabled) => (Answer::Done, state),
        (Call::DecryptElsewhere, Enabled) => (refused("InvalidCiphertextException"), state),
        (other, _) => panic!("{other:?} is no call of a key"),
    }
}

fn alias(target: Option<u32>, call: &Call) -> (Answer, Option<u32>) {
    match (call, target) {
        (Call::CreateAlias(_), Some(_)) => (refused("AlreadyExistsException"), target),
        (Call::CreateAlias(to), None) | (Call::UpdateAlias(to), Some(_)) => (Answer::Done, Some(*to)),
        (Call::DeleteAlias, Some(_)) => (Answer::Done, None),
        (Call::ResolveAlias, Some(to)) => (Answer::Target(to), target),
        (Call::UpdateAlias(_) | Call::DeleteAlias | Call::ResolveAlias, None) => (refused("NotFoundException"), target),
        (other, _) => panic!("{other:?} is no call of an alias"),
    }
}

fn parameter(values: Option<&Arc<Vec<u32>>>, call: &Call) -> (Answer, Option<Arc<Vec<u32>>>) {
    let same = || values.cloned();
    match (call, values) {
        (Call::PutParameter { overwrite: false, .. }, Some(_)) => (refused("ParameterAlreadyExists"), same()),
        (Call::PutParameter { value, .. }, _) => {
            let mut next = values.map(|values| values.to_vec()).unwrap_or_default();
            next.push(*value);
            (Answer::Version(next.len() as u64), Some(Arc::new(next)))
        }
        (Call::GetParameter, Some(values)) => {
            let value = *values.last().expect("a parameter has a version");
            (Answer::Value { version: values.len() as u64, value }, same())
        }
        (Call::GetParameterHistory, Some(values)) => (Answer::Values(values.to_vec()), same()),
        (Call::DeleteParameter, Some(_)) => (Answer::Done, None),
        (Call::GetParameter | Call::GetParameterHistory | Call::DeleteParameter, None) => {
            (refused("ParameterNotFound"), None)
        }
        (other, _) => panic!("{other:?} is no call of a parameter"),
    }
}

fn secret(current: u32, previous: Option<u32>, versions: u128, call: &Call) -> (Answer, State) {
    let same = || State::Secret { current, previous, versions };
    let has = |version: u32| versions & (1 << version) != 0;
    match *call {
        // The same token and the same value again are a success that changes nothing.
        Call::PutSecretValue(version) if has(version) => (Answer::Done, same()),
        Call::PutSecretValue(version) => {
            let versions = versions | (1 << version);
            (Answer::Done, State::Secret { current: version, previous: Some(current), versions })
        }
        Call::GetCurrent => (Answer::SecretVersion(current), same()),
        Call::GetPrevious => match previous {
            Some(previous) => (Answer::SecretVersion(previous), same()),
            None => (refused("ResourceNotFoundException"), same()),
        },
        Call::MoveCurrent { from, to } if !has(from) || !has(to) => (refused("ResourceNotFoundException"), same()),
        Call::MoveCurrent { from, .. } if from != current => (refused("InvalidParameterException"), same()),
        Call::MoveCurrent { from, to } => (Answer::Done, State::Secret { current: to, previous: Some(from), versions }),
        Call::DescribeSecret => (Answer::Stages { current, previous }, same()),
        ref other => panic!("{other:?} is no call of a secret"),
    }
}
