//! AWS's patterns, which are Java's, in the syntax of the `regex` crate.

/// Patterns with look-around, which the crate does not have, and what they mean. The first reads "not only blanks"; it
/// is taken to allow line breaks, since the policies that it guards are JSON documents.
const BY_HAND: &[(&str, &str)] = &[(r"^(?!\s*$).+", r"(?s).*[^\t\n\x0B\x0C\r ].*")];

/// The same pattern for the `regex` crate. It must match a text from end to end.
pub fn translated(pattern: &str) -> String {
    if let Some((_, meant)) = BY_HAND.iter().find(|(written, _)| *written == pattern) {
        return (*meant).to_owned();
    }
    // Java reads `\u10000` as four digits and a zero; what is meant is the range above the basic plane.
    let pattern = pattern.replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}");
    let mut out = String::new();
    let mut in_class = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out += &escape(&mut letters, in_class),
            _ => {
                in_class = (in_class || letter == '[') && letter != ']';
                out.push(letter);
            }
        }
    }
    out
}

/// Java's classes are ASCII where the crate's are Unicode.
fn escape(letters: &mut std::str::Chars<'_>, in_class: bool) -> String {
    let class = |members: &str| if in_class { members.to_owned() } else { format!("[{members}]") };
    match letters.next() {
        Some('w') => class("0-9A-Za-z_"),
        Some('d') => class("0-9"),
        Some('s') => class(r"\t\n\x0B\x0C\r "),
        Some('u') => format!(r"\x{{{}}}", letters.by_ref().take(4).collect::<String>()),
        Some(other) => format!("\\{other}"),
        None => "\\".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn java_becomes_the_crates_syntax() {
        for (java, expected) in [
            (r"[\w]+", "[0-9A-Za-z_]+"),
            (r"^([a-z]+-){2,3}\d+$", "^([a-z]+-){2,3}[0-9]+$"),
            (r"[\u0020-\u00FF]*", r"[\x{0020}-\x{00FF}]*"),
            (r"[\uE000-\uFFFD\u10000-\u10FFFF]+", r"[\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]+"),
            (r"^[a-zA-Z0-9:/_\s.-]+$", r"^[a-zA-Z0-9:/_\t\n\x0B\x0C\r .-]+$"),
            (r"a\.b\\", r"a\.b\\"),
        ] {
            assert_eq!(translated(java), expected);
        }
    }
}
