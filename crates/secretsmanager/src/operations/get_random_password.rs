//! GetRandomPassword: draws a password. Nothing of it is kept.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>

use crate::limits::PASSWORD_CHARS_DEFAULT;
use crate::secret_id::arn_of;
use crate::{SecretsError, SecretsManager, draw};
use crypto::Secret;
use proto::secretsmanager::v1::{GetRandomPasswordRequest, GetRandomPasswordResponse};
use service::{Call, Fault};
use std::sync::Arc;

const LOWERCASE: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPERCASE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const SPACE: &str = " ";

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: GetRandomPasswordRequest,
) -> Result<GetRandomPasswordResponse, Fault> {
    let view = secrets.replica.read().await?;
    let any = arn_of(&call.region, &call.caller.account, "*");
    let _permit = secrets.authorize(&*view, &call, "secretsmanager:GetRandomPassword", &any, &[])?;
    let password = draw_password(&request)?;
    let text = String::from_utf8(password.expose_secret().to_vec()).expect("every alphabet is ASCII");
    Ok(GetRandomPasswordResponse { random_password: Some(text) })
}

fn draw_password(request: &GetRandomPasswordRequest) -> Result<Secret, SecretsError> {
    let kinds = kinds(request);
    let all: Vec<u8> = kinds.concat();
    if all.is_empty() {
        return Err(SecretsError::invalid("The request excludes every character."));
    }
    let length = usize::try_from(request.password_length.unwrap_or(PASSWORD_CHARS_DEFAULT)).unwrap_or_default();
    let required = if request.require_each_included_type.unwrap_or(true) { kinds.as_slice() } else { &[] };
    if length < required.len() {
        return Err(SecretsError::invalid("The password length is too short based on the required types."));
    }
    let mut password = Vec::with_capacity(length);
    password.extend(required.iter().map(|kind| draw::pick(kind)));
    password.extend((password.len()..length).map(|_| draw::pick(&all)));
    for last in (1..password.len()).rev() {
        password.swap(last, draw::below(last + 1));
    }
    Ok(Secret::new(password))
}

/// The alphabets that the request asks for, without what it excludes; none of them empty.
fn kinds(request: &GetRandomPasswordRequest) -> Vec<Vec<u8>> {
    let excluded = request.exclude_characters.as_deref().unwrap_or_default();
    let included = [
        (LOWERCASE, request.exclude_lowercase != Some(true)),
        (UPPERCASE, request.exclude_uppercase != Some(true)),
        (NUMBERS, request.exclude_numbers != Some(true)),
        (PUNCTUATION, request.exclude_punctuation != Some(true)),
        (SPACE, request.include_space == Some(true)),
    ];
    let alphabets = included.into_iter().filter(|(_, wanted)| *wanted).map(|(alphabet, _)| alphabet);
    let left =
        alphabets.map(|alphabet| alphabet.bytes().filter(|byte| !excluded.contains(char::from(*byte))).collect());
    left.filter(|alphabet: &Vec<u8>| !alphabet.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;

    fn password(request: GetRandomPasswordRequest) -> String {
        World::new().run(run, request).expect("drawn").random_password.expect("a password")
    }

    fn has(password: &str, alphabet: &str) -> bool {
        password.chars().any(|letter| alphabet.contains(letter))
    }

    #[test]
    fn a_password_has_every_kind_that_is_asked_for() {
        for length in [None, Some(4), Some(4_096)] {
            let drawn = password(GetRandomPasswordRequest { password_length: length, ..Default::default() });
            assert_eq!(drawn.len(), usize::try_from(length.unwrap_or(32)).expect("small"));
            for alphabet in [LOWERCASE, UPPERCASE, NUMBERS, PUNCTUATION] {
                assert!(has(&drawn, alphabet), "{drawn} lacks {alphabet}");
            }
            assert!(!drawn.contains(' '));
        }
        let spaced = GetRandomPasswordRequest { include_space: Some(true), ..Default::default() };
        assert!(password(spaced).contains(' '));
    }

    #[test]
    fn what_is_excluded_is_not_drawn() {
        let request = GetRandomPasswordRequest {
            password_length: Some(4_096),
            exclude_characters: Some("abc0\u{e4}".to_owned()),
            exclude_uppercase: Some(true),
            exclude_punctuation: Some(true),
            ..Default::default()
        };
        let drawn = password(request);
        assert!(!has(&drawn, "abc0") && !has(&drawn, UPPERCASE) && !has(&drawn, PUNCTUATION), "{drawn}");
        assert!(has(&drawn, "defghijklmnopqrstuvwxyz") && has(&drawn, "123456789"));
    }

    #[test]
    fn the_first_letters_are_of_no_fixed_kind() {
        let firsts: Vec<char> =
            (0..200).filter_map(|_| password(GetRandomPasswordRequest::default()).chars().next()).collect();
        assert!(firsts.iter().any(|first| !first.is_ascii_lowercase()));
    }

    #[test]
    fn impossible_passwords_are_refused() {
        let short = GetRandomPasswordRequest { password_length: Some(3), ..Default::default() };
        let none = GetRandomPasswordRequest {
            exclude_lowercase: Some(true),
            exclude_uppercase: Some(true),
            exclude_numbers: Some(true),
            exclude_punctuation: Some(true),
            ..Default::default()
        };
        for request in [short.clone(), none] {
            assert_eq!(World::new().run(run, request).expect_err("refused").code, "InvalidParameterException");
        }
        let free = GetRandomPasswordRequest { require_each_included_type: Some(false), ..short };
        assert_eq!(password(free).len(), 3);
    }
}
