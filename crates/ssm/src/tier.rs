//! Tiers: what a parameter costs at AWS, and how large its value may be.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>. The default
//! tier is Standard: service settings are not built.

use crate::SsmError;
use crate::limits::{ADVANCED_VALUE_BYTES_MAX, STANDARD_VALUE_BYTES_MAX};
use crate::tables::VersionRecord;
use access::quota::{self, Quota};
use proto::ssm::v1::ParameterTier;
use replica::{AccountId, View};

/// The tier that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// None: an overwritten parameter keeps its own, a new one is standard.
    Nothing,
    /// Standard.
    Standard,
    /// Advanced.
    Advanced,
    /// Intelligent-Tiering: standard unless that does not do.
    Intelligent,
}

impl Asked {
    /// Reads the request's member.
    pub(crate) fn parse(tier: Option<i32>) -> Self {
        match tier.map(ParameterTier::try_from) {
            Some(Ok(ParameterTier::Standard)) => Self::Standard,
            Some(Ok(ParameterTier::Advanced)) => Self::Advanced,
            Some(Ok(ParameterTier::IntelligentTiering)) => Self::Intelligent,
            Some(Ok(ParameterTier::Unspecified) | Err(_)) | None => Self::Nothing,
        }
    }

    /// Whether the parameter is to be advanced. An advanced one never becomes standard again.
    pub(crate) fn settle(
        self,
        view: &dyn View,
        account: &AccountId,
        existing: Option<&VersionRecord>,
        value: &str,
    ) -> Result<bool, SsmError> {
        let is_advanced = existing.is_some_and(|existing| existing.advanced);
        match self {
            Self::Advanced => Ok(true),
            Self::Standard if is_advanced => Err(SsmError::validation(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
                 advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced \
                 parameter and recreate it as a standard parameter.",
            )),
            Self::Standard => Ok(false),
            Self::Nothing => Ok(is_advanced),
            Self::Intelligent => {
                let is_large = value.len() > STANDARD_VALUE_BYTES_MAX;
                Ok(is_advanced || is_large || (existing.is_none() && standard_is_used_up(view, account)))
            }
        }
    }
}

fn standard_is_used_up(view: &dyn View, account: &AccountId) -> bool {
    let quota = Quota::SsmStandardParameters;
    quota::used(view, account, quota) >= quota::limit(view, account, quota)
}

/// The quota that a parameter of the tier takes from.
pub(crate) const fn quota_of(advanced: bool) -> Quota {
    if advanced { Quota::SsmAdvancedParameters } else { Quota::SsmStandardParameters }
}

/// As the wire has it.
pub(crate) const fn public(advanced: bool) -> ParameterTier {
    if advanced { ParameterTier::Advanced } else { ParameterTier::Standard }
}

/// Holds a value to the size that its tier allows. No text tells the value: it may be a secret.
pub(crate) fn check_size(advanced: bool, value: &str) -> Result<(), SsmError> {
    if advanced && value.len() > ADVANCED_VALUE_BYTES_MAX {
        return Err(SsmError::validation(
            "Advanced tier parameters support a maximum parameter value of 8192 characters.",
        ));
    }
    if !advanced && value.len() > STANDARD_VALUE_BYTES_MAX {
        return Err(SsmError::validation(
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter \
             value, upgrade the parameter to use the advanced-parameter tier. For more information, see \
             https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use replica::Writes;
    use replica::testing::Tables;

    fn check(asked: Asked, existing: Option<bool>, value_bytes: usize, expected: Option<bool>) {
        let account = "111122223333".parse().expect("an account");
        let existing = existing.map(|advanced| VersionRecord { advanced, ..VersionRecord::default() });
        let value = "x".repeat(value_bytes);
        let answer = asked.settle(&Tables::default(), &account, existing.as_ref(), &value);
        assert_eq!(answer.ok(), expected, "{asked:?} {existing:?} {value_bytes}");
    }

    #[test]
    fn the_tier_follows_request_parameter_and_value() {
        for asked in [Asked::Nothing, Asked::Standard] {
            check(asked, None, 5_000, Some(false));
            check(asked, Some(false), 1, Some(false));
        }
        check(Asked::Nothing, Some(true), 1, Some(true));
        check(Asked::Standard, Some(true), 1, None);
        for existing in [None, Some(false), Some(true)] {
            check(Asked::Advanced, existing, 1, Some(true));
        }
        check(Asked::Intelligent, None, 4_096, Some(false));
        check(Asked::Intelligent, None, 4_097, Some(true));
        check(Asked::Intelligent, Some(false), 1, Some(false));
        check(Asked::Intelligent, Some(true), 1, Some(true));
    }

    #[test]
    fn intelligent_tiering_goes_on_where_the_standard_quota_ends() {
        let (mut tables, account) = (Tables::default(), "111122223333".parse().expect("an account"));
        let mut writes = Writes::new();
        quota::set_limit(&mut writes, &account, Quota::SsmStandardParameters, Some(0));
        tables.commit(&writes);
        let standard = VersionRecord::default();
        let settle = |asked: Asked, existing| asked.settle(&tables, &account, existing, "x");
        assert_eq!(settle(Asked::Intelligent, None), Ok(true));
        assert_eq!(settle(Asked::Intelligent, Some(&standard)), Ok(false), "it has its place");
        assert_eq!(settle(Asked::Nothing, None), Ok(false));
    }

    #[test]
    fn values_are_bounded_by_their_tier() {
        for (advanced, bytes, good) in
            [(false, 4_096, true), (false, 4_097, false), (true, 8_192, true), (true, 8_193, false)]
        {
            assert_eq!(check_size(advanced, &"x".repeat(bytes)).is_ok(), good, "{advanced} {bytes}");
        }
    }
}
