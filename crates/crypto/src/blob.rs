//! The ciphertext blob: what Encrypt answers and Decrypt takes. Opaque to AWS's clients, so its format is Lockstep's.
//!
//! ```text
//! "LSK" | format u8 | suite u8 | key id 16 | material version u32 | salt 16 | IV 12 | ciphertext | tag 16 | commitment 16
//! ```
//! The suite is 1: SP 800-108 with HMAC-SHA256, AES-256-GCM, 128-bit commitment. Its highest bit says how the key id is
//! spelt: a UUID, or `mrk-` and 32 hexadecimal digits. The blob is bound to its header, the whole identity of the key,
//! and the encryption context.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, OVERHEAD_BYTES, Sealing};
use crate::purpose::Purpose;
use crate::{CryptoError, Secret};
use std::collections::BTreeMap;

const MAGIC: &[u8; 3] = b"LSK";
const SUITE: u8 = 1;
const MULTI_REGION: u8 = 0x80;
const MULTI_REGION_PREFIX: &str = "mrk-";
const KEY_ID_BYTES: usize = 16;
const HEADER_BYTES: usize = MAGIC.len() + 2 + KEY_ID_BYTES + 4;
/// Where the hyphens of a UUID stand in its text.
const UUID_HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Whose key it is. All of it is authenticated: material and blobs of one identity do not open under another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyIdentity {
    /// The partition, e.g. `aws`.
    pub partition: String,
    /// The Region, e.g. `us-east-1`.
    pub region: String,
    /// The account that owns the key, 12 digits.
    pub account: String,
    /// The key id: a UUID in lower case, or `mrk-` and 32 lower-case hexadecimal digits.
    pub key_id: String,
    /// Which of the key's materials: 1 for the first, higher after rotations.
    pub material_version: u32,
}

/// What a blob says about itself in the clear. Not to be believed until it has been decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobHeader {
    /// The key id, in the form [`KeyIdentity::key_id`] has it.
    pub key_id: String,
    /// The material version.
    pub material_version: u32,
}

