//! Writes the errors of a service: code, HTTP status, and how AWS spells the member with the message.

use super::model::Shape;
use super::output::Files;
use super::plan::Plan;
use std::fmt::Write as _;

/// Statuses that AWS sends and the model does not say.
const STATUS: &[(&str, i64)] = &[("DependencyTimeoutException", 503)];

/// Adds the table of a service.
pub fn write(plan: &Plan<'_>, files: &mut Files) {
    let mut errors: Vec<Shape<'_>> = plan.service.errors().collect();
    errors.sort_by_key(|error| error.error_code());
    let mut body = format!(
        "use crate::errors::ErrorShape;\n\n\
         /// In the order of their codes, which look-ups rely on.\n\
         pub(crate) static ERRORS: [ErrorShape; {}] = [\n",
        errors.len()
    );
    for error in errors {
        let _ = writeln!(
            body,
            "ErrorShape {{ code: {:?}, http_status: {}, message_member: {:?}, fault: {} }},",
            error.error_code(),
            status(error),
            message_member(error),
            error.flag("fault"),
        );
    }
    let id = plan.service.known.id;
    files.add_table(id, "errors", &format!("The errors of {id}."), &(body + "];\n"));
}

fn status(error: Shape<'_>) -> i64 {
    let known = STATUS.iter().find(|(code, _)| *code == error.error_code()).map(|(_, status)| *status);
    let by_fault = if error.flag("fault") { 500 } else { 400 };
    known.or(error.http_status()).unwrap_or(by_fault)
}

/// `message` or `Message`; an error that the model gives no member gets the spelling of most.
fn message_member(error: Shape<'_>) -> &str {
    error.members().map(|(member, _)| member).find(|member| member.eq_ignore_ascii_case("message")).unwrap_or("message")
}
