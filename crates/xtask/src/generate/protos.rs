//! Writes the protos: per service one file with the gRPC service, one with requests and responses, one with the rest.

use super::lock::Lock;
use super::model::Shape;
use super::names::{screaming, snake};
use super::output::{Files, MARK};
use super::plan::{Enumeration, Field, Kind, Message, Plan};
use std::fmt::Write as _;

/// Adds the protos of a service.
pub fn write(plan: &Plan<'_>, lock: &Lock, files: &mut Files) {
    let id = plan.service.known.id;
    let folder = format!("proto/api/lockstep/{id}/v1");
    let calls: String = plan.calls.iter().map(|message| message_text(plan, message, lock)).collect();
    let mut types: String = plan.types.iter().map(|message| message_text(plan, message, lock)).collect();
    types.extend(plan.enumerations.iter().map(|enumeration| enumeration_text(plan, enumeration, lock)));
    files.add(&format!("{folder}/messages.proto"), head(id, &calls, &format!("lockstep/{id}/v1/types.proto")) + &calls);
    files.add(&format!("{folder}/types.proto"), head(id, &types, "") + &types);
    if let Some(name) = plan.service.known.grpc {
        let service = service_text(plan, name);
        let import = format!("lockstep/{id}/v1/messages.proto");
        files.add(&format!("{folder}/service.proto"), head(id, &service, &import) + &service);
    }
}

fn head(id: &str, body: &str, import: &str) -> String {
    let mut head = format!("// {MARK}\n\nsyntax = \"proto3\";\n\npackage lockstep.{id}.v1;\n\n");
    let timestamp = if body.contains("google.protobuf.Timestamp") { "google/protobuf/timestamp.proto" } else { "" };
    let imports: Vec<_> = [timestamp, import].into_iter().filter(|import| !import.is_empty()).collect();
    for import in &imports {
        let _ = writeln!(head, "import \"{import}\";");
    }
    if !imports.is_empty() {
        head.push('\n');
    }
    head
}

fn service_text(plan: &Plan<'_>, name: &str) -> String {
    let mut text = format!("// {}, version {}.\nservice {name} {{\n", name, plan.service.metadata("apiVersion"));
    for (operation, call) in plan.service.operations.iter().zip(plan.calls.chunks(2)) {
        let rpc = &operation.name;
        let _ = writeln!(text, "  // AWS's operation {rpc}.");
        let _ = writeln!(text, "  rpc {rpc}({}) returns ({});", call[0].name, call[1].name);
    }
    text + "}\n"
}

fn message_text(plan: &Plan<'_>, message: &Message<'_>, lock: &Lock) -> String {
    let mut text = format!("// {}\nmessage {} {{\n", message.comment, message.name);
    let is_present = |member: &str| message.fields.iter().any(|field| field.member == member);
    let owner = format!("{}.{}", plan.service.known.id, message.name);
    for (member, number) in lock.retired(&owner, is_present) {
        let _ = writeln!(text, "  reserved {number};\n  reserved \"{}\";", snake(member));
    }
    for field in &message.fields {
        let _ = writeln!(text, "  // {}", comment(plan, field));
        let _ = writeln!(text, "  {} {} = {}{};", kind(&field.kind), field.name, field.number, options(field));
    }
    text + "}\n\n"
}

fn options(field: &Field<'_>) -> String {
    let redact = if field.sensitive { ", debug_redact = true" } else { "" };
    format!(" [json_name = \"{}\"{redact}]", field.member)
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::List(inner) => format!("repeated {}", bare(inner)),
        Kind::Map(value) => format!("map<string, {}>", bare(value)),
        other => format!("optional {}", bare(other)),
    }
}

fn bare(kind: &Kind) -> &str {
    match kind {
        Kind::Text => "string",
        Kind::Blob => "bytes",
        Kind::Truth => "bool",
        Kind::Integer => "int32",
        Kind::Long => "int64",
        Kind::Time => "google.protobuf.Timestamp",
        Kind::Enumeration(name) | Kind::Message(name) => name,
        Kind::List(_) | Kind::Map(_) => unreachable!("the model nests no list or map in another"),
    }
}

/// What the model asks of a field, in one line.
fn comment(plan: &Plan<'_>, field: &Field<'_>) -> String {
    let mut parts = vec![constraints(field.shape)];
    if field.shape.kind() == "list"
        && let Ok(element) = field.shape.inner("member").and_then(|member| plan.service.shape(member))
    {
        let constraints = constraints(element);
        parts.push(if constraints.is_empty() { constraints } else { format!("Each: {constraints}") });
    }
    if field.required {
        parts.insert(0, "Required.".to_owned());
    }
    if field.sensitive {
        parts.push("Sensitive.".to_owned());
    }
    if field.deprecated {
        parts.push("Deprecated.".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { format!("AWS's member {}.", field.member) } else { parts.join(" ") }
}

fn constraints(shape: Shape<'_>) -> String {
    let unit = match shape.kind() {
        "string" => "Characters",
        "blob" => "Bytes",
        "list" | "map" => "Entries",
        _ => "Value",
    };
    let mut text = match (shape.number("min"), shape.number("max")) {
        (Some(min), Some(max)) => format!("{unit}: {min} to {max}."),
        (Some(min), None) => format!("{unit}: {min} or more."),
        (None, Some(max)) => format!("{unit}: at most {max}."),
        (None, None) => String::new(),
    };
    if let Some(pattern) = shape.pattern() {
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}Pattern: `{pattern}`.");
    }
    text
}

fn enumeration_text(plan: &Plan<'_>, enumeration: &Enumeration<'_>, lock: &Lock) -> String {
    let prefix = screaming(&enumeration.name);
    let mut text = format!("// AWS's enumeration {}.\nenum {} {{\n", enumeration.name, enumeration.name);
    let is_present = |value: &str| enumeration.values.iter().any(|(present, _)| *present == value);
    let owner = format!("{}.{}", plan.service.known.id, enumeration.name);
    for (value, number) in lock.retired(&owner, is_present) {
        let _ = writeln!(text, "  reserved {number};\n  reserved \"{prefix}_{}\";", screaming(value));
    }
    let _ = writeln!(text, "  // Never sent.\n  {prefix}_UNSPECIFIED = 0;");
    for (value, number) in &enumeration.values {
        let _ = writeln!(text, "  // \"{value}\"\n  {prefix}_{} = {number};", screaming(value));
    }
    text + "}\n\n"
}
