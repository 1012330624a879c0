//! `application/x-www-form-urlencoded`, as AWS Query uses it.

/// The pairs of a form, in the order sent; `None` when its escapes or its UTF-8 are broken.
pub(super) fn pairs(body: &[u8]) -> Option<Vec<(String, String)>> {
    let pieces = body.split(|&byte| byte == b'&').filter(|piece| !piece.is_empty());
    pieces.map(pair).collect()
}

fn pair(piece: &[u8]) -> Option<(String, String)> {
    let end = piece.iter().position(|&byte| byte == b'=').unwrap_or(piece.len());
    let value = piece.get(end + 1..).unwrap_or_default();
    Some((decoded(&piece[..end])?, decoded(value)?))
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(*rest.next()?)? * 16 + digit(*rest.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_or_refused() {
        let rows = [
            ("", Some(vec![])),
            ("Action=A&Version=1", Some(vec![("Action", "A"), ("Version", "1")])),
            ("a=b+c%26%3D%C3%A4&&d", Some(vec![("a", "b c&=ä"), ("d", "")])),
            ("a=b=c", Some(vec![("a", "b=c")])),
            ("a=%", None),
            ("a=%zz", None),
            ("a=%ff", None),
        ];
        for (body, expected) in rows {
            let found = pairs(body.as_bytes());
            let found: Option<Vec<_>> =
                found.as_ref().map(|pairs| pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect());
            assert_eq!(found, expected, "{body}");
        }
    }
}
