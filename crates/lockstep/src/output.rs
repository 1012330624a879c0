//! What goes to the screen. No colours, so that there is nothing for NO_COLOR to switch off.

use clap::ValueEnum;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;
use std::io::Write as _;

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// A line on standard output. Whoever closed it wants no more.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "lockstep: {line}");
}

/// A document on standard output.
pub fn say_json(document: &impl Serialize) {
    say(&serde_json::to_string_pretty(document).expect("texts, numbers and lists serialise"));
}

/// Rows under a heading, in columns.
pub fn table<R: IntoIterator<Item = String>>(heading: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(heading.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}
