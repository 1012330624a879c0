//! Resource quotas: how much of what an account may have in a Region.
//!
//! Apply counts: a command that makes something takes from the quota with the same writes, so the count is exact however
//! many callers race. The numbers come from a profile, and an operator may set others per account.
//!
//! AWS's numbers: <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/ssm.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>

use replica::{AccountId, Key, Table, View, Writes};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The quotas. A number is on disk: append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Quota {
    /// Customer managed keys, in any state.
    KmsKeys = 1,
    /// Aliases of one key.
    KmsAliasesPerKey = 2,
    /// On-demand rotations of one key.
    KmsRotationsPerKey = 3,
    /// Parameters of the standard tier.
    SsmStandardParameters = 10,
    /// Parameters of the advanced tier.
    SsmAdvancedParameters = 11,
    /// Versions of one parameter that are kept.
    SsmVersionsPerParameter = 12,
    /// Labels of one version of a parameter.
    SsmLabelsPerVersion = 13,
    /// Secrets, those that wait for their deletion included.
    Secrets = 20,
    /// Versions of one secret that are kept.
    SecretVersions = 21,
    /// Staging labels over all versions of one secret.
    SecretStages = 22,
}

/// A set of numbers for all quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Profile {
    /// Small numbers, as AWS's were: 1,000 keys.
    #[default]
    Classic = 1,
    /// AWS's numbers of today.
    Aws = 2,
}

/// A quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the quota {} of {limit} is reached", .quota.name())]
pub struct Reached {
    /// Which.
    pub quota: Quota,
    /// Its limit.
    pub limit: u64,
}

/// A name that no quota has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no quota {0:?}; there are {list}", list = Quota::ALL.map(Quota::name).join(", "))]
pub struct NoSuchQuota(pub String);

/// A name that no profile has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile {0:?}; there are {classic} and {aws}", classic = Profile::Classic, aws = Profile::Aws)]
pub struct NoSuchProfile(pub String);

/// A limit that the quota cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} may be {} to {}, not {limit}", .quota.name(), .quota.limits().start(), .quota.limits().end())]
pub struct LimitOutOfRange {
    /// Of which quota.
    pub quota: Quota,
    /// What was asked for.
    pub limit: u64,
}

/// How an account stands with one quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub quota: Quota,
    /// How much of it is used; `None` where that is not counted per account.
    pub used: Option<u64>,
    /// How much may be used.
    pub limit: u64,
    /// Whether an operator set the limit for this account.
    pub is_own: bool,
}

impl Quota {
    /// Every quota.
    pub const ALL: [Self; 10] = [
        Self::KmsKeys,
        Self::KmsAliasesPerKey,
        Self::KmsRotationsPerKey,
        Self::SsmStandardParameters,
        Self::SsmAdvancedParameters,
        Self::SsmVersionsPerParameter,
        Self::SsmLabelsPerVersion,
        Self::Secrets,
        Self::SecretVersions,
        Self::SecretStages,
    ];

