//! Writes AWS's strings for the values of enumerations.

use super::output::Files;
use super::plan::{Enumeration, Plan};
use std::fmt::Write as _;

/// Adds the table of a service.
pub fn write(plan: &Plan<'_>, files: &mut Files) {
    let id = plan.service.known.id;
    let mut body = String::new();
    if !plan.enumerations.is_empty() {
        let _ = writeln!(body, "use crate::enumeration::Enumeration;\nuse crate::{id}::v1;");
    }
    for enumeration in &plan.enumerations {
        let _ = writeln!(
            body,
            "\nimpl Enumeration for v1::{} {{ const NAMES: &'static [&'static str] = &{:?}; }}",
            enumeration.name,
            names(enumeration)
        );
    }
    files.add_table(id, "enumerations", &format!("AWS's strings for the enumerations of {id}, by number."), &body);
}

/// The strings by number; empty where a number has none.
fn names<'a>(enumeration: &Enumeration<'a>) -> Vec<&'a str> {
    let numbers = enumeration.values.iter().map(|(_, number)| usize::try_from(*number).expect("numbers start at 1"));
    let mut names = vec![""; numbers.clone().max().unwrap_or(0) + 1];
    for ((name, _), number) in enumeration.values.iter().zip(numbers) {
        names[number] = name;
    }
    names
}