/// Reads the header of a ciphertext blob; `None` when it is no blob of Lockstep or too short to be one.
pub fn parse_blob(blob: &[u8]) -> Option<BlobHeader> {
    if blob.len() < HEADER_BYTES + OVERHEAD_BYTES {
        return None;
    }
    let rest = blob.strip_prefix(MAGIC)?;
    let ([format, suite], rest) = rest.split_first_chunk::<2>()?;
    let (key_id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>()?;
    let (version, _) = rest.split_first_chunk::<4>()?;
    let known = [Sealing::On.format(), Sealing::Off.format()].contains(format) && suite & !MULTI_REGION == SUITE;
    known.then(|| BlobHeader {
        key_id: key_id_text(suite & MULTI_REGION != 0, key_id),
        material_version: u32::from_be_bytes(*version),
    })
}

/// Encrypts under opened key material.
pub(crate) fn encrypt(
    sealing: Sealing,
    material: &[u8; 32],
    identity: &KeyIdentity,
    context: &BTreeMap<String, String>,
    nonce: &Nonce,
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let (multi_region, key_id) = key_id_bytes(&identity.key_id).ok_or(CryptoError::Malformed)?;
    let mut blob = Vec::with_capacity(HEADER_BYTES + OVERHEAD_BYTES + plaintext.len());
    blob.extend_from_slice(MAGIC);
    blob.push(sealing.format());
    blob.push(if multi_region { SUITE | MULTI_REGION } else { SUITE });
    blob.extend_from_slice(&key_id);
    blob.extend_from_slice(&identity.material_version.to_be_bytes());
    let bound = bound(identity, context, &blob);
    envelope::seal(sealing, material, Purpose::Message, bound.as_bytes(), nonce, plaintext, &mut blob);
    Ok(blob)
}

/// Decrypts under opened key material; `None` for every cause.
pub(crate) fn decrypt(
    sealing: Sealing,
    material: &[u8; 32],
    identity: &KeyIdentity,
    context: &BTreeMap<String, String>,
    blob: &[u8],
) -> Option<Secret> {
    let claimed = parse_blob(blob)?;
    if claimed.key_id != identity.key_id || claimed.material_version != identity.material_version {
        return None;
    }
    let (header, envelope) = blob.split_at(HEADER_BYTES);
    if header[MAGIC.len()] != sealing.format() {
        return None;
    }
    let bound = bound(identity, context, header);
    envelope::open(sealing, material, Purpose::Message, bound.as_bytes(), envelope)
}

fn bound(identity: &KeyIdentity, context: &BTreeMap<String, String>, header: &[u8]) -> Bound {
    let nothing = BTreeMap::new();
    let context = if faults::planted(faults::Bug::IgnoreContextInAad) { &nothing } else { context };
    Bound::new("lockstep/blob/v1")
        .text(Purpose::Message.label())
        .text(&identity.partition)
        .text(&identity.region)
        .text(&identity.account)
        .text(&identity.key_id)
        .number(identity.material_version)
        .map(context)
        .bytes(header)
}

/// A key id as 16 bytes, and whether it is a multi-Region key's. Only the one spelling that reads back the same.
fn key_id_bytes(key_id: &str) -> Option<(bool, [u8; KEY_ID_BYTES])> {
    let (multi_region, digits) = match key_id.strip_prefix(MULTI_REGION_PREFIX) {
        Some(digits) => (true, digits.to_owned()),
        None => (false, key_id.replace('-', "")),
    };
    let mut bytes = [0; KEY_ID_BYTES];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    (key_id_text(multi_region, &bytes) == key_id).then_some((multi_region, bytes))
}

fn key_id_text(multi_region: bool, bytes: &[u8; KEY_ID_BYTES]) -> String {
    let mut text = hex::encode(bytes);
    if multi_region {
        text.insert_str(0, MULTI_REGION_PREFIX);
    } else {
        UUID_HYPHENS.into_iter().for_each(|at| text.insert(at, '-'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fixed_nonce, for_each_damage, identity};
    use expect_test::{Expect, expect};

    const MATERIAL: [u8; 32] = [0x11; 32];
    const MRK: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

    fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    fn encrypted(identity: &KeyIdentity, pairs: &[(&str, &str)]) -> Vec<u8> {
        encrypt(Sealing::On, &MATERIAL, identity, &context(pairs), &fixed_nonce(), b"attack at dawn").unwrap()
    }

    fn opens(identity: &KeyIdentity, pairs: &[(&str, &str)], blob: &[u8]) -> bool {
        decrypt(Sealing::On, &MATERIAL, identity, &context(pairs), blob).is_some()
    }

    #[test]
    fn golden_bytes() {
        let check = |identity: &KeyIdentity, pairs: &[(&str, &str)], expected: Expect| {
            let blob = encrypted(identity, pairs);
            expected.assert_eq(&hex::encode(&blob));
            let opened = decrypt(Sealing::On, &MATERIAL, identity, &context(pairs), &blob).unwrap();
            assert_eq!(opened.expose_secret(), b"attack at dawn");
        };
        check(
            &identity(),
            &[],
            expect![
                "4c534b01011234abcd12ab34cd56ef1234567890ab00000001a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbba7c2a9b9d789a79f15fa7444e8996fb02cfeda9f22b07354b0abd43f4cab3088781cb6862f0ad860081aa78da44"
            ],
        );
        check(
            &identity(),
            &[("b", "2"), ("a", "1")],
            expect![
                "4c534b01011234abcd12ab34cd56ef1234567890ab00000001a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbba7c2a9b9d789a79f15fa7444e89822e04550526a272ed4b10318db90314b3088781cb6862f0ad860081aa78da44"
            ],
        );
        check(
            &KeyIdentity { key_id: MRK.into(), material_version: 0x01020304, ..identity() },
            &[],
            expect![
                "4c534b01811234abcd12ab34cd56ef1234567890ab01020304a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbba7c2a9b9d789a79f15fa7444e897e58ada76f0ca2141cdfba9f06090f82b3088781cb6862f0ad860081aa78da44"
            ],
        );
    }

    #[test]
    fn every_damage_is_refused() {
        let pairs = [("app", "shop")];
        let blob = encrypted(&identity(), &pairs);
        for_each_damage(&blob, |what, damaged| assert!(!opens(&identity(), &pairs, damaged), "{what} opens"));
    }

    #[test]
    fn only_the_same_context_opens() {
        type Pairs = &'static [(&'static str, &'static str)];
        let rows: [(Pairs, Pairs, bool); 9] = [
            (&[("a", "1"), ("b", "2")], &[("b", "2"), ("a", "1")], true),
            (&[("a", "bc")], &[("ab", "c")], false),
            (&[("a", "b"), ("c", "d")], &[("a", "bcd")], false),
            (&[("a", "1")], &[("A", "1")], false),
            (&[("a", "x")], &[("a", "X")], false),
            (&[("a", "1")], &[], false),
            (&[], &[("a", "1")], false),
            (&[("a", "")], &[], false),
            (&[("a", "1")], &[("a", "1"), ("b", "2")], false),
        ];
        for (written, read, expected) in rows {
            assert_eq!(opens(&identity(), read, &encrypted(&identity(), written)), expected, "{written:?} {read:?}");
        }
    }

    #[test]
    fn only_the_same_key_opens() {
        let blob = encrypted(&identity(), &[]);
        assert!(opens(&identity(), &[], &blob));
        for other in [
            KeyIdentity { partition: "aws-cn".into(), ..identity() },
            KeyIdentity { region: "us-east-2".into(), ..identity() },
            KeyIdentity { account: "111122223334".into(), ..identity() },
            KeyIdentity { key_id: "1234abcd-12ab-34cd-56ef-1234567890ac".into(), ..identity() },
            KeyIdentity { key_id: MRK.into(), ..identity() },
            KeyIdentity { material_version: 2, ..identity() },
        ] {
            assert!(!opens(&other, &[], &blob), "{other:?}");
            // Nor when the header is forged to name the other key.
            let forged = [&encrypted(&other, &[])[..HEADER_BYTES], &blob[HEADER_BYTES..]].concat();
            assert!(!opens(&other, &[], &forged), "forged {other:?}");
        }
        assert!(decrypt(Sealing::On, &[0x12; 32], &identity(), &context(&[]), &blob).is_none());
    }

    #[test]
    fn the_largest_message_stays_below_the_limit_of_decrypt() {
        let blob = encrypt(Sealing::On, &MATERIAL, &identity(), &context(&[]), &fixed_nonce(), &[0; 4096]).unwrap();
        assert_eq!(blob.len(), 4096 + HEADER_BYTES + OVERHEAD_BYTES);
        assert!(blob.len() < 6144);
    }

    #[test]
    fn header_names_the_key() {
        for (key_id, material_version) in [(identity().key_id.as_str(), 1), (MRK, 7), (MRK, u32::MAX)] {
            let identity = KeyIdentity { key_id: key_id.into(), material_version, ..identity() };
            let header = BlobHeader { key_id: key_id.into(), material_version };
            assert_eq!(parse_blob(&encrypted(&identity, &[])), Some(header));
        }
        for no_blob in [&b""[..], b"LSK", &[0; 200], b"AQICAHh"] {
            assert_eq!(parse_blob(no_blob), None);
        }
    }

    #[test]
    fn a_key_id_of_another_spelling_is_refused() {
        for key_id in [
            "",
            "k1",
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab",
            "1234abcd-12ab-34cd-56ef1234567890ab",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234",
        ] {
            let identity = KeyIdentity { key_id: key_id.into(), ..identity() };
            let result = encrypt(Sealing::On, &MATERIAL, &identity, &context(&[]), &fixed_nonce(), b"");
            assert_eq!(result, Err(CryptoError::Malformed), "{key_id}");
        }
    }

    #[test]
    fn a_blob_in_the_clear_opens_only_where_sealing_is_off() {
        let blob = encrypt(Sealing::Off, &MATERIAL, &identity(), &context(&[]), &fixed_nonce(), b"m").unwrap();
        assert!(parse_blob(&blob).is_some());
        assert!(!opens(&identity(), &[], &blob));
        assert!(decrypt(Sealing::Off, &MATERIAL, &identity(), &context(&[]), &blob).is_some());
        let sealed = encrypted(&identity(), &[]);
        assert!(decrypt(Sealing::Off, &MATERIAL, &identity(), &context(&[]), &sealed).is_none());
    }
}
