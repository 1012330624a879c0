"""Keys: making, describing, listing, enabling, disabling and describing them anew."""

import datetime

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, flatten, refusal

UNKNOWN = "12345678-1234-1234-1234-123456789012"
# Every operation that takes a key id, with what else it needs: those that take a key ARN or id only, and those that take
# an alias too.
BY_ID = {
    "CancelKeyDeletion": {}, "CreateAlias": {"AliasName": "alias/never-made"}, "DisableKey": {},
    "DisableKeyRotation": {}, "EnableKey": {}, "EnableKeyRotation": {}, "GetKeyRotationStatus": {},
    "ListAliases": {}, "ListKeyRotations": {}, "ListResourceTags": {}, "RotateKeyOnDemand": {}, "ScheduleKeyDeletion": {},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "UntagResource": {"TagKeys": ["a"]},
    "UpdateKeyDescription": {"Description": "d"},
}
BY_ANY_NAME = {
    "DescribeKey": {}, "Encrypt": {"Plaintext": b"p"}, "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
}


def named(operation, key_id):
    """The arguments that name a key to an operation."""
    return {"TargetKeyId" if operation == "CreateAlias" else "KeyId": key_id}


def test_a_new_key(wire):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    key = create_key(wire, Description="spare")
    assert before < key.pop("CreationDate") < before + datetime.timedelta(minutes=2)
    assert key.pop("CurrentKeyMaterialId", "0" * 64)
    key_id = key["KeyId"]
    assert key == {
        "AWSAccountId": ACCOUNT, "KeyId": key_id, "Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}",
        "Enabled": True, "Description": "spare", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled",
        "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }
    for name in (key_id, key["Arn"]):
        described = wire.kms.DescribeKey(KeyId=name)["KeyMetadata"]
        assert {member: described[member] for member in key} == key


def test_the_description_may_be_left_out(wire):
    assert create_key(wire)["Description"] == ""


@pytest.mark.parametrize("arguments, code", [
    ({"Description": "x" * 8193}, "ValidationException"),
    ({"KeySpec": "NO_SPEC"}, "ValidationException"),
    ({"KeyUsage": "NO_USE"}, "ValidationException"),
    ({"KeyUsage": "SIGN_VERIFY"}, "ValidationException"),
    ({"Tags": [{"TagKey": "", "TagValue": "x"}]}, "ValidationException"),
    ({"Tags": [{"TagKey": "aws:x", "TagValue": "x"}]}, "TagException"),
    ({"Tags": [{"TagKey": "a", "TagValue": "x"}, {"TagKey": "a", "TagValue": "y"}]}, "TagException"),
    ({"Tags": [{"TagKey": str(n), "TagValue": "x"} for n in range(51)]}, "TagException"),
])
def test_keys_that_are_not_made(wire, arguments, code):
    assert code_of(wire.kms.CreateKey, **arguments) == code


@pytest.mark.parametrize("arguments", [
    {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    {"CustomerMasterKeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}, {"Origin": "EXTERNAL"},
    {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1234567890abcdef0"}, {"MultiRegion": True},
    {"CustomKeyStoreId": "cks-1234567890abcdef0"}, {"Policy": '{"Version":"2012-10-17","Statement":[]}'},
    {"Policy": "no JSON"}, {"XksKeyId": "x"},
])
def test_what_is_not_built_is_refused_and_not_ignored(wire, arguments):
    assert code_of(wire.kms.CreateKey, **arguments) in (
        "UnsupportedOperationException", "MalformedPolicyDocumentException", "CustomKeyStoreNotFoundException",
        "ValidationException")


def test_a_key_spec_has_its_uses(wire):
    assert refusal(wire.kms.CreateKey, KeyUsage="SIGN_VERIFY") == (
        "ValidationException", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT")


def test_keys_are_listed_page_by_page(wire):
    made = {key["KeyId"]: key["Arn"] for key in (create_key(wire) for _ in range(3))}
    pages = list(wire.kms.pages("ListKeys", size=2))
    assert max(map(len, pages)) == 2
    listed = {entry["KeyId"]: entry["KeyArn"] for entry in flatten(pages)}
    assert len(listed) == len(flatten(pages)), "no key is listed twice"
    assert {key_id: listed.get(key_id) for key_id in made} == made


@pytest.mark.parametrize("arguments, code", [
    ({"Limit": 0}, "ValidationException"),
    ({"Limit": 1001}, "ValidationException"),
    ({"Marker": "no-marker"}, "InvalidMarkerException"),
])
def test_pages_that_do_not_exist(wire, arguments, code):
    for operation in ("ListKeys", "ListAliases"):
        assert code_of(getattr(wire.kms, operation), **arguments) == code
    key_id = create_key(wire)["KeyId"]
    assert code_of(wire.kms.ListResourceTags, KeyId=key_id, **arguments) == code


def test_a_disabled_key_comes_back(wire):
    key = create_key(wire)
    for operation, state in [("DisableKey", "Disabled"), ("DisableKey", "Disabled"), ("EnableKey", "Enabled"),
                             ("EnableKey", "Enabled")]:
        getattr(wire.kms, operation)(KeyId=key["Arn"])
        described = wire.kms.DescribeKey(KeyId=key["KeyId"])["KeyMetadata"]
        assert (described["KeyState"], described["Enabled"]) == (state, state == "Enabled")


def test_a_description_is_replaced(wire):
    key_id = create_key(wire, Description="old")["KeyId"]
    for description in ("new", "", "ü" * 8192):
        wire.kms.UpdateKeyDescription(KeyId=key_id, Description=description)
        assert wire.kms.DescribeKey(KeyId=key_id)["KeyMetadata"]["Description"] == description
    for wrong in ({"Description": "x" * 8193}, {}):
        assert code_of(wire.kms.UpdateKeyDescription, KeyId=key_id, **wrong) == "ValidationException"


@pytest.mark.parametrize("operation", [*BY_ID, *BY_ANY_NAME])
def test_keys_that_do_not_exist(wire, operation):
    call, rest = getattr(wire.kms, operation), {**BY_ID, **BY_ANY_NAME}[operation]
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{UNKNOWN}"
    for key_id in (UNKNOWN, arn):
        assert refusal(call, **named(operation, key_id), **rest) == (
            "NotFoundException", f"Key '{arn}' does not exist")
    assert refusal(call, **named(operation, "nonsense"), **rest) == ("NotFoundException", "Invalid keyId 'nonsense'")
    assert code_of(call, **named(operation, ""), **rest) == "ValidationException"
    if operation != "ListAliases":
        assert code_of(call, **rest) == "ValidationException"


@pytest.mark.parametrize("operation", BY_ID)
def test_an_alias_does_not_name_the_key_to_be_managed(wire, unique, operation):
    wire.kms.CreateAlias(AliasName=f"alias/manage-{unique}", TargetKeyId=create_key(wire)["KeyId"])
    call = getattr(wire.kms, operation)
    assert code_of(call, **named(operation, f"alias/manage-{unique}"), **BY_ID[operation]) in (
        "NotFoundException", "InvalidArnException", "ValidationException")


@pytest.mark.parametrize("operation", [
    "DisableKey", "EnableKey", "ScheduleKeyDeletion", "EnableKeyRotation", "DisableKeyRotation", "CreateAlias",
    "TagResource", "UntagResource", "UpdateKeyDescription", "RotateKeyOnDemand",
])
def test_aws_managed_keys_are_not_managed_by_their_users(wire, operation):
    managed = wire.kms.DescribeKey(KeyId="alias/aws/ssm")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    assert code_of(getattr(wire.kms, operation), **named(operation, managed["KeyId"]), **BY_ID[operation]) in (
        "AccessDeniedException", "UnsupportedOperationException", "ValidationException")
