//! What CloudTrail says of an operation by its name alone.

/// Beginnings of the names of operations that change nothing. CloudTrail counts the use of a key as reading.
const READ_ONLY_PREFIXES: &[&str] = &[
    "BatchGet",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "Describe",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateMac",
    "GenerateRandom",
    "Get",
    "List",
    "ReEncrypt",
    "Sign",
    "Validate",
    "Verify",
];

/// Whether the operation changes nothing: `readOnly` of its record.
pub fn is_read_only(operation: &str) -> bool {
    READ_ONLY_PREFIXES.iter().any(|prefix| operation.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_and_reads_are_read_only_and_changes_are_not() {
        let rows = [
            ("Encrypt", true),
            ("GenerateDataKeyWithoutPlaintext", true),
            ("DescribeKey", true),
            ("GetParametersByPath", true),
            ("CreateKey", false),
            ("PutParameter", false),
            ("DisableKey", false),
            ("UpdateKeyDescription", false),
        ];
        for (operation, expected) in rows {
            assert_eq!(is_read_only(operation), expected, "{operation}");
        }
    }
}
