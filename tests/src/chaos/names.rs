//! The names and texts that stand for the load's numbers.

use super::ground::Ground;

/// A parameter's name.
pub fn parameter(number: u32) -> String {
    format!("/chaos/{number}")
}

/// Whether a parameter is a SecureString: every second one.
pub fn is_secure(number: u32) -> bool {
    number % 2 == 1
}

/// The text of a parameter's value. What is to stay secret holds the marker that is searched for.
pub fn parameter_value(ground: &Ground, number: u32, value: u32) -> String {
    let of = if is_secure(number) { ground.marker() } else { "plain" };
    format!("{of}-{value}")
}

/// An alias's name.
pub fn alias(number: u32) -> String {
    format!("alias/chaos-{number}")
}

/// A secret's name.
pub fn secret(number: u32) -> String {
    format!("chaos/{number}")
}

/// The token, and so the id, of a secret's version.
pub fn token(number: u32, version: u32) -> String {
    format!("{number:0>16}-{version:0>16}")
}

/// The version that a token names.
pub fn version_of(number: u32, token: &str) -> Option<u32> {
    let version = number_behind(token)?;
    (self::token(number, version) == token).then_some(version)
}

/// The value of a secret's version.
pub fn secret_value(ground: &Ground, version: u32) -> String {
    format!("{}-{version}", ground.marker())
}

/// A text to encrypt.
pub fn plaintext(ground: &Ground, number: u32) -> Vec<u8> {
    format!("{}-plaintext-{number}", ground.marker()).into_bytes()
}

/// The number at the end of a text.
pub fn number_behind(text: &str) -> Option<u32> {
    text.rsplit_once('-')?.1.parse().ok()
}
