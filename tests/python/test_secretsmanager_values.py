"""Secrets and their values: creating, reading, writing, updating."""

import datetime
import re
import uuid

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, refusal

MISSING = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
INVALID = {"InvalidParameterException", "ValidationException"}


@pytest.fixture
def name(unique):
    return f"values/{unique}"


def create(wire, name, value="one", **arguments):
    return wire.secrets.CreateSecret(Name=name, SecretString=value, **arguments)


def value(wire, name, **arguments):
    return wire.secrets.GetSecretValue(SecretId=name, **arguments)["SecretString"]


def versions(wire, name):
    """The stages of each version."""
    return wire.secrets.DescribeSecret(SecretId=name)["VersionIdsToStages"]


def test_a_secret_is_read_as_it_was_written(wire, name):
    token = str(uuid.uuid4())
    before = datetime.datetime.now(datetime.timezone.utc)
    made = create(wire, name, '{"user":"ünï"}', ClientRequestToken=token)
    arn = made["ARN"]
    assert re.fullmatch(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-[A-Za-z0-9]{{6}}", arn)
    assert made == {"ARN": arn, "Name": name, "VersionId": token}
    for secret_id in (name, arn, arn[:-7]):
        got = wire.secrets.GetSecretValue(SecretId=secret_id)
        assert abs(got.pop("CreatedDate") - before) < datetime.timedelta(minutes=2)
        assert got == {"ARN": arn, "Name": name, "VersionId": token, "SecretString": '{"user":"ünï"}',
                       "VersionStages": ["AWSCURRENT"]}


@pytest.mark.parametrize("binary", [b"\x00\xff", bytes(range(256)) * 256])
def test_a_binary_secret(wire, name, binary):
    wire.secrets.CreateSecret(Name=name, SecretBinary=binary)
    got = wire.secrets.GetSecretValue(SecretId=name)
    assert got["SecretBinary"] == binary and "SecretString" not in got
    wire.secrets.PutSecretValue(SecretId=name, SecretString="text")
    got = wire.secrets.GetSecretValue(SecretId=name)
    assert got["SecretString"] == "text" and "SecretBinary" not in got


def test_the_largest_secret(wire, name):
    create(wire, name, "x" * 65536)
    assert value(wire, name) == "x" * 65536


def test_a_secret_without_a_value(wire, name):
    made = wire.secrets.CreateSecret(Name=name)
    assert set(made) == {"ARN", "Name"} and versions(wire, name) == {}
    assert refusal(wire.secrets.GetSecretValue, SecretId=name) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
    put = wire.secrets.PutSecretValue(SecretId=name, SecretString="first")
    assert put["VersionStages"] == ["AWSCURRENT"] and value(wire, name) == "first"


def test_the_description_of_a_secret(wire, name):
    made = create(wire, name, Description="d", Tags=[{"Key": "a", "Value": "1"}])
    described = wire.secrets.DescribeSecret(SecretId=made["ARN"])
    assert described["CreatedDate"] == described["LastChangedDate"]
    stable = {member: described[member] for member in described
              if member not in ("CreatedDate", "LastChangedDate", "LastAccessedDate")}
    stable.pop("RotationEnabled", None)
    assert stable == {
        "ARN": made["ARN"], "Name": name, "Description": "d", "Tags": [{"Key": "a", "Value": "1"}],
        "VersionIdsToStages": {made["VersionId"]: ["AWSCURRENT"]}}, "the default key is not told"


@pytest.mark.parametrize("arguments", [
    {"Name": ""}, {"Name": "has space"}, {"Name": "ümlaut"}, {"Name": "a:b"}, {"Name": "x" * 513},
    {"SecretString": "x" * 65537}, {"SecretString": ""}, {"SecretString": "a", "SecretBinary": b"b"},
    {"ClientRequestToken": "short"}, {"ClientRequestToken": "x" * 65}, {"Description": "x" * 2049},
    {"Tags": [{"Key": "", "Value": "x"}]}, {"Tags": [{"Key": "aws:x", "Value": "x"}]},
])
def test_secrets_that_are_refused(wire, name, arguments):
    assert code_of(wire.secrets.CreateSecret, **{"Name": name, **arguments}) in INVALID
    assert refusal(wire.secrets.DescribeSecret, SecretId=name) == MISSING


@pytest.mark.parametrize("arguments", [
    {"AddReplicaRegions": [{"Region": "eu-west-1"}]}, {"Type": "partner"},
])
def test_what_is_not_built_is_refused_and_not_ignored(wire, name, arguments):
    assert code_of(wire.secrets.CreateSecret, Name=name, **arguments) in INVALID | {
        "InvalidRequestException", "UnsupportedOperationException"}


def test_names_are_said_to_be_wrong(wire):
    assert refusal(wire.secrets.CreateSecret, Name="a b") in [
        ("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
                                "following: -/_+=.@!"),
        ("InvalidParameterException", "Invalid name. Must be a valid name containing alphanumeric characters, or any "
                                      "of the following: -/_+=.@!")]


def test_a_name_is_taken_once(wire, name):
    made = create(wire, name, "one")
    assert refusal(create, wire=wire, name=name, value="two") == (
        "ResourceExistsException", f"The operation failed because the secret {name} already exists.")
    again = create(wire, name, "one", ClientRequestToken=made["VersionId"])
    assert again == made, "the same request again is the same secret"
    assert code_of(create, wire=wire, name=name, value="two", ClientRequestToken=made["VersionId"]) \
        == "ResourceExistsException"
    assert value(wire, name) == "one"


@pytest.mark.parametrize("operation, arguments", [
    ("GetSecretValue", {}), ("DescribeSecret", {}), ("PutSecretValue", {"SecretString": "v"}),
    ("UpdateSecret", {"Description": "d"}), ("ListSecretVersionIds", {}), ("RestoreSecret", {}), ("DeleteSecret", {}),
    ("UpdateSecretVersionStage", {"VersionStage": "S", "MoveToVersionId": "x" * 32}),
    ("TagResource", {"Tags": [{"Key": "a", "Value": "b"}]}), ("UntagResource", {"TagKeys": ["a"]}),
])
def test_secrets_that_are_not_there(wire, name, operation, arguments):
    call = getattr(wire.secrets, operation)
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"
    for secret_id in (name, arn):
        assert refusal(call, SecretId=secret_id, **arguments) == MISSING
    assert code_of(call, SecretId="", **arguments) in INVALID
    assert code_of(call, SecretId="x" * 2049, **arguments) in INVALID
    assert code_of(call, **arguments) in INVALID


def test_values_follow_each_other(wire, name):
    made = create(wire, name, "one")
    put = wire.secrets.PutSecretValue(SecretId=name, SecretString="two")
    assert put == {"ARN": made["ARN"], "Name": name, "VersionId": put["VersionId"], "VersionStages": ["AWSCURRENT"]}
    assert versions(wire, name) == {made["VersionId"]: ["AWSPREVIOUS"], put["VersionId"]: ["AWSCURRENT"]}
    assert value(wire, name) == "two"
    assert value(wire, name, VersionStage="AWSPREVIOUS") == "one"
    assert value(wire, name, VersionId=made["VersionId"]) == "one"
    assert value(wire, name, VersionId=put["VersionId"], VersionStage="AWSCURRENT") == "two"
    third = wire.secrets.PutSecretValue(SecretId=name, SecretString="three")["VersionId"]
    assert versions(wire, name) == {put["VersionId"]: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}


def test_version_and_stage_must_agree(wire, name):
    made = create(wire, name, "one")
    wire.secrets.PutSecretValue(SecretId=name, SecretString="two")
    assert refusal(wire.secrets.GetSecretValue, SecretId=name, VersionId=made["VersionId"],
                   VersionStage="AWSCURRENT") == (
        "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    assert refusal(wire.secrets.GetSecretValue, SecretId=name, VersionStage="NOPE") == (
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: NOPE")
    assert code_of(wire.secrets.GetSecretValue, SecretId=name, VersionId=str(uuid.uuid4())) \
        == "ResourceNotFoundException"


def test_a_token_makes_a_write_repeatable(wire, name):
    made = create(wire, name, "one")
    token = str(uuid.uuid4())
    first = wire.secrets.PutSecretValue(SecretId=name, SecretString="two", ClientRequestToken=token)
    assert first["VersionId"] == token
    assert wire.secrets.PutSecretValue(SecretId=name, SecretString="two", ClientRequestToken=token) == first
    assert code_of(wire.secrets.PutSecretValue, SecretId=name, SecretString="other", ClientRequestToken=token) \
        == "ResourceExistsException"
    assert code_of(wire.secrets.PutSecretValue, SecretId=name, SecretBinary=b"two", ClientRequestToken=token) \
        == "ResourceExistsException"
    assert versions(wire, name) == {made["VersionId"]: ["AWSPREVIOUS"], token: ["AWSCURRENT"]}


@pytest.mark.parametrize("arguments", [
    {}, {"SecretString": ""}, {"SecretString": "x" * 65537}, {"SecretString": "a", "SecretBinary": b"b"},
    {"SecretString": "a", "ClientRequestToken": "short"}, {"SecretString": "a", "VersionStages": [""]},
    {"SecretString": "a", "VersionStages": ["x" * 257]},
    {"SecretString": "a", "VersionStages": [f"S{n}" for n in range(21)]},
])
def test_values_that_are_refused(wire, name, arguments):
    create(wire, name, "one")
    assert code_of(wire.secrets.PutSecretValue, SecretId=name, **arguments) in INVALID | {"InvalidRequestException"}
    assert value(wire, name) == "one"


def test_an_update_changes_what_it_names(wire, name):
    made = create(wire, name, "one", Description="old")
    assert wire.secrets.UpdateSecret(SecretId=name, Description="new") == {"ARN": made["ARN"], "Name": name}
    assert value(wire, name) == "one"
    token = str(uuid.uuid4())
    updated = wire.secrets.UpdateSecret(SecretId=name, SecretString="two", ClientRequestToken=token)
    assert updated == {"ARN": made["ARN"], "Name": name, "VersionId": token}
    described = wire.secrets.DescribeSecret(SecretId=name)
    assert described["Description"] == "new" and described["LastChangedDate"] > described["CreatedDate"]
    assert described["VersionIdsToStages"] == {made["VersionId"]: ["AWSPREVIOUS"], token: ["AWSCURRENT"]}
    code, text = refusal(wire.secrets.UpdateSecret, SecretId=name, SecretString="three", ClientRequestToken=token)
    assert code == "ResourceExistsException" and token in text
    for wrong in ({"Description": "x" * 2049}, {"SecretString": "a", "SecretBinary": b"b"}):
        assert code_of(wire.secrets.UpdateSecret, SecretId=name, **wrong) in INVALID


def test_a_new_secret_of_an_old_name_is_another(wire, name):
    first = create(wire, name)["ARN"]
    wire.secrets.DeleteSecret(SecretId=name, ForceDeleteWithoutRecovery=True)
    second = create(wire, name, "again")["ARN"]
    assert second != first and second[:-6] == first[:-6]
    assert refusal(wire.secrets.GetSecretValue, SecretId=first) == MISSING


def test_terraform_manages_a_secret(wire, name):
    """aws_secretsmanager_secret and its _version: create, describe, put, read, move a stage, delete at once."""
    key_id = create_key(wire)["KeyId"]
    arn = wire.secrets.CreateSecret(Name=name, Description="tf", KmsKeyId=key_id)["ARN"]
    assert wire.secrets.DescribeSecret(SecretId=arn)["KmsKeyId"] == key_id
    old = wire.secrets.PutSecretValue(SecretId=arn, SecretString="1")["VersionId"]
    assert wire.secrets.GetSecretValue(SecretId=arn, VersionId=old)["VersionStages"] == ["AWSCURRENT"]
    new = wire.secrets.PutSecretValue(SecretId=arn, SecretString="2", VersionStages=["AWSCURRENT", "BLUE"])["VersionId"]
    wire.secrets.UpdateSecretVersionStage(
        SecretId=arn, VersionStage="BLUE", MoveToVersionId=old, RemoveFromVersionId=new)
    assert {version: sorted(stages) for version, stages in versions(wire, arn).items()} == {
        old: ["AWSPREVIOUS", "BLUE"], new: ["AWSCURRENT"]}
    wire.secrets.DeleteSecret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    assert refusal(wire.secrets.DescribeSecret, SecretId=arn) == MISSING
