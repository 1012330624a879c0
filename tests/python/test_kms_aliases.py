"""Aliases: a name for a key that can be moved to another."""

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, flatten, refusal

UNKNOWN = "12345678-1234-1234-1234-123456789012"


def arn(alias):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"


def aliases_of(wire, key_id):
    return [alias["AliasName"] for alias in wire.kms.ListAliases(KeyId=key_id)["Aliases"]]


@pytest.fixture
def alias(unique):
    return f"alias/team/{unique}_-x"


def test_an_alias_names_its_key(wire, alias):
    key = create_key(wire)
    assert wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key["Arn"]) == {}
    for name in (alias, arn(alias)):
        assert wire.kms.DescribeKey(KeyId=name)["KeyMetadata"]["KeyId"] == key["KeyId"]
        sealed = wire.kms.Encrypt(KeyId=name, Plaintext=b"p")
        assert sealed["KeyId"] == key["Arn"], "the answer names the key, not the alias"
        for operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
            assert getattr(wire.kms, operation)(KeyId=name, KeySpec="AES_128")["KeyId"] == key["Arn"]
        assert wire.kms.Decrypt(KeyId=name, CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"p"
        again = wire.kms.ReEncrypt(
            SourceKeyId=name, DestinationKeyId=name, CiphertextBlob=sealed["CiphertextBlob"])
        assert (again["SourceKeyId"], again["KeyId"]) == (key["Arn"], key["Arn"])


def test_aliases_of_one_key_are_listed(wire, alias):
    key_id = create_key(wire)["KeyId"]
    assert aliases_of(wire, key_id) == []
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key_id)
    wire.kms.CreateAlias(AliasName=f"{alias}-2", TargetKeyId=key_id)
    [first, second] = wire.kms.ListAliases(KeyId=key_id)["Aliases"]
    assert set(first) == {"AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"}
    assert {(entry["AliasName"], entry["AliasArn"], entry["TargetKeyId"]) for entry in (first, second)} == {
        (name, arn(name), key_id) for name in (alias, f"{alias}-2")}
    assert first["CreationDate"] == first["LastUpdatedDate"]


def test_all_aliases_are_listed_page_by_page(wire, alias):
    key_id = create_key(wire)["KeyId"]
    wire.kms.DescribeKey(KeyId="alias/aws/ssm")
    made = {f"{alias}-{n}" for n in range(5)}
    for name in made:
        wire.kms.CreateAlias(AliasName=name, TargetKeyId=key_id)
    pages = list(wire.kms.pages("ListAliases", size=2, KeyId=key_id))
    assert {entry["AliasName"] for entry in flatten(pages)} == made
    assert max(map(len, pages)) == 2 and len(flatten(pages)) == 5
    everything = [entry["AliasName"] for entry in flatten(wire.kms.pages("ListAliases", size=50))]
    assert made < set(everything) and len(everything) == len(set(everything))
    assert "alias/aws/ssm" in everything


def test_an_alias_moves(wire, alias):
    old, new = create_key(wire), create_key(wire)
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=old["KeyId"])
    blob = wire.kms.Encrypt(KeyId=alias, Plaintext=b"p")["CiphertextBlob"]
    assert wire.kms.UpdateAlias(AliasName=alias, TargetKeyId=new["KeyId"]) == {}
    assert wire.kms.Encrypt(KeyId=alias, Plaintext=b"p")["KeyId"] == new["Arn"]
    assert wire.kms.Decrypt(CiphertextBlob=blob)["KeyId"] == old["Arn"], "what the old key sealed it still opens"
    assert code_of(wire.kms.Decrypt, CiphertextBlob=blob, KeyId=alias) == "IncorrectKeyException"
    [entry] = wire.kms.ListAliases(KeyId=new["KeyId"])["Aliases"]
    assert entry["LastUpdatedDate"] >= entry["CreationDate"]
    assert aliases_of(wire, old["KeyId"]) == []


def test_an_alias_goes_and_its_name_is_free(wire, alias):
    key_id = create_key(wire)["KeyId"]
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key_id)
    assert wire.kms.DeleteAlias(AliasName=alias) == {}
    missing = ("NotFoundException", f"Alias {arn(alias)} is not found.")
    assert refusal(wire.kms.DescribeKey, KeyId=alias) == missing
    assert refusal(wire.kms.DeleteAlias, AliasName=alias) == missing
    assert refusal(wire.kms.UpdateAlias, AliasName=alias, TargetKeyId=key_id) == missing
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=create_key(wire)["KeyId"])


def test_a_name_is_taken_once(wire, alias):
    key, other = create_key(wire)["KeyId"], create_key(wire)["KeyId"]
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key)
    for target in (key, other):
        code, text = refusal(wire.kms.CreateAlias, AliasName=alias, TargetKeyId=target)
        assert (code, text) == ("AlreadyExistsException", f"An alias with the name {arn(alias)} already exists")


