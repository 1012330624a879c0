//! The date of a signature: `X-Amz-Date`, or else `Date`.

use super::request::SignedRequest;
use crate::AuthError;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use replica::Timestamp;

const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// When a request says that it was signed, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignedDate(DateTime);

impl SignedDate {
    /// `YYYYMMDD`, as in a scope.
    pub fn day(&self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    /// `YYYYMMDDTHHMMSSZ`, as in a string to sign.
    pub fn basic(&self) -> String {
        self.0.strftime(BASIC).to_string()
    }

    /// As a moment; what lies before 1970 becomes 1970, which is long out of date.
    pub fn timestamp(&self) -> Timestamp {
        let moment = TimeZone::UTC.to_timestamp(self.0).ok();
        let millis = moment.map_or(0, |moment| moment.as_millisecond());
        Timestamp::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

/// The date of `request`.
pub(super) fn of(request: &SignedRequest) -> Result<SignedDate, AuthError> {
    if let Some(text) = request.single("x-amz-date")? {
        return parse_basic(text).ok_or_else(|| AuthError::Date { date: text.to_owned() });
    }
    let text = request.single("date")?.unwrap_or_default();
    parse_basic(text).or_else(|| parse_http(text)).ok_or_else(|| AuthError::Date { date: text.to_owned() })
}

/// `YYYYMMDDTHHMMSSZ` of `at`.
pub(super) fn basic(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    moment.strftime(BASIC).to_string()
}

fn parse_basic(text: &str) -> Option<SignedDate> {
    let date = SignedDate(DateTime::strptime(BASIC, text).ok()?);
    // strptime is lenient about blanks and lengths, and the text is part of what was signed.
    (date.basic() == text).then_some(date)
}

fn parse_http(text: &str) -> Option<SignedDate> {
    let moment = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(SignedDate(TimeZone::UTC.to_datetime(moment)))
}
