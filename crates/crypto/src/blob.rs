//! The ciphertext blob.

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
    let _ = blob;
    None
}