@pytest.mark.parametrize("name, codes", [
    ("no-prefix", {"ValidationException"}),
    ("alias/", {"ValidationException", "InvalidAliasNameException"}),
    ("alias/has space", {"ValidationException"}),
    ("alias/ümlaut", {"ValidationException"}),
    ("alias/" + "x" * 251, {"ValidationException"}),
    ("alias/aws/mine", {"ValidationException", "InvalidAliasNameException", "NotAuthorizedException"}),
    ("", {"ValidationException"}),
])
def test_names(wire, name, codes):
    assert code_of(wire.kms.CreateAlias, AliasName=name, TargetKeyId=create_key(wire)["KeyId"]) in codes


def test_the_longest_name(wire, unique):
    name = f"alias/{unique}".ljust(256, "x")
    wire.kms.CreateAlias(AliasName=name, TargetKeyId=create_key(wire)["KeyId"])
    assert wire.kms.DescribeKey(KeyId=name)["KeyMetadata"]["Enabled"]


def test_a_missing_prefix_is_said(wire):
    code, text = refusal(wire.kms.CreateAlias, AliasName="mine", TargetKeyId=create_key(wire)["KeyId"])
    assert code == "ValidationException" and text.startswith('Alias must start with the prefix "alias/"')


@pytest.mark.parametrize("operation", ["CreateAlias", "UpdateAlias"])
@pytest.mark.parametrize("target, codes", [
    (UNKNOWN, {"NotFoundException"}),
    ("nonsense", {"NotFoundException"}),
    ("alias/aws/ssm", {"NotFoundException", "ValidationException"}),
])
def test_targets(wire, alias, operation, target, codes):
    key_id = create_key(wire)["KeyId"]
    if operation == "UpdateAlias":
        wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key_id)
    assert code_of(getattr(wire.kms, operation), AliasName=alias, TargetKeyId=target) in codes
    assert aliases_of(wire, key_id) == ([alias] if operation == "UpdateAlias" else [])


@pytest.mark.parametrize("name", ["alias/aws/ssm", "alias/aws/secretsmanager"])
def test_predefined_aliases_stay(wire, name):
    before = wire.kms.DescribeKey(KeyId=name)["KeyMetadata"]["KeyId"]
    refusals = {"ValidationException", "InvalidAliasNameException", "NotAuthorizedException"}
    assert code_of(wire.kms.UpdateAlias, AliasName=name, TargetKeyId=create_key(wire)["KeyId"]) in refusals
    assert code_of(wire.kms.DeleteAlias, AliasName=name) in refusals
    assert wire.kms.DescribeKey(KeyId=name)["KeyMetadata"]["KeyId"] == before


def test_aliases_per_key(wire, alias):
    key_id = create_key(wire)["KeyId"]
    for n in range(50):
        wire.kms.CreateAlias(AliasName=f"{alias}-{n}", TargetKeyId=key_id)
    assert code_of(wire.kms.CreateAlias, AliasName=alias, TargetKeyId=key_id) == "LimitExceededException"
    other = create_key(wire)["KeyId"]
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=other)
    assert code_of(wire.kms.UpdateAlias, AliasName=alias, TargetKeyId=key_id) == "LimitExceededException"
    wire.kms.DeleteAlias(AliasName=f"{alias}-0")
    wire.kms.UpdateAlias(AliasName=alias, TargetKeyId=key_id)
    wire.kms.UpdateAlias(AliasName=alias, TargetKeyId=key_id)


def test_aliases_and_keys_that_are_to_be_deleted(wire, alias):
    doomed, spare = create_key(wire), create_key(wire)
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=doomed["KeyId"])
    wire.kms.CreateAlias(AliasName=f"{alias}-spare", TargetKeyId=spare["KeyId"])
    wire.kms.ScheduleKeyDeletion(KeyId=doomed["KeyId"])
    pending = ("KMSInvalidStateException", f"{doomed['Arn']} is pending deletion.")
    assert aliases_of(wire, doomed["KeyId"]) == [alias]
    assert refusal(wire.kms.Encrypt, KeyId=alias, Plaintext=b"p") == pending
    assert refusal(wire.kms.CreateAlias, AliasName=f"{alias}-2", TargetKeyId=doomed["KeyId"]) == pending
    assert refusal(wire.kms.UpdateAlias, AliasName=f"{alias}-spare", TargetKeyId=doomed["KeyId"]) == pending
    wire.kms.UpdateAlias(AliasName=alias, TargetKeyId=spare["KeyId"])
    assert wire.kms.Encrypt(KeyId=alias, Plaintext=b"p")["KeyId"] == spare["Arn"]
    wire.kms.DeleteAlias(AliasName=alias)


def test_terraform_manages_an_alias(wire, alias):
    """aws_kms_alias: create, find it in the list, point it at another key, delete, find that it is gone."""
    first, second = create_key(wire)["KeyId"], create_key(wire)["KeyId"]

    def found():
        entries = flatten(wire.kms.pages("ListAliases"))
        return [entry["TargetKeyId"] for entry in entries if entry["AliasName"] == alias]

    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=first)
    assert found() == [first]
    wire.kms.UpdateAlias(AliasName=alias, TargetKeyId=second)
    assert found() == [second]
    wire.kms.DeleteAlias(AliasName=alias)
    assert found() == []
