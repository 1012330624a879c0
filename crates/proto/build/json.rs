//! Gives every message the serde attributes of AWS JSON: each field names its kind in `crate::json::wire`.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use tonic_prost_build::Builder;

/// Answers that carry a collection: AWS writes their lists even when they are empty, and clients rely on it. In all
/// other messages an empty list is not written.
const COLLECTION_ANSWERS: &[&str] = &[
    "BatchGet",
    "DeleteParametersResponse",
    "DescribeCustomKeyStores",
    "DescribeParameters",
    "GetParameterHistory",
    "GetParametersBy",
    "GetParametersResponse",
    "GetResourcePolicies",
    "LabelParameterVersion",
    "List",
    "UnlabelParameterVersion",
];

/// Entries of collections whose own lists AWS writes even when they are empty.
const ENTRIES_WITH_LISTS: &[&str] = &["ParameterHistory", "ParameterMetadata"];

/// Adds the attributes of every message.
pub fn attributes(mut builder: Builder, files: &FileDescriptorSet) -> Builder {
    for file in files.file.iter().filter(|file| file.package().starts_with("lockstep.")) {
        for message in &file.message_type {
            builder = message_attributes(builder, file.package(), message);
        }
    }
    builder
}

fn message_attributes(mut builder: Builder, package: &str, message: &DescriptorProto) -> Builder {
    let path = format!(".{package}.{}", message.name());
    builder = builder.message_attribute(&path, "#[derive(serde::Serialize, serde::Deserialize)]");
    builder = builder.message_attribute(&path, "#[serde(default)]");
    if is_wrapper(message) {
        builder = builder.message_attribute(&path, "#[serde(transparent)]");
    }
    for field in &message.field {
        let attribute = format!("#[serde({})]", arguments(message, field));
        builder = builder.field_attribute(format!("{path}.{}", field.name()), attribute);
    }
    builder
}

fn arguments(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let (with, absent) = match map_value(message, field) {
        Some(value) => {
            (format!("Map::<{}>", kind(value).replace("Text", "LooseText")), "std::collections::BTreeMap::is_empty")
        }
        None if field.label() == Label::Repeated => (format!("List::<{}>", kind(field)), "Vec::is_empty"),
        None => (format!("Maybe::<{}>", kind(field)), "Option::is_none"),
    };
    let mut arguments = format!("rename = {:?}, with = {:?}", field.json_name(), in_wire(&with));
    let is_collection = ENTRIES_WITH_LISTS.contains(&message.name())
        || (message.name().ends_with("Response") && begins_with_any(message.name()));
    if !(is_wrapper(message) || is_collection && absent == "Vec::is_empty") {
        arguments += &format!(", skip_serializing_if = {absent:?}");
    }
    arguments
}

fn begins_with_any(name: &str) -> bool {
    COLLECTION_ANSWERS.iter().any(|answer| name.starts_with(answer))
}

/// The field with a map's values; none when the field is no map.
fn map_value<'a>(message: &'a DescriptorProto, field: &FieldDescriptorProto) -> Option<&'a FieldDescriptorProto> {
    let entry =
        message.nested_type.iter().find(|nested| field.type_name().ends_with(&format!(".{}", nested.name())))?;
    entry.field.iter().find(|part| part.name() == "value")
}

/// A message around a map's list, of which JSON shows only the list.
fn is_wrapper(message: &DescriptorProto) -> bool {
    matches!(message.field.as_slice(), [only] if only.name() == "items" && only.json_name() == "items")
}

fn kind(field: &FieldDescriptorProto) -> String {
    let local = || {
        let name = field.type_name().trim_start_matches('.').trim_start_matches("lockstep.");
        format!("crate::{}", name.replace('.', "::"))
    };
    match field.r#type() {
        Type::String => "Text".to_owned(),
        Type::Bytes => "Blob".to_owned(),
        Type::Bool => "Truth".to_owned(),
        Type::Int32 => "Integer".to_owned(),
        Type::Int64 => "Long".to_owned(),
        Type::Enum => format!("EnumOf::<{}>", local()),
        Type::Message if field.type_name() == ".google.protobuf.Timestamp" => "Time".to_owned(),
        Type::Message if field.type_name().ends_with("List") => format!("Bare::<{}>", local()),
        Type::Message => format!("Structure::<{}>", local()),
        other => panic!("{} is a {other:?}, for which JSON has no form yet", field.name()),
    }
}

/// The kinds by their full paths.
fn in_wire(with: &str) -> String {
    let mut out = String::new();
    for part in with.split_inclusive('<') {
        let is_local = part.starts_with("crate::");
        out += if is_local { "" } else { "crate::json::wire::" };
        out += part;
    }
    out
}
