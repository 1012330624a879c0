"""KMS through boto3: answers, and the refusals that go with them."""

import pytest
from conftest import ACCOUNT, REGION, raw_client, refusal

UNKNOWN = "12345678-1234-1234-1234-123456789012"


def test_key_metadata(key):
    expected = {
        "AWSAccountId": ACCOUNT, "Enabled": True, "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled",
        "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }
    assert {name: key[name] for name in expected} == expected


def test_list_keys_pages(kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    listed = [key["KeyId"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
              for key in page["Keys"]]
    assert made <= set(listed) and len(listed) == len(set(listed))


@pytest.mark.parametrize("size", [1, 4096])
def test_plaintext_sizes(kms, key, size):
    plaintext = bytes(range(256)) * 16
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext[:size])
    assert len(sealed["CiphertextBlob"]) <= 6144 and sealed["KeyId"] == key["Arn"]
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == plaintext[:size]


@pytest.mark.parametrize("size", [0, 4097])
def test_plaintext_out_of_range(kms, key, size):
    code, message = refusal(raw_client(kms).encrypt, KeyId=key["KeyId"], Plaintext=b"x" * size)
    assert code == "ValidationException"
    assert "Value at 'plaintext' failed to satisfy constraint" in message


def test_all_failures_come_in_one_message(kms):
    code, message = refusal(raw_client(kms).encrypt, KeyId="", Plaintext=b"")
    assert code == "ValidationException" and message.startswith("2 validation errors detected: ")
    assert "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1" in message


def test_encryption_context_is_authenticated(kms, key):
    context = {"b": "2", "a": "1"}
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p", EncryptionContext=context)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1", "b": "2"})["Plaintext"] == b"p"
    for wrong in [{}, {"a": "1"}, {"a": "1", "b": "3"}, {"A": "1", "b": "2"}, {"a": "12", "b": ""}]:
        assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong)[0] == "InvalidCiphertextException"


def test_damaged_ciphertexts(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    damaged = [blob[:n] for n in range(1, len(blob))]
    damaged += [blob[:n] + bytes([blob[n] ^ 1]) + blob[n + 1:] for n in range(len(blob))]
    codes = {refusal(kms.decrypt, CiphertextBlob=bad)[0] for bad in damaged}
    # A bit in the key id names another key, of which nothing may be learnt.
    assert codes <= {"InvalidCiphertextException", "AccessDeniedException"}


def test_decrypt_names_the_wrong_key(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other)[0] == "IncorrectKeyException"


@pytest.mark.parametrize("key_id, code, message", [
    (UNKNOWN, "NotFoundException", f"Key 'arn:aws:kms:{REGION}:{ACCOUNT}:key/{UNKNOWN}' does not exist"),
    ("nonsense", "NotFoundException", "Invalid keyId 'nonsense'"),
    ("alias/none", "NotFoundException", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/none is not found."),
    (f"arn:aws:kms:mars-1:{ACCOUNT}:key/{UNKNOWN}", "NotFoundException", "Invalid arn mars-1"),
])
def test_unknown_keys(kms, key_id, code, message):
    assert refusal(kms.describe_key, KeyId=key_id) == (code, message)


def test_another_accounts_key_is_not_revealed(kms):
    foreign = f"arn:aws:kms:{REGION}:999999999999:key/{UNKNOWN}"
    for call in (lambda: refusal(kms.describe_key, KeyId=foreign),
                 lambda: refusal(kms.encrypt, KeyId=foreign, Plaintext=b"p")):
        assert call()[0] == "AccessDeniedException"


@pytest.mark.parametrize("arguments, length", [({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)])
def test_data_keys(kms, key, arguments, length):
    data_key = kms.generate_data_key(KeyId=key["KeyId"], **arguments)
    assert len(data_key["Plaintext"]) == length
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]


@pytest.mark.parametrize("arguments", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 1025}])
def test_data_key_arguments(kms, key, arguments):
    assert refusal(kms.generate_data_key, KeyId=key["KeyId"], **arguments)[0] == "ValidationException"


def test_managed_key_cannot_be_managed_or_used_directly(kms):
    managed = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]
    assert refusal(kms.encrypt, KeyId=managed, Plaintext=b"p")[0] == "AccessDeniedException"
    assert refusal(kms.disable_key, KeyId=managed)[0] == "AccessDeniedException"


def test_policies_that_cannot_be_enforced_are_refused(kms):
    policy = '{"Version":"2012-10-17","Statement":[]}'
    assert refusal(kms.create_key, Policy=policy)[0] == "UnsupportedOperationException"


def test_an_operation_that_is_not_built_says_so(kms, key):
    assert refusal(kms.list_grants, KeyId=key["KeyId"])[0] == "UnknownOperationException"
