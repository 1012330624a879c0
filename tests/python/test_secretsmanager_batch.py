"""BatchGetSecretValue: many secrets at once, by name or by filter."""

import uuid

import pytest
from wires import code_of, create_key, flatten

INVALID = {"InvalidParameterException", "InvalidRequestException", "ValidationException"}


class World:
    """Three secrets whose names begin alike."""

    def __init__(self, wire):
        self.wire, self.root = wire, f"batch-{uuid.uuid4().hex[:8]}"
        self.made = {
            name: wire.secrets.CreateSecret(Name=f"{self.root}/{name}", SecretString=name) for name in ("a", "b", "c")}

    def id(self, name):
        return f"{self.root}/{name}"


@pytest.fixture(scope="module")
def world(wire):
    return World(wire)


def test_secrets_by_name_and_arn(world):
    arn = world.made["b"]["ARN"]
    answer = world.wire.secrets.BatchGetSecretValue(SecretIdList=[world.id("a"), arn])
    assert answer["Errors"] == [] and "NextToken" not in answer
    values = {entry["Name"]: entry for entry in answer["SecretValues"]}
    assert set(values) == {world.id("a"), world.id("b")}
    entry = values[world.id("b")]
    assert entry.pop("CreatedDate")
    assert entry == {"ARN": arn, "Name": world.id("b"), "VersionId": world.made["b"]["VersionId"],
                     "SecretString": "b", "VersionStages": ["AWSCURRENT"]}


def test_what_fails_is_told_apart(world):
    wire, name = world.wire, world.id(f"sealed-{uuid.uuid4().hex[:8]}")
    key_id = create_key(wire)["KeyId"]
    wire.secrets.CreateSecret(Name=name, SecretString="v", KmsKeyId=key_id)
    wire.kms.DisableKey(KeyId=key_id)
    answer = wire.secrets.BatchGetSecretValue(SecretIdList=[world.id("none"), world.id("a"), name])
    wire.secrets.DeleteSecret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert [entry["SecretString"] for entry in answer["SecretValues"]] == ["a"]
    errors = {entry["SecretId"]: entry["ErrorCode"] for entry in answer["Errors"]}
    assert errors.pop(world.id("none")) == "ResourceNotFoundException" and len(errors) == 1


def test_secrets_by_filter_page_by_page(world):
    filters, token, pages = [{"Key": "name", "Values": [f"{world.root}/"]}], {}, []
    while True:
        page = world.wire.secrets.BatchGetSecretValue(Filters=filters, MaxResults=2, **token)
        pages.append([entry["SecretString"] for entry in page["SecretValues"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(flatten(pages)) == ["a", "b", "c"] and max(map(len, pages)) <= 2


@pytest.mark.parametrize("arguments, codes", [
    ({}, INVALID),
    ({"SecretIdList": []}, INVALID),
    ({"SecretIdList": ["x"] * 21}, INVALID),
    ({"SecretIdList": ["x"], "Filters": [{"Key": "name", "Values": ["x"]}]}, INVALID),
    ({"SecretIdList": ["x"], "MaxResults": 1}, INVALID),
    ({"Filters": [{"Key": "name", "Values": ["x"]}], "MaxResults": 21}, INVALID),
    ({"Filters": [{"Key": "name", "Values": ["x"]}], "NextToken": "guess"}, {"InvalidNextTokenException"}),
])
def test_batches_that_are_refused(wire, arguments, codes):
    assert code_of(wire.secrets.BatchGetSecretValue, **arguments) in codes
