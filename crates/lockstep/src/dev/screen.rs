//! What a developer sees when the cluster is up: where it is, what to type, and how to break and mend it.

use super::layout::Layout;
use crate::status::{NodeStatus, as_table};
use std::path::Path;

/// The whole screen.
pub fn welcome(endpoint: &str, layout: &Layout, nodes: &[NodeStatus], data: &Path, ephemeral: bool) -> String {
    let zones = match layout.zones.len() {
        1 => "1 zone".to_owned(),
        count => format!("{count} zones"),
    };
    let kept = if ephemeral { ", removed when this command ends" } else { "" };
    let starts: Vec<String> = layout.zones.iter().zip(nodes).map(|(zone, node)| life_and_death(zone, node)).collect();
    format!(
        "\nLockstep is up: {zones} of {regions}, account {account}, endpoint {endpoint}\n\
         \n{table}\n\
         \nPoint a client at it:\n\
         \x20 export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} AWS_DEFAULT_REGION={region}\n\
         \x20 export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n\
         \x20 aws kms create-key --description demo\n\
         \nKill a zone, and start it again:\n{starts}\n\
         \n`lockstep status` says how they stand. The data is in {data}{kept}.\n\
         ^C ends the cluster.\n",
        regions = layout.regions().join(", "),
        region = layout.region,
        account = layout.account,
        table = as_table(nodes),
        starts = starts.join("\n"),
        data = data.display(),
    )
}

fn life_and_death(zone: &super::layout::Zone, node: &NodeStatus) -> String {
    let pid = node.pid.map_or_else(|| "PID".to_owned(), |pid| pid.to_string());
    let line = zone.start_line().map(|line| quoted(&line)).unwrap_or_default();
    format!("  {}:  kill -9 {pid}\n      {line}", zone.zone)
}

/// A command line as a shell takes it.
pub fn quoted(line: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,+@%".contains(c);
    let quote = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    line.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_line_as_it_was() {
        let line = ["/a b/c", "it's", "", "$HOME", "plain-1.2/x", "`x`;*"].map(str::to_owned);
        let script = format!("printf '%s\\n' {}", quoted(&line));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh runs");
        let read: Vec<String> = String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect();
        assert_eq!(read, line);
    }
}
