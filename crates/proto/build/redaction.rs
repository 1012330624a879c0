//! Debug of messages with sensitive fields: every other field as usual, these as `[redacted]`.

use prost_types::{DescriptorProto, FileDescriptorSet};
use std::collections::BTreeSet;

/// The full names of fields marked `debug_redact`. prost's own descriptors do not know the mark; protox's do.
pub fn redacted_fields(compiler: &protox::Compiler) -> BTreeSet<String> {
    let mut redacted = BTreeSet::new();
    for message in compiler.descriptor_pool().all_messages() {
        for field in message.fields() {
            let options = field.options();
            let mark = options.get_field_by_name("debug_redact").and_then(|mark| mark.as_bool());
            if mark == Some(true) {
                redacted.insert(field.full_name().to_owned());
            }
        }
    }
    assert!(!redacted.is_empty(), "the API has sensitive fields, so their mark is not being read");
    redacted
}

/// The paths of the messages that hold such fields.
pub fn messages_of(redacted: &BTreeSet<String>) -> BTreeSet<String> {
    redacted.iter().filter_map(|field| Some(format!(".{}", field.rsplit_once('.')?.0))).collect()
}

/// Their Debug implementations.
pub fn debug_impls(files: &FileDescriptorSet, redacted: &BTreeSet<String>) -> String {
    let messages = messages_of(redacted);
    let mut text = String::new();
    for file in &files.file {
        for message in &file.message_type {
            let path = format!("{}.{}", file.package(), message.name());
            if messages.contains(&format!(".{path}")) {
                text += &debug_impl(&path, message, redacted);
            }
        }
    }
    text
}

fn debug_impl(path: &str, message: &DescriptorProto, redacted: &BTreeSet<String>) -> String {
    let rust = path.trim_start_matches("lockstep.").replace('.', "::");
    let mut fields = String::new();
    for field in &message.field {
        let name = field.name();
        let value = if redacted.contains(&format!("{path}.{name}")) { "&crate::redaction::Redacted" } else { "&self." };
        let value = if value.ends_with('.') { format!("{value}{}", rust_field(name)) } else { value.to_owned() };
        fields += &format!(".field({name:?}, {value})");
    }
    format!(
        "impl std::fmt::Debug for crate::{rust} {{\n\
         fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n\
         f.debug_struct({:?}){fields}.finish()\n}}\n}}\n",
        message.name()
    )
}

fn rust_field(name: &str) -> String {
    if name == "type" { "r#type".to_owned() } else { name.to_owned() }
}
