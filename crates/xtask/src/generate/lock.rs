//! The numbers of fields and enumeration values: an append-only list, one line for each number ever given.
//!
//! A line is `<service>.<message or enumeration>.<AWS's member or value> <number>`. Lines are never edited, moved or
//! removed; what a newer model brings is appended with the next number of its message. A member that left the model
//! keeps its line, and its number and name are reserved in the proto.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the list lies in the checkout.
pub const PATH: &str = "proto/api/lockstep/field-numbers.lock";

/// Every number ever given.
#[derive(Default)]
pub struct Lock {
    lines: Vec<String>,
    owners: BTreeMap<String, BTreeMap<String, i32>>,
}

impl Lock {
    /// Reads the list; an absent file is an empty one.
    pub fn read(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(cause).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lock = Self::default();
        for line in text.lines() {
            let (name, number) = line.split_once(' ').with_context(|| format!("no number in {line:?}"))?;
            let (owner, member) = split_member(name).with_context(|| format!("no member in {line:?}"))?;
            let number: i32 = number.parse().with_context(|| format!("no number in {line:?}"))?;
            let numbers = lock.owners.entry(owner.to_owned()).or_default();
            ensure!(!numbers.values().any(|given| *given == number), "number given twice: {line:?}");
            ensure!(numbers.insert(member.to_owned(), number).is_none(), "member listed twice: {line:?}");
            lock.lines.push(line.to_owned());
        }
        Ok(lock)
    }

    /// The number of a member; a new member gets the next number of its owner.
    pub fn number(&mut self, owner: &str, member: &str) -> i32 {
        let numbers = self.owners.entry(owner.to_owned()).or_default();
        if let Some(number) = numbers.get(member) {
            return *number;
        }
        let number = numbers.values().max().copied().unwrap_or(0) + 1;
        numbers.insert(member.to_owned(), number);
        self.lines.push(format!("{owner}.{member} {number}"));
        number
    }

    /// Members of `owner` that had a number and are not in the model any more, in the order of their numbers.
    pub fn retired<'a>(&'a self, owner: &str, is_present: impl Fn(&str) -> bool) -> Vec<(&'a str, i32)> {
        let numbers = self.owners.get(owner).into_iter().flatten();
        let mut retired: Vec<_> = numbers
            .filter(|(member, _)| !is_present(member))
            .map(|(member, number)| (member.as_str(), *number))
            .collect();
        retired.sort_by_key(|(_, number)| *number);
        retired
    }

    /// The list as it is written.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

/// `kms.Tag.TagKey` as `kms.Tag` and `TagKey`; a value of an enumeration may hold dots itself.
fn split_member(name: &str) -> Option<(&str, &str)> {
    let message = name.find('.')? + 1;
    let member = message + name[message..].find('.')?;
    Some((&name[..member], &name[member + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = "kms.Tag.TagKey 1\nkms.Tag.TagValue 2\nkms.KeyState.Enabled 1\n";

    #[test]
    fn numbers_only_grow() {
        let mut lock = Lock::parse(LOCKED).unwrap();
        assert_eq!(lock.number("kms.Tag", "TagValue"), 2);
        assert_eq!(lock.number("kms.Tag", "Added"), 3);
        assert_eq!(lock.number("kms.New", "First"), 1);
        assert_eq!(lock.text(), format!("{LOCKED}kms.Tag.Added 3\nkms.New.First 1\n"));
    }

    #[test]
    fn a_member_that_left_keeps_its_number() {
        let mut lock = Lock::parse(LOCKED).unwrap();
        assert_eq!(lock.retired("kms.Tag", |member| member == "TagKey"), [("TagValue", 2)]);
        assert_eq!(lock.number("kms.Tag", "Next"), 3);
    }

    #[test]
    fn a_damaged_list_is_refused() {
        for damaged in
            ["kms.Tag.TagKey", "kms.Tag 1", "kms.Tag.A 1\nkms.Tag.B 1", "kms.Tag.A 1\nkms.Tag.A 2", "a.b.c x"]
        {
            assert!(Lock::parse(damaged).is_err(), "{damaged:?}");
        }
    }
}
