//! Staging labels and versions: who has which label, and which version goes when there are too many.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>

use crate::limits::VERSION_AGE_MIN_MILLIS;
use crate::refused::Refused;
use crate::tables::state::Version;
use replica::Timestamp;

/// On the version that callers get.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// On the version that had AWSCURRENT before.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";
/// On the version that a rotation makes.
pub(crate) const PENDING: &str = "AWSPENDING";

/// The version that has a label.
pub(crate) fn holder<'a>(versions: &'a [Version], stage: &str) -> Option<&'a Version> {
    versions.iter().find(|version| version.stages.iter().any(|held| held == stage))
}

/// The version with an id.
pub(crate) fn version<'a>(versions: &'a [Version], version_id: &str) -> Option<&'a Version> {
    versions.iter().find(|version| version.version_id == version_id)
}

/// Puts a label on a version and takes it from the one that had it. Whoever loses AWSCURRENT becomes AWSPREVIOUS.
pub(crate) fn attach(versions: &mut [Version], version_id: &str, stage: &str) {
    let former = holder(versions, stage).map(|version| version.version_id.clone());
    if former.as_deref() == Some(version_id) {
        return;
    }
    detach(versions, stage);
    put(versions, version_id, stage);
    if let Some(former) = former.filter(|_| stage == CURRENT) {
        detach(versions, PREVIOUS);
        put(versions, &former, PREVIOUS);
    }
}

/// Takes a label from whoever has it.
pub(crate) fn detach(versions: &mut [Version], stage: &str) {
    for version in versions {
        version.stages.retain(|held| held != stage);
    }
}

fn put(versions: &mut [Version], version_id: &str, stage: &str) {
    let version = versions.iter_mut().find(|version| version.version_id == version_id);
    version.expect("callers name a version that is there").stages.push(stage.to_owned());
}

/// Puts the labels of a new version on it; none are AWSCURRENT. The first version of a secret is AWSCURRENT too. That
/// label comes last, so that the labels it moves stay where it moves them.
pub(crate) fn attach_new(versions: &mut [Version], version_id: &str, stages: &[String]) {
    for stage in stages.iter().filter(|stage| *stage != CURRENT) {
        attach(versions, version_id, stage);
    }
    if stages.is_empty() || stages.iter().any(|stage| stage == CURRENT) || versions.len() == 1 {
        attach(versions, version_id, CURRENT);
    }
}

/// Holds the number of labels to its limit.
pub(crate) fn check_number(versions: &[Version], limit: u64) -> Result<(), Refused> {
    let count: usize = versions.iter().map(|version| version.stages.len()).sum();
    if count as u64 > limit { Err(Refused::StageLimit) } else { Ok(()) }
}

