//! The date of a signature: `X-Amz-Date`, or else `Date`.

use super::request::SignedRequest;
use crate::AuthError;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use replica::Timestamp;

const BASIC: &str = "%Y%m%dT%H%M%SZ";
/// What a text of that form looks like, digit for digit: strptime itself would let other widths pass.
const BASIC_SHAPE: &[u8] = b"00000000T000000Z";

/// When a request says that it was signed, to the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedDate {
    basic: String,
    at: Timestamp,
}

impl SignedDate {
    /// `YYYYMMDD`, as in a scope.
    pub fn day(&self) -> &str {
        &self.basic[..8]
    }

    /// `YYYYMMDDTHHMMSSZ`, as in a string to sign.
    pub fn basic(&self) -> &str {
        &self.basic
    }

    /// As a moment; what lies before 1970 becomes 1970, which is long out of date.
    pub fn timestamp(&self) -> Timestamp {
        self.at
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
    let same_shape = |(&byte, &shape): (&u8, &u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    if text.len() != BASIC_SHAPE.len() || !text.as_bytes().iter().zip(BASIC_SHAPE).all(same_shape) {
        return None;
    }
    let moment = TimeZone::UTC.to_timestamp(DateTime::strptime(BASIC, text).ok()?).ok()?;
    Some(SignedDate { basic: text.to_owned(), at: clamp(moment) })
}

fn parse_http(text: &str) -> Option<SignedDate> {
    let moment = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(SignedDate { basic: moment.strftime(BASIC).to_string(), at: clamp(moment) })
}

fn clamp(moment: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(u64::try_from(moment.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PayloadHash;

    fn check(name: &str, value: &str, basic: Option<&str>) {
        let headers = [(name, value.as_bytes())];
        let payload = PayloadHash::Unsigned;
        let request = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, payload, service: None };
        match (of(&request), basic) {
            (Ok(date), Some(basic)) => {
                assert_eq!((date.basic(), date.day()), (basic, &basic[..8]), "{value}");
                assert_eq!(super::basic(date.timestamp()), basic, "{value}");
            }
            (found, basic) => assert_eq!(found.err(), Some(AuthError::Date { date: value.to_owned() }), "{basic:?}"),
        }
    }

    #[test]
    fn dates_are_read_in_the_two_forms_of_aws() {
        check("x-amz-date", "20150830T123600Z", Some("20150830T123600Z"));
        check("x-amz-date", "20240229T235959Z", Some("20240229T235959Z"));
        check("date", "20150830T123600Z", Some("20150830T123600Z"));
        check("date", "Sun, 30 Aug 2015 12:36:00 GMT", Some("20150830T123600Z"));
        check("date", "Sun, 30 Aug 2015 14:36:00 +0200", Some("20150830T123600Z"));
    }

    #[test]
    fn other_dates_are_refused() {
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "20150830t123600z",
            "2015-08-30T12:36:00Z",
            "20150230T123600Z",
            "20151330T123600Z",
            "20150830T243600Z",
            "+2015083T123600Z",
            "20150830T 23600Z",
            "1440938160",
            "Sun, 30 Aug 2015 12:36:00 GMT",
        ] {
            check("x-amz-date", text, None);
        }
        check("date", "Mon, 30 Aug 2015 12:36:00 GMT", None);
        check("date", "yesterday", None);
    }
}
