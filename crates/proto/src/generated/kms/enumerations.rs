//! AWS's strings for the enumerations of kms, by number.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::enumeration::Enumeration;
use crate::kms::v1;

impl Enumeration for v1::CustomKeyStoreType {
    const NAMES: &'static [&'static str] = &["", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
}

impl Enumeration for v1::XksProxyConnectivityType {
    const NAMES: &'static [&'static str] = &["", "PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"];
}

impl Enumeration for v1::GrantOperation {
    const NAMES: &'static [&'static str] = &[
        "",
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "Sign",
        "Verify",
        "GetPublicKey",
        "CreateGrant",
        "RetireGrant",
        "DescribeKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
        "Encapsulate",
        "Decapsulate",
    ];
}

impl Enumeration for v1::KeyUsageType {
    const NAMES: &'static [&'static str] =
        &["", "SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"];
}

impl Enumeration for v1::CustomerMasterKeySpec {
    const NAMES: &'static [&'static str] = &[
        "",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "SYMMETRIC_DEFAULT",
        "HMAC_224",
        "HMAC_256",
        "HMAC_384",
        "HMAC_512",
        "SM2",
    ];
}

impl Enumeration for v1::KeySpec {
    const NAMES: &'static [&'static str] = &[
        "",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "SYMMETRIC_DEFAULT",
        "HMAC_224",
        "HMAC_256",
        "HMAC_384",
        "HMAC_512",
        "SM2",
        "ML_DSA_44",
        "ML_DSA_65",
        "ML_DSA_87",
        "ECC_NIST_EDWARDS25519",
        "ML_KEM_512",
        "ML_KEM_768",
        "ML_KEM_1024",
    ];
}

impl Enumeration for v1::OriginType {
    const NAMES: &'static [&'static str] = &["", "AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
}

impl Enumeration for v1::EncapsulationAlgorithmSpec {
    const NAMES: &'static [&'static str] = &["", "ML_KEM"];
}

impl Enumeration for v1::EncryptionAlgorithmSpec {
    const NAMES: &'static [&'static str] =
        &["", "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"];
}

impl Enumeration for v1::KeyEncryptionMechanism {
    const NAMES: &'static [&'static str] = &["", "RSAES_OAEP_SHA_256"];
}

impl Enumeration for v1::DryRunModifierType {
    const NAMES: &'static [&'static str] = &["", "IGNORE_CIPHERTEXT"];
}

impl Enumeration for v1::KeyAgreementAlgorithmSpec {
    const NAMES: &'static [&'static str] = &["", "ECDH"];
}

impl Enumeration for v1::DataKeySpec {
    const NAMES: &'static [&'static str] = &["", "AES_256", "AES_128"];
}

impl Enumeration for v1::DataKeyPairSpec {
    const NAMES: &'static [&'static str] = &[
        "",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "SM2",
        "ECC_NIST_EDWARDS25519",
        "ML_KEM_512",
        "ML_KEM_768",
        "ML_KEM_1024",
    ];
}

impl Enumeration for v1::MacAlgorithmSpec {
    const NAMES: &'static [&'static str] = &["", "HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"];
}

impl Enumeration for v1::AlgorithmSpec {
    const NAMES: &'static [&'static str] = &[
        "",
        "RSAES_PKCS1_V1_5",
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
        "RSA_AES_KEY_WRAP_SHA_1",
        "RSA_AES_KEY_WRAP_SHA_256",
        "SM2PKE",
    ];
}

impl Enumeration for v1::WrappingKeySpec {
    const NAMES: &'static [&'static str] = &["", "RSA_2048", "RSA_3072", "RSA_4096", "SM2"];
}

impl Enumeration for v1::ExpirationModelType {
    const NAMES: &'static [&'static str] = &["", "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"];
}

impl Enumeration for v1::ImportType {
    const NAMES: &'static [&'static str] = &["", "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"];
}

impl Enumeration for v1::IncludeKeyMaterial {
    const NAMES: &'static [&'static str] = &["", "ALL_KEY_MATERIAL", "ROTATIONS_ONLY"];
}

impl Enumeration for v1::ResourceOwnerType {
    const NAMES: &'static [&'static str] = &["", "SELF", "OTHER_ACCOUNTS_VIA_RAM"];
}

impl Enumeration for v1::MessageType {
    const NAMES: &'static [&'static str] = &["", "RAW", "DIGEST", "EXTERNAL_MU"];
}

impl Enumeration for v1::SigningAlgorithmSpec {
    const NAMES: &'static [&'static str] = &[
        "",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "ECDSA_SHA_256",
        "ECDSA_SHA_384",
        "ECDSA_SHA_512",
        "SM2DSA",
        "ML_DSA_SHAKE_256",
        "ED25519_SHA_512",
        "ED25519_PH_SHA_512",
    ];
}

impl Enumeration for v1::KeyState {
    const NAMES: &'static [&'static str] = &[
        "",
        "Creating",
        "Enabled",
        "Disabled",
        "PendingDeletion",
        "PendingImport",
        "PendingReplicaDeletion",
        "Unavailable",
        "Updating",
    ];
}

impl Enumeration for v1::KeyManagerType {
    const NAMES: &'static [&'static str] = &["", "AWS", "CUSTOMER"];
}

impl Enumeration for v1::MultiRegionKeyType {
    const NAMES: &'static [&'static str] = &["", "PRIMARY", "REPLICA"];
}

impl Enumeration for v1::ConnectionStateType {
    const NAMES: &'static [&'static str] = &["", "CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"];
}

impl Enumeration for v1::ConnectionErrorCodeType {
    const NAMES: &'static [&'static str] = &[
        "",
        "INVALID_CREDENTIALS",
        "CLUSTER_NOT_FOUND",
        "NETWORK_ERRORS",
        "INTERNAL_ERROR",
        "INSUFFICIENT_CLOUDHSM_HSMS",
        "USER_LOCKED_OUT",
        "USER_NOT_FOUND",
        "USER_LOGGED_IN",
        "SUBNET_NOT_FOUND",
        "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
        "XKS_PROXY_ACCESS_DENIED",
        "XKS_PROXY_NOT_REACHABLE",
        "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
        "XKS_PROXY_INVALID_RESPONSE",
        "XKS_PROXY_INVALID_CONFIGURATION",
        "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
        "XKS_PROXY_TIMED_OUT",
        "XKS_PROXY_INVALID_TLS_CONFIGURATION",
    ];
}

impl Enumeration for v1::KeyLastUsageTrackingOperation {
    const NAMES: &'static [&'static str] = &[
        "",
        "Decrypt",
        "DeriveSharedSecret",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
        "Encapsulate",
        "Decapsulate",
    ];
}

impl Enumeration for v1::ImportState {
    const NAMES: &'static [&'static str] = &["", "IMPORTED", "PENDING_IMPORT"];
}

impl Enumeration for v1::KeyMaterialState {
    const NAMES: &'static [&'static str] =
        &["", "NON_CURRENT", "CURRENT", "PENDING_ROTATION", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"];
}

impl Enumeration for v1::RotationType {
    const NAMES: &'static [&'static str] = &["", "AUTOMATIC", "ON_DEMAND"];
}