/// Takes out the oldest versions without a label until no more than `limit` are left; gives their ids. One that is
/// younger than a day stays.
pub(crate) fn prune(versions: &mut Vec<Version>, at: Timestamp, limit: u64) -> Result<Vec<String>, Refused> {
    let mut gone = Vec::new();
    while versions.len() as u64 > limit {
        let may_go = |version: &Version| {
            let age = at.millis_since(Timestamp::from_millis(version.created_at));
            version.stages.is_empty() && age >= VERSION_AGE_MIN_MILLIS
        };
        let oldest = versions.iter().position(may_go).ok_or(Refused::VersionLimit)?;
        gone.push(versions.remove(oldest).version_id);
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a: AWSCURRENT; b:` as versions.
    fn read(text: &str) -> Vec<Version> {
        let version = |line: &str| {
            let (id, stages) = line.split_once(':').expect("a colon");
            let stages = stages.split_whitespace().map(str::to_owned).collect();
            Version { version_id: id.trim().to_owned(), stages, ..Version::default() }
        };
        text.split(';').map(version).collect()
    }

    fn show(versions: &[Version]) -> String {
        let line = |version: &Version| format!("{}: {}", version.version_id, version.stages.join(" "));
        versions.iter().map(line).map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn labels_move_as_awss_do() {
        let rows = [
            ("a: AWSCURRENT; b:", "b AWSCURRENT", "a: AWSPREVIOUS; b: AWSCURRENT"),
            ("a: AWSPREVIOUS; b: AWSCURRENT; c:", "c AWSCURRENT", "a:; b: AWSPREVIOUS; c: AWSCURRENT"),
            ("a: AWSPREVIOUS; b: AWSCURRENT", "a AWSCURRENT", "a: AWSCURRENT; b: AWSPREVIOUS"),
            ("a: AWSCURRENT; b: AWSPENDING", "b AWSCURRENT", "a: AWSPREVIOUS; b: AWSPENDING AWSCURRENT"),
            ("a: AWSCURRENT; b: x", "a x", "a: AWSCURRENT x; b:"),
            ("a: AWSCURRENT x", "a x", "a: AWSCURRENT x"),
            ("a: AWSCURRENT; b: AWSPREVIOUS", "a AWSCURRENT", "a: AWSCURRENT; b: AWSPREVIOUS"),
            ("a: AWSCURRENT; b: AWSPREVIOUS", "a AWSPREVIOUS", "a: AWSCURRENT AWSPREVIOUS; b:"),
        ];
        for (before, moved, after) in rows {
            let (mut versions, (id, stage)) = (read(before), moved.split_once(' ').expect("two words"));
            attach(&mut versions, id, stage);
            assert_eq!(show(&versions), after, "{moved} in {before}");
        }
    }

    #[test]
    fn a_new_version_gets_its_labels() {
        let rows: [(&str, &[&str], &str); 6] = [
            ("n:", &[], "n: AWSCURRENT"),
            ("n:", &["x"], "n: x AWSCURRENT"),
            ("a: AWSCURRENT; n:", &[], "a: AWSPREVIOUS; n: AWSCURRENT"),
            ("a: AWSCURRENT; n:", &["AWSPENDING"], "a: AWSCURRENT; n: AWSPENDING"),
            ("a: AWSCURRENT; n:", &["AWSCURRENT", "x"], "a: AWSPREVIOUS; n: x AWSCURRENT"),
            ("a: AWSCURRENT; n:", &["AWSCURRENT", "AWSPREVIOUS"], "a: AWSPREVIOUS; n: AWSCURRENT"),
        ];
        for (before, stages, after) in rows {
            let mut versions = read(before);
            let stages: Vec<String> = stages.iter().map(|stage| (*stage).to_owned()).collect();
            attach_new(&mut versions, "n", &stages);
            assert_eq!(show(&versions), after, "{stages:?} in {before}");
        }
    }

    #[test]
    fn the_oldest_without_a_label_goes_when_it_is_a_day_old() {
        let day = VERSION_AGE_MIN_MILLIS;
        let rows = [
            ("a: AWSPREVIOUS; b:; c:; d: AWSCURRENT", day, 3, Ok("b")),
            ("a: AWSPREVIOUS; b:; c:; d: AWSCURRENT", day, 2, Ok("b c")),
            ("a: AWSPREVIOUS; b:; c:; d: AWSCURRENT", day, 1, Err(Refused::VersionLimit)),
            ("a: AWSPREVIOUS; b:; c:; d: AWSCURRENT", day - 1, 3, Err(Refused::VersionLimit)),
            ("a:; b: AWSCURRENT", 0, 2, Ok("")),
        ];
        for (before, at, limit, expected) in rows {
            let gone = prune(&mut read(before), Timestamp::from_millis(at), limit).map(|gone| gone.join(" "));
            assert_eq!(gone, expected.map(str::to_owned), "{before} at {at}, {limit}");
        }
    }

    #[test]
    fn labels_are_counted_over_all_versions() {
        assert_eq!(check_number(&read("a: x y; b: z"), 3), Ok(()));
        assert_eq!(check_number(&read("a: x y; b: z"), 2), Err(Refused::StageLimit));
    }
}
