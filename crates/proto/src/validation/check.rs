//! Walks a message, knows where it is, and gathers what fails.

use super::constraints::{Blob, Length, Number, Text};
use super::render;
use crate::enumeration::Enumeration;
use crate::json::Notes;
use bytes::Bytes;
use std::borrow::Cow;

/// A message that AWS's model constrains.
pub trait Validate {
    /// Tells the check of every member.
    fn validate(&self, check: &mut Check<'_>);
}

/// Gathers the failures of one request.
pub struct Check<'n> {
    notes: &'n Notes,
    /// Where the walk is, with a dot at the end: `tags.1.member.`; empty at the top.
    path: String,
    failures: Vec<String>,
}

impl<'n> Check<'n> {
    pub(super) fn new(notes: &'n Notes) -> Self {
        Self { notes, path: String::new(), failures: Vec::new() }
    }

    /// AWS's message, when anything failed.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.failures.as_slice() {
            [] => Ok(()),
            [only] => Err(format!("1 validation error detected: {only}")),
            all => Err(format!("{} validation errors detected: {}", all.len(), all.join("; "))),
        }
    }

    /// A member that must be given.
    pub fn required(&mut self, member: &str, is_given: bool) {
        if !is_given {
            self.fail("Value null at", member, "Member must not be null");
        }
    }

    /// A list or map that must be given, which may mean: given empty. `aws` is the member as JSON spells it.
    pub fn required_entries(&mut self, member: &str, aws: &str, length: usize) {
        self.required(member, length > 0 || self.is_given_empty(aws));
    }

    /// A text.
    pub fn text(&mut self, member: &str, value: Option<&str>, constraint: &Text) {
        let Some(text) = value else { return };
        for failure in constraint.failures(text) {
            let shown = (!constraint.is_sensitive).then_some(text);
            self.fail(&render::value_at(shown), member, &failure);
        }
    }

    /// A blob.
    pub fn blob(&mut self, member: &str, value: Option<&Bytes>, constraint: &Blob) {
        let Some(bytes) = value else { return };
        for failure in constraint.length.failures(bytes.len()) {
            let shown = (!constraint.is_sensitive).then(|| render::blob(bytes));
            self.fail(&render::value_at(shown.as_deref()), member, &failure);
        }
    }

    /// A whole number.
    pub fn number(&mut self, member: &str, value: Option<i64>, constraint: &Number) {
        let Some(number) = value else { return };
        for failure in constraint.failures(number) {
            self.fail(&render::value_at(Some(&number.to_string())), member, &failure);
        }
    }

    /// An enumeration's value.
    pub fn enumeration<E: Enumeration>(&mut self, member: &str, value: Option<i32>) {
        if let Some(number) = value.filter(|number| E::name_of(*number).is_none()) {
            let shown = self.enumeration_text::<E>(number);
            self.fail(&render::value_at(Some(&shown)), member, &render::value_set(E::NAMES));
        }
    }

    /// A structure, by its own constraints.
    pub fn structure<T: Validate>(&mut self, member: &str, value: Option<&T>) {
        if let Some(structure) = value {
            self.within(&format!("{member}."), structure);
        }
    }

    /// A list of structures.
    pub fn structures<T: Validate>(&mut self, member: &str, aws: &str, values: &[T], length: &Length) {
        self.length(member, aws, values.len(), length, || None);
        for (index, structure) in values.iter().enumerate() {
            self.within(&format!("{member}.{}.member.", index + 1), structure);
        }
    }

    /// A list of texts. AWS reports a text that fails as a failure of the list, with all that is asked of its entries.
    pub fn texts(&mut self, member: &str, aws: &str, values: &[String], length: &Length, each: &Text) {
        let shown = || (!each.is_sensitive).then(|| render::list(values));
        self.length(member, aws, values.len(), length, shown);
        if values.iter().any(|text| !each.failures(text).is_empty()) {
            let asked = format!("Member must satisfy constraint: {}", render::list(&each.all()));
            self.fail(&render::value_at(shown().as_deref()), member, &asked);
        }
    }

    /// A list of an enumeration's values.
    pub fn enumerations<E: Enumeration>(&mut self, member: &str, aws: &str, values: &[i32], length: &Length) {
        let texts = || values.iter().map(|number| self.enumeration_text::<E>(*number)).collect::<Vec<_>>();
        let is_known = values.iter().all(|number| E::name_of(*number).is_some());
        let shown = (!is_known || !length.failures(values.len()).is_empty()).then(|| render::list(&texts()));
        self.length(member, aws, values.len(), length, || shown.clone());
        if !is_known {
            let asked = format!("Member must satisfy constraint: [{}]", render::value_set(E::NAMES));
            self.fail(&render::value_at(shown.as_deref()), member, &asked);
        }
    }

    /// The length of a list. One that is absent has none.
    fn length(&mut self, member: &str, aws: &str, found: usize, length: &Length, shown: impl Fn() -> Option<String>) {
        if found == 0 && !self.is_given_empty(aws) {
            return;
        }
        for failure in length.failures(found) {
            self.fail(&render::value_at(shown().as_deref()), member, &failure);
        }
    }

    fn is_given_empty(&self, aws: &str) -> bool {
        self.path.is_empty() && self.notes.is_given_empty(aws)
    }

    fn enumeration_text<E: Enumeration>(&self, number: i32) -> Cow<'n, str> {
        match (E::name_of(number), self.notes.unknown_value(number)) {
            (Some(name), _) => Cow::Borrowed(name),
            (None, Some(unknown)) => Cow::Borrowed(unknown),
            (None, None) => Cow::Owned(number.to_string()),
        }
    }

    fn within<T: Validate>(&mut self, step: &str, structure: &T) {
        let outside = self.path.len();
        self.path.push_str(step);
        structure.validate(self);
        self.path.truncate(outside);
    }

    fn fail(&mut self, value_at: &str, member: &str, failure: &str) {
        let path = &self.path;
        self.failures.push(format!("{value_at} '{path}{member}' failed to satisfy constraint: {failure}"));
    }
}