    /// What an operator calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KmsKeys => "kms-keys",
            Self::KmsAliasesPerKey => "kms-aliases-per-key",
            Self::KmsRotationsPerKey => "kms-on-demand-rotations-per-key",
            Self::SsmStandardParameters => "ssm-standard-parameters",
            Self::SsmAdvancedParameters => "ssm-advanced-parameters",
            Self::SsmVersionsPerParameter => "ssm-versions-per-parameter",
            Self::SsmLabelsPerVersion => "ssm-labels-per-version",
            Self::Secrets => "secrets",
            Self::SecretVersions => "versions-per-secret",
            Self::SecretStages => "staging-labels-per-secret",
        }
    }

    /// Whether use is counted per account. The others bound something inside one resource.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::KmsKeys | Self::SsmStandardParameters | Self::SsmAdvancedParameters | Self::Secrets)
    }

    /// The quota of this number on disk.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|quota| *quota as u32 == number)
    }

    /// What an operator may set. What is inside one resource is held in one record, so it stays small, and never becomes
    /// nothing: a parameter has a version.
    pub const fn limits(self) -> RangeInclusive<u64> {
        if self.is_counted() { 0..=100_000_000 } else { 1..=1_000 }
    }

    /// Whether an operator may set this limit.
    ///
    /// # Errors
    /// [`LimitOutOfRange`]
    pub fn check_limit(self, limit: u64) -> Result<(), LimitOutOfRange> {
        if self.limits().contains(&limit) { Ok(()) } else { Err(LimitOutOfRange { quota: self, limit }) }
    }

    const fn number(self, profile: Profile) -> u64 {
        match (self, profile) {
            (Self::KmsKeys, Profile::Classic) => 1_000,
            (Self::KmsKeys, Profile::Aws) => 100_000,
            (Self::KmsAliasesPerKey, _) => 50,
            (Self::KmsRotationsPerKey, _) => 25,
            (Self::SsmStandardParameters, _) => 10_000,
            (Self::SsmAdvancedParameters, _) => 100_000,
            (Self::SsmVersionsPerParameter, _) => 100,
            (Self::SsmLabelsPerVersion, _) => 10,
            (Self::Secrets, _) => 500_000,
            (Self::SecretVersions, _) => 100,
            (Self::SecretStages, _) => 20,
        }
    }
}

impl FromStr for Quota {
    type Err = NoSuchQuota;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|quota| quota.name() == name);
        named.ok_or_else(|| NoSuchQuota(name.to_owned()))
    }
}

impl Profile {
    /// The profile of this number on disk.
    pub fn numbered(number: u32) -> Option<Self> {
        [Self::Classic, Self::Aws].into_iter().find(|profile| *profile as u32 == number)
    }

    /// What an operator calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Aws => "aws",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = NoSuchProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = [Self::Classic, Self::Aws].into_iter().find(|profile| profile.name() == name);
        named.ok_or_else(|| NoSuchProfile(name.to_owned()))
    }
}

/// The profile of the cluster.
pub fn profile(view: &(impl View + ?Sized)) -> Profile {
    match view.get(profile_row().as_bytes()).as_deref() {
        Some([number]) if *number == Profile::Aws as u8 => Profile::Aws,
        _ => Profile::Classic,
    }
}

/// Sets the profile of the cluster.
pub fn set_profile(writes: &mut Writes, profile: Profile) {
    writes.put(profile_row(), [profile as u8]);
}

/// How much the account may have: what an operator set for it, else the profile's number.
pub fn limit(view: &(impl View + ?Sized), account: &AccountId, quota: Quota) -> u64 {
    number(view, limit_row(account, quota)).unwrap_or_else(|| quota.number(profile(view)))
}

/// Sets the account's limit; `None` goes back to the profile's. A limit below what is used takes nothing away.
pub fn set_limit(writes: &mut Writes, account: &AccountId, quota: Quota, limit: Option<u64>) {
    match limit {
        Some(limit) => writes.put(limit_row(account, quota), limit.to_be_bytes()),
        None => writes.delete(limit_row(account, quota)),
    }
}

/// How much the account has. Of counted quotas alone.
pub fn used(view: &(impl View + ?Sized), account: &AccountId, quota: Quota) -> u64 {
    number(view, use_row(account, quota)).unwrap_or_default()
}

/// How an account stands with every quota.
pub fn standings(view: &(impl View + ?Sized), account: &AccountId) -> Vec<Standing> {
    let profile = profile(view);
    let standing = |quota: Quota| {
        let own = number(view, limit_row(account, quota));
        let used = quota.is_counted().then(|| used(view, account, quota));
        Standing { quota, used, limit: own.unwrap_or_else(|| quota.number(profile)), is_own: own.is_some() }
    };
    Quota::ALL.into_iter().map(standing).collect()
}

/// Takes one. Once per quota in one apply: the view does not show what the same apply has written.
///
/// # Errors
/// [`Reached`], with nothing written.
pub fn take(
    view: &(impl View + ?Sized),
    writes: &mut Writes,
    account: &AccountId,
    quota: Quota,
) -> Result<(), Reached> {
    let (used, limit) = (used(view, account, quota), limit(view, account, quota));
    if used >= limit {
        return Err(Reached { quota, limit });
    }
    put_use(writes, account, quota, used + 1);
    Ok(())
}

