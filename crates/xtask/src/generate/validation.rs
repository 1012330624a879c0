//! Writes what every message of a request asks of its fields.

use super::model::Shape;
use super::names::{in_message, rust_field, screaming};
use super::output::Files;
use super::pattern::translated;
use super::plan::{Field, Kind, Message, Plan};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Adds the table of a service.
///
/// # Errors
/// When the model constrains something that no check is written for.
pub fn write(plan: &Plan<'_>, files: &mut Files) -> Result<()> {
    let mut writer = Writer { plan, shapes: BTreeMap::new() };
    let mut bodies = String::new();
    for message in plan.messages().filter(|message| message.is_input) {
        bodies += &writer.message(message)?;
    }
    let shapes: Vec<_> = writer.shapes.values().map(String::as_str).collect();
    let id = plan.service.known.id;
    let body = format!(
        "use crate::validation::{{{}}};\nuse crate::{id}::v1;\n\n{}\n{bodies}{}",
        imports(&(shapes.concat() + &bodies)),
        shapes.join("\n"),
        pattern_test(&writer.shapes),
    );
    files.add_table(id, "validation", &format!("What {id} asks of its requests."), &body);
    Ok(())
}

/// The names that the text uses.
fn imports(text: &str) -> String {
    let used = |name: &&str| ["Check", "Validate"].contains(name) || text.contains(&format!("{name}::"));
    let names = ["Blob", "Check", "Length", "Number", "Text", "Validate"];
    names.into_iter().filter(used).collect::<Vec<_>>().join(", ")
}

/// A test that every pattern compiles.
fn pattern_test(shapes: &BTreeMap<String, String>) -> String {
    let with_pattern = shapes.iter().filter(|(_, text)| text.contains("::matching("));
    let names: Vec<_> = with_pattern.map(|(name, _)| format!("&super::{name}")).collect();
    format!(
        "\n#[cfg(test)]\nmod tests {{\n#[test]\nfn every_pattern_compiles() {{\n\
         let texts: [&crate::validation::Text; {}] = [{}];\n\
         for text in texts {{ assert!(text.has_sound_pattern()); }}\n}}\n}}\n",
        names.len(),
        names.join(", ")
    )
}

struct Writer<'p, 'a> {
    plan: &'p Plan<'a>,
    /// Constraints that fields share, by the name of their constant.
    shapes: BTreeMap<String, String>,
}

impl<'a> Writer<'_, 'a> {
    fn message(&mut self, message: &Message<'a>) -> Result<String> {
        let mut lines = String::new();
        for field in &message.fields {
            lines += &self.field(field)?;
        }
        let check = if lines.is_empty() { "_check" } else { "check" };
        Ok(format!(
            "\nimpl Validate for v1::{} {{ fn validate(&self, {check}: &mut Check<'_>) {{\n{lines}}} }}\n",
            message.name
        ))
    }

    fn field(&mut self, field: &Field<'a>) -> Result<String> {
        let member = in_message(field.member);
        let value = format!("self.{}", rust_field(&field.name));
        let mut lines = String::new();
        if field.required {
            let _ = match field.kind {
                Kind::List(_) | Kind::Map(_) => {
                    writeln!(lines, "check.required_entries({member:?}, {:?}, {value}.len());", field.member)
                }
                _ => writeln!(lines, "check.required({member:?}, {value}.is_some());"),
            };
        }
        match &field.kind {
            Kind::List(element) => lines += &self.list(field, element, &member, &value)?,
            Kind::Map(_) => self.check_free(field.shape)?,
            Kind::Message(_) => {
                let _ = writeln!(lines, "check.structure({member:?}, {value}.as_ref());");
            }
            Kind::Enumeration(name) => {
                let _ = writeln!(lines, "check.enumeration::<v1::{name}>({member:?}, {value});");
            }
            scalar => {
                if let Some(constraint) = self.constraint(field.shape) {
                    let _ = writeln!(
                        lines,
                        "check.{}({member:?}, {}, &{constraint});",
                        method(scalar),
                        passed(scalar, &value)
                    );
                }
            }
        }
        Ok(lines)
    }

    fn list(&mut self, field: &Field<'a>, element: &Kind, member: &str, value: &str) -> Result<String> {
        let length = length(field.shape);
        let shape = self.plan.service.shape(field.shape.inner("member")?)?;
        let aws = field.member;
        Ok(match element {
            Kind::Message(_) => format!("check.structures({member:?}, {aws:?}, &{value}, &{length});\n"),
            Kind::Enumeration(name) => {
                format!("check.enumerations::<v1::{name}>({member:?}, {aws:?}, &{value}, &{length});\n")
            }
            Kind::Text => {
                let each = self.constraint(shape).map_or_else(|| "&Text::any()".to_owned(), |name| format!("&{name}"));
                format!("check.texts({member:?}, {aws:?}, &{value}, &{length}, {each});\n")
            }
            _ => {
                self.check_free(shape)?;
                String::new()
            }
        })
    }

    /// The constant with the constraints of a shape; none when it has no constraint.
    fn constraint(&mut self, shape: Shape<'a>) -> Option<String> {
        let kind = match shape.kind() {
            "string" => "Text",
            "blob" => "Blob",
            "integer" | "long" => "Number",
            _ => return None,
        };
        let limits = limits(shape);
        if limits.is_empty() && shape.pattern().is_none() {
            return None;
        }
        let begin = shape.pattern().map_or_else(|| "any()".to_owned(), matching);
        let sensitive = if shape.flag("sensitive") { ".sensitive()" } else { "" };
        let name = screaming(shape.name);
        let text = format!("static {name}: {kind} = {kind}::{begin}{limits}{sensitive};");
        self.shapes.insert(name.clone(), text);
        Some(name)
    }

    /// Holds that nothing is asked of a map, whose check is not written.
    fn check_free(&self, shape: Shape<'a>) -> Result<()> {
        let service = self.plan.service;
        let mut parts = vec![shape];
        for side in ["key", "value"] {
            if let Ok(name) = shape.inner(side) {
                parts.push(service.shape(name)?);
            }
        }
        for part in parts {
            let is_free = limits(part).is_empty() && part.pattern().is_none() && part.values().is_empty();
            ensure!(is_free, "{} is constrained in {}: its check is not written yet", part.name, shape.name);
        }
        Ok(())
    }
}

fn method(kind: &Kind) -> &'static str {
    match kind {
        Kind::Blob => "blob",
        Kind::Integer | Kind::Long => "number",
        _ => "text",
    }
}

fn passed(kind: &Kind, value: &str) -> String {
    match kind {
        Kind::Blob => format!("{value}.as_ref()"),
        Kind::Integer => format!("{value}.map(i64::from)"),
        Kind::Long => value.to_owned(),
        _ => format!("{value}.as_deref()"),
    }
}

fn length(shape: Shape<'_>) -> String {
    format!("Length::any(){}", limits(shape))
}

fn limits(shape: Shape<'_>) -> String {
    let mut text = String::new();
    // A length of 0 or more is no constraint; a number from 0 is one.
    if let Some(min) = shape.number("min").filter(|min| *min > 0 || ["integer", "long"].contains(&shape.kind())) {
        let _ = write!(text, ".min({min})");
    }
    if let Some(max) = shape.number("max") {
        let _ = write!(text, ".max({max})");
    }
    text
}

fn matching(aws: &str) -> String {
    format!("matching({aws:?}, {:?})", translated(aws))
}
