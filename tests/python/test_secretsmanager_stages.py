"""Staging labels: which version is current, and moving them by hand."""

import uuid

import pytest
from wires import code_of, flatten, refusal


class Secret:
    """A secret with two versions, the second one current."""

    def __init__(self, wire, name):
        self.wire, self.name = wire, name
        self.old = wire.secrets.CreateSecret(Name=name, SecretString="old")["VersionId"]
        self.new = wire.secrets.PutSecretValue(SecretId=name, SecretString="new")["VersionId"]

    def put(self, value, *stages):
        return self.wire.secrets.PutSecretValue(
            SecretId=self.name, SecretString=value, VersionStages=list(stages))["VersionId"]

    def move(self, stage, to=None, out_of=None):
        asked = {"SecretId": self.name, "VersionStage": stage, "MoveToVersionId": to, "RemoveFromVersionId": out_of}
        return self.wire.secrets.UpdateSecretVersionStage(
            **{name: value for name, value in asked.items() if value is not None})

    def stages(self):
        described = self.wire.secrets.DescribeSecret(SecretId=self.name)["VersionIdsToStages"]
        return {version: sorted(stages) for version, stages in described.items()}


@pytest.fixture
def secret(wire, unique):
    return Secret(wire, f"stages/{unique}")


def test_a_pending_version_waits(secret):
    pending = secret.put("next", "AWSPENDING")
    assert secret.stages() == {
        secret.old: ["AWSPREVIOUS"], secret.new: ["AWSCURRENT"], pending: ["AWSPENDING"]}
    values = secret.wire.secrets.GetSecretValue(SecretId=secret.name, VersionStage="AWSPENDING")
    assert (values["SecretString"], values["VersionStages"]) == ("next", ["AWSPENDING"])
    secret.move("AWSCURRENT", to=pending, out_of=secret.new)
    assert secret.stages() == {secret.new: ["AWSPREVIOUS"], pending: ["AWSCURRENT", "AWSPENDING"]}
    assert secret.wire.secrets.GetSecretValue(SecretId=secret.name)["SecretString"] == "next"


def test_the_current_stage_goes_back(secret):
    answer = secret.move("AWSCURRENT", to=secret.old, out_of=secret.new)
    assert set(answer) == {"ARN", "Name"} and answer["Name"] == secret.name
    assert secret.stages() == {secret.old: ["AWSCURRENT"], secret.new: ["AWSPREVIOUS"]}


def test_a_stage_of_ones_own(secret):
    secret.move("BLUE", to=secret.old)
    assert secret.stages() == {secret.old: ["AWSPREVIOUS", "BLUE"], secret.new: ["AWSCURRENT"]}
    secret.move("BLUE", to=secret.new, out_of=secret.old)
    assert secret.stages() == {secret.old: ["AWSPREVIOUS"], secret.new: ["AWSCURRENT", "BLUE"]}
    secret.move("BLUE", out_of=secret.new)
    assert secret.stages() == {secret.old: ["AWSPREVIOUS"], secret.new: ["AWSCURRENT"]}
    assert code_of(secret.wire.secrets.GetSecretValue, SecretId=secret.name, VersionStage="BLUE") \
        == "ResourceNotFoundException"


def test_a_stage_of_ones_own_moves_with_a_new_value(secret):
    first = secret.put("1", "BLUE")
    second = secret.put("2", "BLUE", "GREEN")
    assert secret.stages() == {
        secret.old: ["AWSPREVIOUS"], secret.new: ["AWSCURRENT"], second: ["BLUE", "GREEN"]}
    listed = secret.wire.secrets.ListSecretVersionIds(SecretId=secret.name, IncludeDeprecated=True)["Versions"]
    assert {entry["VersionId"]: entry["VersionStages"] for entry in listed}[first] == []


def test_the_present_holder_must_be_named(secret):
    assert refusal(secret.move, stage="AWSCURRENT", to=secret.old) == (
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
        f"{secret.new}, so you must explicitly reference that version in RemoveFromVersionId.")
    secret.move("BLUE", to=secret.old)
    assert code_of(secret.move, stage="BLUE", to=secret.new) == "InvalidParameterException"
    assert code_of(secret.move, stage="BLUE", to=secret.new, out_of=secret.new) == "InvalidParameterException"
    assert secret.stages() == {secret.old: ["AWSPREVIOUS", "BLUE"], secret.new: ["AWSCURRENT"]}


def test_stages_that_are_refused(secret):
    wrong = {"InvalidParameterException", "InvalidRequestException", "ValidationException",
             "ResourceNotFoundException"}
    before = secret.stages()
    for arguments in [
        {"stage": "AWSCURRENT", "out_of": secret.new},
        {"stage": "AWSCURRENT", "to": str(uuid.uuid4()), "out_of": secret.new},
        {"stage": "BLUE", "to": str(uuid.uuid4())},
        {"stage": "BLUE", "out_of": secret.new},
        {"stage": "", "to": secret.old},
        {"stage": "x" * 257, "to": secret.old},
        {"stage": "BLUE", "to": "short"},
    ]:
        assert code_of(secret.move, **arguments) in wrong, arguments
    assert secret.stages() == before


def test_twenty_stages_at_most(secret):
    for n in range(18):
        secret.move(f"S{n}", to=secret.old)
    assert code_of(secret.move, stage="MORE", to=secret.old) == "LimitExceededException"
    secret.move("S0", out_of=secret.old)
    secret.move("MORE", to=secret.old)


def test_versions_are_listed(secret):
    wire, third = secret.wire, secret.put("3", "AWSCURRENT")
    answer = wire.secrets.ListSecretVersionIds(SecretId=secret.name)
    assert answer["Name"] == secret.name and answer["ARN"].endswith(answer["ARN"][-6:])
    for entry in answer["Versions"]:
        assert set(entry) - {"LastAccessedDate"} == {"VersionId", "VersionStages", "CreatedDate", "KmsKeyIds"}
    staged = {entry["VersionId"]: entry["VersionStages"] for entry in answer["Versions"]}
    assert staged == {secret.new: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}, "what has no stage is hidden"
    everything, token = [], {}
    while True:
        page = wire.secrets.ListSecretVersionIds(SecretId=secret.name, IncludeDeprecated=True, MaxResults=1, **token)
        assert len(page["Versions"]) <= 1
        everything.append(page["Versions"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    found = {entry["VersionId"]: entry["VersionStages"] for entry in flatten(everything)}
    assert found == {**staged, secret.old: []}


@pytest.mark.parametrize("arguments, codes", [
    ({"MaxResults": 0}, {"ValidationException", "InvalidParameterException"}),
    ({"MaxResults": 101}, {"ValidationException", "InvalidParameterException"}),
    ({"NextToken": "guess"}, {"InvalidNextTokenException"}),
])
def test_lists_of_versions_that_are_refused(secret, arguments, codes):
    assert code_of(secret.wire.secrets.ListSecretVersionIds, SecretId=secret.name, **arguments) in codes