/// Gives `count` back, at most what was taken. Once per quota in one apply, and not beside [`take`].
pub fn give_back(view: &(impl View + ?Sized), writes: &mut Writes, account: &AccountId, quota: Quota, count: u64) {
    // What was made before this count began was never taken from it, and so gives nothing back. To panic here would keep
    // such a resource from ever being deleted.
    let used = used(view, account, quota).saturating_sub(count);
    put_use(writes, account, quota, used);
}

fn put_use(writes: &mut Writes, account: &AccountId, quota: Quota, count: u64) {
    assert!(quota.is_counted(), "{} is not counted", quota.name());
    writes.put(use_row(account, quota), count.to_be_bytes());
}

fn number(view: &(impl View + ?Sized), row: Key) -> Option<u64> {
    let bytes = view.get(row.as_bytes())?;
    Some(u64::from_be_bytes(bytes.as_slice().try_into().expect("a quota's row is eight bytes")))
}

fn profile_row() -> Key {
    Key::cluster(Table::QuotaLimits).text("profile")
}

fn limit_row(account: &AccountId, quota: Quota) -> Key {
    Key::of(Table::QuotaLimits, account).number(quota as u64)
}

fn use_row(account: &AccountId, quota: Quota) -> Key {
    Key::of(Table::QuotaUse, account).number(quota as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use replica::testing::Tables;
    use std::collections::BTreeSet;

    fn account(text: &str) -> AccountId {
        text.parse().expect("an account")
    }

    fn commit(tables: &mut Tables, change: impl FnOnce(&Tables, &mut Writes)) {
        let mut writes = Writes::new();
        change(tables, &mut writes);
        tables.commit(&writes);
    }

    #[test]
    fn an_account_takes_to_its_limit_and_no_further() {
        let (mut tables, one, other) = (Tables::default(), account("111122223333"), account("444455556666"));
        commit(&mut tables, |_, writes| set_limit(writes, &one, Quota::KmsKeys, Some(2)));
        for expected in [Ok(()), Ok(()), Err(Reached { quota: Quota::KmsKeys, limit: 2 })] {
            commit(&mut tables, |view, writes| {
                assert_eq!(take(view, writes, &one, Quota::KmsKeys), expected);
                assert_eq!(writes.is_empty(), expected.is_err());
            });
        }
        assert_eq!(used(&tables, &one, Quota::KmsKeys), 2);
        commit(&mut tables, |view, writes| take(view, writes, &other, Quota::KmsKeys).expect("its own count"));
        commit(&mut tables, |view, writes| give_back(view, writes, &one, Quota::KmsKeys, 1));
        commit(&mut tables, |view, writes| take(view, writes, &one, Quota::KmsKeys).expect("one was given back"));
    }

    #[test]
    fn what_was_never_counted_gives_nothing_back() {
        let (mut tables, account) = (Tables::default(), account("111122223333"));
        commit(&mut tables, |view, writes| give_back(view, writes, &account, Quota::KmsKeys, 1));
        assert_eq!(used(&tables, &account, Quota::KmsKeys), 0);
        commit(&mut tables, |view, writes| take(view, writes, &account, Quota::KmsKeys).expect("room"));
        commit(&mut tables, |view, writes| give_back(view, writes, &account, Quota::KmsKeys, 3));
        assert_eq!(used(&tables, &account, Quota::KmsKeys), 0);
    }

    #[test]
    fn an_operators_limit_stands_above_the_profile() {
        let (mut tables, account) = (Tables::default(), account("111122223333"));
        let keys = |tables: &Tables| limit(tables, &account, Quota::KmsKeys);
        assert_eq!(keys(&tables), 1_000);
        commit(&mut tables, |_, writes| set_profile(writes, Profile::Aws));
        assert_eq!(keys(&tables), 100_000);
        commit(&mut tables, |_, writes| set_limit(writes, &account, Quota::KmsKeys, Some(7)));
        assert_eq!(keys(&tables), 7);
        commit(&mut tables, |_, writes| set_limit(writes, &account, Quota::KmsKeys, None));
        commit(&mut tables, |_, writes| set_profile(writes, Profile::Classic));
        assert_eq!(keys(&tables), 1_000);
    }

    #[test]
    fn an_account_stands_with_every_quota() {
        let (mut tables, account) = (Tables::default(), account("111122223333"));
        commit(&mut tables, |view, writes| {
            take(view, writes, &account, Quota::KmsKeys).expect("room");
            set_limit(writes, &account, Quota::SsmVersionsPerParameter, Some(5));
        });
        let found = standings(&tables, &account);
        assert_eq!(found.len(), Quota::ALL.len());
        let of = |quota| found.iter().find(|standing| standing.quota == quota).cloned().expect("listed");
        let keys = Standing { quota: Quota::KmsKeys, used: Some(1), limit: 1_000, is_own: false };
        assert_eq!(of(Quota::KmsKeys), keys);
        let versions = Standing { quota: Quota::SsmVersionsPerParameter, used: None, limit: 5, is_own: true };
        assert_eq!(of(Quota::SsmVersionsPerParameter), versions);
    }

    #[test]
    fn what_an_operator_may_set_is_bounded() {
        for (quota, limit, may) in [
            (Quota::KmsKeys, 0, true),
            (Quota::KmsKeys, 100_000_000, true),
            (Quota::KmsKeys, 100_000_001, false),
            (Quota::SecretVersions, 0, false),
            (Quota::SecretVersions, 1_000, true),
            (Quota::SecretVersions, 1_001, false),
        ] {
            assert_eq!(quota.check_limit(limit).is_ok(), may, "{quota:?} {limit}");
        }
        for quota in Quota::ALL {
            for profile in [Profile::Classic, Profile::Aws] {
                assert_eq!(quota.check_limit(quota.number(profile)), Ok(()), "{quota:?} {profile}");
            }
        }
        let refused = Quota::SecretVersions.check_limit(0).expect_err("out of range").to_string();
        assert_eq!(refused, "versions-per-secret may be 1 to 1000, not 0");
    }

    #[test]
    fn quotas_and_profiles_are_found_by_name_and_number() {
        for quota in Quota::ALL {
            assert_eq!((quota.name().parse(), Quota::numbered(quota as u32)), (Ok(quota), Some(quota)));
        }
        for profile in [Profile::Classic, Profile::Aws] {
            assert_eq!((profile.name().parse(), Profile::numbered(profile as u32)), (Ok(profile), Some(profile)));
        }
        assert_eq!((Quota::numbered(0), Profile::numbered(0)), (None, None));
        let text = "kms-key".parse::<Quota>().expect_err("no such").to_string();
        assert!(text.starts_with("there is no quota \"kms-key\"; there are kms-keys, kms-aliases-per-key, "), "{text}");
        let text = "AWS".parse::<Profile>().expect_err("no such").to_string();
        assert_eq!(text, "there is no profile \"AWS\"; there are classic and aws");
    }

    #[test]
    fn names_and_numbers_are_told_apart() {
        let names: BTreeSet<_> = Quota::ALL.iter().map(|quota| quota.name()).collect();
        let numbers: BTreeSet<_> = Quota::ALL.iter().map(|quota| *quota as u32).collect();
        assert_eq!((names.len(), numbers.len()), (Quota::ALL.len(), Quota::ALL.len()));
    }

    #[test]
    fn rows_are_pinned() {
        let account = account("000000000000");
        let rows = [profile_row(), limit_row(&account, Quota::KmsKeys), use_row(&account, Quota::Secrets)];
        let text: Vec<String> = rows.iter().map(|row| hex::encode(row.as_bytes())).collect();
        expect_test::expect![[r#"
            0a70726f66696c650001
            0a30303030303030303030303000010000000000000001
            0b30303030303030303030303000010000000000000014"#]]
        .assert_eq(&text.join("\n"));
    }
}
