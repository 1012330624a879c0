//! Data types: what a value is said to be.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html>. Values of `text` are
//! not checked; those of the other types would be, so they are refused until they are.

use crate::SsmError;

/// What a value is unless its request says otherwise.
pub(crate) const TEXT: &str = "text";

/// The data types of AWS's whose values are not checked here yet.
const OTHERS: [&str; 15] = [
    "aws:account:id",
    "aws:ec2:image",
    "aws:region",
    "aws:ssm:integration",
    "binary",
    "boolean",
    "email",
    "float",
    "hostname",
    "integer",
    "ipv4-address",
    "ipv6-address",
    "json",
    "jsonc",
    "url",
];

/// Holds a request to the data types that there are.
pub(crate) fn check(data_type: Option<&str>) -> Result<(), SsmError> {
    match data_type {
        None | Some(TEXT) => Ok(()),
        Some(other) if OTHERS.contains(&other) => {
            Err(SsmError::Validation(format!("The data type {other} is not supported by this cluster.")))
        }
        Some(other) => Err(SsmError::Validation(format!(
            "The following data type is not supported: {other} (Data type names are all lowercase.)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_and_every_other_type_is_refused() {
        assert_eq!((check(None), check(Some(TEXT))), (Ok(()), Ok(())));
        for other in OTHERS {
            let text = check(Some(other)).expect_err("not built").to_string();
            assert_eq!(text, format!("The data type {other} is not supported by this cluster."));
        }
        for stranger in ["Text", "", "aws:ec2:ami"] {
            let text = check(Some(stranger)).expect_err("unknown").to_string();
            let expected = "The following data type is not supported: ";
            assert_eq!(text, format!("{expected}{stranger} (Data type names are all lowercase.)"));
        }
    }
}
