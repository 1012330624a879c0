"""Encryption: contexts, data keys, re-encryption, random bytes, trial runs."""

import pytest
from wires import code_of, create_key, refusal

DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
# Pairs of contexts that must not be taken for each other.
UNLIKE = [
    ({"a": "bc"}, {"ab": "c"}), ({"a": "b"}, {"b": "a"}), ({"a": "b", "c": "d"}, {"a": "bcd"}), ({"a": ""}, {}),
    ({"a": "b"}, {"A": "b"}), ({"a": "b", "c": "d"}, {"a": "d", "c": "b"}), ({"a": "b=c"}, {"a=b": "c"}),
    ({"k": "v"}, {"k": "v "}), ({"ü": "1"}, {"u\u0308": "1"}),
]


@pytest.fixture(scope="module")
def key(wire):
    return create_key(wire)


@pytest.fixture(scope="module")
def other(wire):
    return create_key(wire)


def test_an_answer_tells_key_and_algorithm(wire, key):
    sealed = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p")
    blob = sealed.pop("CiphertextBlob")
    assert sealed == {"KeyId": key["Arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    opened = wire.kms.Decrypt(CiphertextBlob=blob)
    assert len(opened.pop("KeyMaterialId")) == 64
    assert opened == {"KeyId": key["Arn"], "Plaintext": b"p", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def test_equal_plaintexts_have_unlike_ciphertexts(wire, key):
    blobs = {wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"plaintext")["CiphertextBlob"] for _ in range(20)}
    assert len(blobs) == 20 and all(b"plaintext" not in blob for blob in blobs)


@pytest.mark.parametrize("context, wrong", UNLIKE)
def test_contexts_are_not_taken_for_each_other(wire, key, context, wrong):
    for right, bad in ((context, wrong), (wrong, context)):
        blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p", EncryptionContext=right)["CiphertextBlob"]
        assert wire.kms.Decrypt(CiphertextBlob=blob, EncryptionContext=right)["Plaintext"] == b"p"
        refused = refusal(wire.kms.Decrypt, CiphertextBlob=blob, EncryptionContext=bad)
        assert refused == ("InvalidCiphertextException", "")
        data_key = wire.kms.GenerateDataKey(KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext=right)
        assert refusal(wire.kms.Decrypt, CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext=bad) == refused


@pytest.mark.parametrize("arguments, length", [
    ({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1}, 1),
    ({"NumberOfBytes": 1024}, 1024)])
def test_data_keys(wire, key, arguments, length):
    with_plaintext = wire.kms.GenerateDataKey(KeyId=key["KeyId"], **arguments)
    without = wire.kms.GenerateDataKeyWithoutPlaintext(KeyId=key["KeyId"], **arguments)
    assert set(without) == {"CiphertextBlob", "KeyId", "KeyMaterialId"}
    assert set(with_plaintext) == {"CiphertextBlob", "KeyId", "KeyMaterialId", "Plaintext"}
    assert len(with_plaintext["Plaintext"]) == length
    for answer in (with_plaintext, without):
        opened = wire.kms.Decrypt(CiphertextBlob=answer["CiphertextBlob"])
        assert len(opened["Plaintext"]) == length
        assert opened["Plaintext"] == answer.get("Plaintext", opened["Plaintext"])
        assert (opened["KeyId"], opened["KeyMaterialId"]) == (answer["KeyId"], answer["KeyMaterialId"])


@pytest.mark.parametrize("operation", ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
@pytest.mark.parametrize("arguments", [
    {}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 0}, {"NumberOfBytes": 1025},
    {"KeySpec": "AES_512"}])
def test_data_keys_that_are_not_made(wire, key, operation, arguments):
    assert code_of(getattr(wire.kms, operation), KeyId=key["KeyId"], **arguments) == "ValidationException"


def test_re_encryption(wire, key, other):
    sealed = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p", EncryptionContext={"from": "1"})
    moved = wire.kms.ReEncrypt(
        CiphertextBlob=sealed["CiphertextBlob"], SourceEncryptionContext={"from": "1"},
        DestinationKeyId=other["Arn"], DestinationEncryptionContext={"to": "2"})
    blob = moved.pop("CiphertextBlob")
    assert len(moved.pop("SourceKeyMaterialId")) == len(moved.pop("DestinationKeyMaterialId")) == 64
    assert moved == {
        "SourceKeyId": key["Arn"], "KeyId": other["Arn"], "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    opened = wire.kms.Decrypt(CiphertextBlob=blob, EncryptionContext={"to": "2"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"p", other["Arn"])
    assert code_of(wire.kms.Decrypt, CiphertextBlob=blob, EncryptionContext={"from": "1"}) \
        == "InvalidCiphertextException"


def test_re_encryption_changes_the_context_alone(wire, key):
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4096)["CiphertextBlob"]
    moved = wire.kms.ReEncrypt(CiphertextBlob=blob, SourceKeyId=key["KeyId"], DestinationKeyId=key["KeyId"],
                               DestinationEncryptionContext={"new": "one"})["CiphertextBlob"]
    assert wire.kms.Decrypt(CiphertextBlob=moved, EncryptionContext={"new": "one"})["Plaintext"] == b"x" * 4096


def test_re_encryption_is_refused(wire, key, other):
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    right = {"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "bc"}, "DestinationKeyId": other["KeyId"]}
    missing = "12345678-1234-1234-1234-123456789012"
    for change, code in [
        ({"SourceEncryptionContext": {"ab": "c"}}, "InvalidCiphertextException"),
        ({"SourceEncryptionContext": {}}, "InvalidCiphertextException"),
        ({"CiphertextBlob": blob[:-1]}, "InvalidCiphertextException"),
        ({"CiphertextBlob": b"nothing of ours"}, "InvalidCiphertextException"),
        ({"SourceKeyId": other["KeyId"]}, "IncorrectKeyException"),
        ({"DestinationKeyId": missing}, "NotFoundException"),
        ({"DestinationKeyId": ""}, "ValidationException"),
        ({"DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}, "InvalidKeyUsageException"),
    ]:
        got = code_of(wire.kms.ReEncrypt, **{**right, **change})
        assert got == code or got == "ValidationException" and "Algorithm" in str(change), change


def test_decrypting_with_the_wrong_key(wire, key, other):
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    assert refusal(wire.kms.Decrypt, CiphertextBlob=blob, KeyId=other["KeyId"]) == (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.")
    missing = "12345678-1234-1234-1234-123456789012"
    assert code_of(wire.kms.Decrypt, CiphertextBlob=blob, KeyId=missing) == "NotFoundException"
    for wrong in ({"CiphertextBlob": b""}, {}, {"CiphertextBlob": b"x" * 6145}):
        assert code_of(wire.kms.Decrypt, **wrong) == "ValidationException"


def test_an_algorithm_of_another_key_spec(wire, key):
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    for operation, arguments in [("Encrypt", {"Plaintext": b"p"}), ("Decrypt", {"CiphertextBlob": blob})]:
        assert code_of(getattr(wire.kms, operation), KeyId=key["KeyId"], EncryptionAlgorithm="RSAES_OAEP_SHA_256",
                       **arguments) == "InvalidKeyUsageException"


@pytest.mark.parametrize("operation, arguments", [
    ("Encrypt", {"Plaintext": b"p"}), ("GenerateDataKey", {"KeySpec": "AES_256"}), ("DescribeKey", {})])
def test_grant_tokens(wire, key, operation, arguments):
    call = getattr(wire.kms, operation)
    for tokens in (["t"] * 11, [""]):
        assert code_of(call, KeyId=key["KeyId"], GrantTokens=tokens, **arguments) == "ValidationException"


def test_random_bytes_from_a_key_store_that_is_not_there(wire):
    assert code_of(wire.kms.GenerateRandom, NumberOfBytes=8, CustomKeyStoreId="cks-1234567890abcdef0") in (
        "CustomKeyStoreNotFoundException", "UnsupportedOperationException")


def test_trial_runs(wire, key):
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    for operation, arguments in [
        ("Encrypt", {"KeyId": key["KeyId"], "Plaintext": b"p"}),
        ("Decrypt", {"CiphertextBlob": blob}),
        ("GenerateDataKey", {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        ("GenerateDataKeyWithoutPlaintext", {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        ("ReEncrypt", {"CiphertextBlob": blob, "DestinationKeyId": key["KeyId"]}),
    ]:
        assert refusal(getattr(wire.kms, operation), DryRun=True, **arguments) == DRY_RUN
    assert code_of(wire.kms.Decrypt, CiphertextBlob=b"damaged", DryRun=True) == "InvalidCiphertextException"


@pytest.mark.parametrize("length", [1, 32, 1024])
def test_random_bytes(wire, length):
    drawn = [wire.kms.GenerateRandom(NumberOfBytes=length) for _ in range(2)]
    assert [set(answer) for answer in drawn] == [{"Plaintext"}] * 2
    assert [len(answer["Plaintext"]) for answer in drawn] == [length] * 2
    assert length == 1 or drawn[0] != drawn[1]


@pytest.mark.parametrize("arguments, text", [
    ({}, "NumberOfBytes is required."),
    ({"NumberOfBytes": 0}, "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: "
                           "Member must have value greater than or equal to 1"),
    ({"NumberOfBytes": 1025}, "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy "
                              "constraint: Member must have value less than or equal to 1024"),
])
def test_random_bytes_that_are_not_drawn(wire, arguments, text):
    assert refusal(wire.kms.GenerateRandom, **arguments) == ("ValidationException", text)
