//! Names in the three spellings that protobuf and Rust ask for.

/// Cuts an AWS name into words: `KMSKeyId` is `KMS`, `Key`, `Id`; `Intelligent-Tiering` is `Intelligent`, `Tiering`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &letter) in letters.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| letters[before]);
            let after = letters.get(at + 1);
            let begins = letter.is_ascii_uppercase()
                && before.is_some_and(|before| {
                    !before.is_ascii_uppercase() || after.is_some_and(|after| after.is_ascii_lowercase())
                });
            if begins {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter);
        }
        words.push(word);
    }
    words
}

/// `KmsKeyId` as `kms_key_id`.
pub fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().join("_")
}

/// `RSAES_OAEP_SHA_1` and `SecureString` as `RSAES_OAEP_SHA_1` and `SECURE_STRING`.
pub fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// `AssumeRoleWithSAML` as `AssumeRoleWithSaml`, which protobuf and Rust spell alike.
pub fn camel(name: &str) -> String {
    words(name).iter().map(|word| capitalized(&word.to_ascii_lowercase())).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The spelling of a member in AWS's validation messages: `KeyId` as `keyId`.
pub fn in_message(member: &str) -> String {
    let mut letters = member.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// A field's name in Rust.
pub fn rust_field(snake: &str) -> String {
    if ["type", "match", "move", "ref", "use", "where", "in", "for"].contains(&snake) {
        format!("r#{snake}")
    } else {
        snake.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_words() {
        for (name, expected_snake, expected_camel) in [
            ("KeyId", "key_id", "KeyId"),
            ("KMSKeyId", "kms_key_id", "KmsKeyId"),
            ("ARN", "arn", "Arn"),
            ("RotationLambdaARN", "rotation_lambda_arn", "RotationLambdaArn"),
            ("AWSAccountId", "aws_account_id", "AwsAccountId"),
            ("AssumeRoleWithSAML", "assume_role_with_saml", "AssumeRoleWithSaml"),
            ("arnType", "arn_type", "ArnType"),
            ("Intelligent-Tiering", "intelligent_tiering", "IntelligentTiering"),
            ("RSAES_OAEP_SHA_256", "rsaes_oaep_sha_256", "RsaesOaepSha256"),
        ] {
            assert_eq!(snake(name), expected_snake);
            assert_eq!(camel(name), expected_camel);
        }
        assert_eq!(screaming("SecureString"), "SECURE_STRING");
        assert_eq!(in_message("KeyId"), "keyId");
    }
}
