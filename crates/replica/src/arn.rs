//! Names of things: partition, Region, account, and the ARN made of them.
//!
//! Form: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use std::fmt;
use std::str::FromStr;

/// A text that is not of the form its type asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a {1}")]
pub struct NotA(pub String, pub &'static str);

/// A partition of ARNs, such as `aws`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(String);

impl Partition {
    /// The partition that a Region belongs to.
    pub fn of(region: &Region) -> Self {
        let name = match region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Self(name.to_owned())
    }

    /// As written in an ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Region's name, such as `us-east-1`: 1 to 63 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// Longest name, in bytes: it has to fit a DNS label.
    pub const BYTES_MAX: usize = 63;

    /// As written in an ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Region {
    /// Whether the name is of the form that AWS gives its Regions: words and a number, as in `us-gov-west-1`.
    pub fn is_of_aws_form(&self) -> bool {
        let Some((words, number)) = self.0.rsplit_once('-') else { return false };
        let area = words.split('-').next().is_some_and(|area| (2..=4).contains(&area.len()));
        let letters = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        let digits = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        area && digits && words.contains('-') && words.split('-').all(letters)
    }
}

impl FromStr for Region {
    type Err = NotA;

    fn from_str(text: &str) -> Result<Self, NotA> {
        let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if text.is_empty() || text.len() > Self::BYTES_MAX || !letters {
            return Err(NotA(text.to_owned(), "Region"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account: twelve decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// As written in an ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ARN of the account's root, `arn:aws:iam::<account>:root`.
    pub fn root_arn(&self, partition: &Partition) -> Arn {
        Arn {
            partition: partition.as_str().to_owned(),
            service: "iam".to_owned(),
            region: String::new(),
            account: self.0.clone(),
            resource: "root".to_owned(),
        }
    }
}

impl FromStr for AccountId {
    type Err = NotA;

    fn from_str(text: &str) -> Result<Self, NotA> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotA(text.to_owned(), "account id"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An Amazon Resource Name, taken apart. Parts may be empty; the resource may hold colons.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// Such as `aws`.
    pub partition: String,
    /// Such as `kms`.
    pub service: String,
    /// Such as `us-east-1`; empty for global services.
    pub region: String,
    /// Twelve digits; empty for some services.
    pub account: String,
    /// What follows the fifth colon, such as `key/1234abcd-…`.
    pub resource: String,
}

impl Arn {
    /// The name of `resource` of a regional service.
    pub fn new(service: &str, region: &Region, account: &AccountId, resource: impl Into<String>) -> Self {
        Self {
            partition: Partition::of(region).as_str().to_owned(),
            service: service.to_owned(),
            region: region.as_str().to_owned(),
            account: account.as_str().to_owned(),
            resource: resource.into(),
        }
    }
}

impl FromStr for Arn {
    type Err = NotA;

    fn from_str(text: &str) -> Result<Self, NotA> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(|| NotA(text.to_owned(), "ARN"));
        if next()? != "arn" {
            return Err(NotA(text.to_owned(), "ARN"));
        }
        Ok(Self {
            partition: next()?.to_owned(),
            service: next()?.to_owned(),
            region: next()?.to_owned(),
            account: next()?.to_owned(),
            resource: next()?.to_owned(),
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_read_as_they_are_written() {
        for text in [
            "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:iam::000000000000:root",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b:3",
        ] {
            assert_eq!(text.parse::<Arn>().expect(text).to_string(), text);
        }
        for text in ["", "arn", "arn:aws:kms:us-east-1:0", "urn:aws:kms:us-east-1:0:key/x"] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_and_regions_are_held_to_their_form() {
        assert!("000000000000".parse::<AccountId>().is_ok());
        for text in ["", "00000000000", "0000000000000", "00000000000a"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        assert!("us-east-1".parse::<Region>().is_ok());
        for text in ["", "US-EAST-1", "us east", "a:b"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
        let of_aws_form = |text: &str| text.parse::<Region>().expect("a Region").is_of_aws_form();
        for text in ["us-east-1", "us-gov-west-1", "ap-southeast-12", "cn-north-1", "eusc-de-east-1"] {
            assert!(of_aws_form(text), "{text}");
        }
        for text in ["nope", "us-east", "us-east-1a", "us-1", "-us-east-1", "us--1", "us-east-100", "1-2-3"] {
            assert!(!of_aws_form(text), "{text}");
        }
    }
}
