//! The derivation of one message's keys: NIST SP 800-108r1, counter mode, HMAC-SHA256.

use crate::purpose::Purpose;
use aws_lc_rs::kdf::{KbkdfCtrHmacAlgorithmId, get_kbkdf_ctr_hmac_algorithm, kbkdf_ctr_hmac};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The bytes of the salt that makes each message's keys its own.
pub(crate) const SALT_BYTES: usize = 16;
/// The bytes of the key commitment.
pub(crate) const COMMITMENT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;

/// What one message is encrypted with. AES-GCM does not commit to its key, so the commitment does: it is published,
/// and a ciphertext is opened only under the key that gives the same one.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct MessageKeys {
    pub(crate) encryption: [u8; KEY_BYTES],
    pub(crate) commitment: [u8; COMMITMENT_BYTES],
}

/// Derives `encryption ‖ commitment` from a key, what it is used for, and the message's salt.
///
/// The fixed input is SP 800-108's `Label ‖ 0x00 ‖ Context ‖ [L]`: the purpose's label, the salt, and the number of
/// derived bits in four bytes.
pub(crate) fn derive(key: &[u8; 32], purpose: Purpose, salt: &[u8; SALT_BYTES]) -> MessageKeys {
    let bits = u32::try_from((KEY_BYTES + COMMITMENT_BYTES) * 8).expect("384 fits").to_be_bytes();
    let info = [purpose.label().as_bytes(), &[0], salt, &bits].concat();
    let mut output = [0; KEY_BYTES + COMMITMENT_BYTES];
    counter_mode(key, &info, &mut output);
    let mut keys = MessageKeys { encryption: [0; KEY_BYTES], commitment: [0; COMMITMENT_BYTES] };
    keys.encryption.copy_from_slice(&output[..KEY_BYTES]);
    keys.commitment.copy_from_slice(&output[KEY_BYTES..]);
    output.zeroize();
    keys
}

fn counter_mode(key: &[u8], info: &[u8], output: &mut [u8]) {
    let algorithm =
        get_kbkdf_ctr_hmac_algorithm(KbkdfCtrHmacAlgorithmId::Sha256).expect("aws-lc has KBKDF with SHA-256");
    kbkdf_ctr_hmac(algorithm, key, info, output).expect("key and output are short and not empty");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hmac_sha256_parts;

    /// The vector was computed with Python's `hmac` module, from SP 800-108's text alone.
    #[test]
    fn derivation_matches_an_independent_computation() {
        let keys = derive(&std::array::from_fn(|i| i as u8), Purpose::Message, &[0xa5; 16]);
        assert_eq!(hex::encode(keys.encryption), "d2fe7ba9163a57a9d7d84a0a6d8ee772652b02b5ccb5eae9c0026812285eefaa");
        assert_eq!(hex::encode(keys.commitment), "b66ae2b1bf32822df8299a1b801d2558");
    }

    #[test]
    fn counter_mode_is_the_concatenation_of_counted_hmacs() {
        for length in [1, 31, 32, 33, 48, 96, 100] {
            let mut output = vec![0; length];
            counter_mode(b"key", b"info", &mut output);
            let expected: Vec<u8> =
                (1u32..=4).flat_map(|i| hmac_sha256_parts(b"key", &[&i.to_be_bytes(), b"info"])).collect();
            assert_eq!(output, expected[..length], "{length} bytes");
        }
    }

    #[test]
    fn key_purpose_and_salt_each_change_everything() {
        let base = derive(&[1; 32], Purpose::Message, &[2; 16]);
        for other in [
            derive(&[3; 32], Purpose::Message, &[2; 16]),
            derive(&[1; 32], Purpose::Token, &[2; 16]),
            derive(&[1; 32], Purpose::Message, &[4; 16]),
        ] {
            assert_ne!(base.encryption, other.encryption);
            assert_ne!(base.commitment, other.commitment);
        }
    }
}
