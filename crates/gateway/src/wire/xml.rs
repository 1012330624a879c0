//! XML, as AWS Query answers it: elements and text.

use crate::schema::{Kind, Member, Message, Schema};
use serde_json::Value;

/// Appends an element that holds text.
pub(super) fn text_element(out: &mut String, name: &str, text: &str) {
    element(out, name, |out| escape(out, text));
}

/// Appends an element that holds what `inner` appends. Names come from AWS's model, so they need no escape.
pub(super) fn element(out: &mut String, name: &str, inner: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    inner(out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends an element for each member.
pub(super) fn members(out: &mut String, value: &Value, schema: &Schema, message: &Message) {
    let Value::Object(members) = value else { return };
    for (name, value) in members {
        if let Some(member) = message.member(name) {
            member_element(out, name, value, schema, member);
        }
    }
}

fn member_element(out: &mut String, name: &str, value: &Value, schema: &Schema, member: &Member) {
    match value {
        Value::Null => {}
        Value::Array(entries) => element(out, name, |out| {
            for entry in entries {
                element(out, "member", |out| content(out, entry, schema, &member.kind));
            }
        }),
        _ => element(out, name, |out| content(out, value, schema, &member.kind)),
    }
}

fn content(out: &mut String, value: &Value, schema: &Schema, kind: &Kind) {
    match (kind, value) {
        (Kind::Message(key), _) => {
            let message = schema.message(key).expect("the descriptors hold every message that they name");
            members(out, value, schema, message);
        }
        (Kind::Time, Value::Number(seconds)) => escape(out, &iso_8601(seconds.as_f64().unwrap_or_default())),
        (_, Value::String(text)) => escape(out, text),
        _ => escape(out, &value.to_string()),
    }
}

fn iso_8601(epoch_seconds: f64) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "moments of this service fit, and others are clamped")]
    let millis = (epoch_seconds * 1000.0).round() as i64;
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(letter))),
            // XML 1.0 has no form for these at all.
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
}
