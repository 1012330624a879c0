"""Deletion and restoring, tags, passwords."""

import datetime
import string

import pytest
from wires import code_of, refusal

DELETED = ("InvalidRequestException",
           "You can't perform this operation on the secret because it was marked for deletion.")
INVALID = {"InvalidParameterException", "ValidationException"}


@pytest.fixture
def name(wire, unique):
    name = f"life/{unique}"
    wire.secrets.CreateSecret(Name=name, SecretString="one")
    return name


@pytest.mark.parametrize("arguments, days", [
    ({}, 30), ({"RecoveryWindowInDays": 7}, 7), ({"RecoveryWindowInDays": 30}, 30)])
def test_a_deletion_waits_and_is_taken_back(wire, name, arguments, days):
    now = datetime.datetime.now(datetime.timezone.utc)
    answer = wire.secrets.DeleteSecret(SecretId=name, **arguments)
    assert set(answer) == {"ARN", "Name", "DeletionDate"} and answer["Name"] == name
    assert abs(answer["DeletionDate"] - now - datetime.timedelta(days=days)) < datetime.timedelta(minutes=2)
    described = wire.secrets.DescribeSecret(SecretId=name)
    assert "DeletedDate" in described
    assert refusal(wire.secrets.GetSecretValue, SecretId=name) == DELETED
    assert wire.secrets.RestoreSecret(SecretId=name) == {"ARN": answer["ARN"], "Name": name}
    assert "DeletedDate" not in wire.secrets.DescribeSecret(SecretId=name)
    assert wire.secrets.GetSecretValue(SecretId=name)["SecretString"] == "one"


@pytest.mark.parametrize("operation, arguments", [
    ("GetSecretValue", {}), ("PutSecretValue", {"SecretString": "v"}), ("UpdateSecret", {"Description": "d"}),
    ("TagResource", {"Tags": [{"Key": "a", "Value": "b"}]}), ("UntagResource", {"TagKeys": ["a"]}),
])
def test_what_waits_for_deletion_is_not_used(wire, name, operation, arguments):
    wire.secrets.DeleteSecret(SecretId=name)
    assert refusal(getattr(wire.secrets, operation), SecretId=name, **arguments) == DELETED


def test_a_stage_of_a_deleted_secret_stays(wire, name):
    version = wire.secrets.GetSecretValue(SecretId=name)["VersionId"]
    wire.secrets.DeleteSecret(SecretId=name)
    assert code_of(wire.secrets.UpdateSecretVersionStage, SecretId=name, VersionStage="BLUE",
                   MoveToVersionId=version) == "InvalidRequestException"


def test_a_deleted_name_stays_taken(wire, name):
    wire.secrets.DeleteSecret(SecretId=name)
    assert refusal(wire.secrets.CreateSecret, Name=name, SecretString="v") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.")


def test_deleting_at_once(wire, name):
    answer = wire.secrets.DeleteSecret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert set(answer) == {"ARN", "Name", "DeletionDate"}
    assert code_of(wire.secrets.DescribeSecret, SecretId=name) == "ResourceNotFoundException"
    assert code_of(wire.secrets.RestoreSecret, SecretId=name) == "ResourceNotFoundException"
    unknown = wire.secrets.DeleteSecret(SecretId=f"{name}-never", ForceDeleteWithoutRecovery=True)
    assert unknown["Name"] == f"{name}-never", "what is not there is deleted as well"


@pytest.mark.parametrize("arguments", [
    {"RecoveryWindowInDays": 6}, {"RecoveryWindowInDays": 31}, {"RecoveryWindowInDays": 0},
    {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}])
def test_deletions_that_are_refused(wire, name, arguments):
    assert code_of(wire.secrets.DeleteSecret, SecretId=name, **arguments) in INVALID
    assert wire.secrets.GetSecretValue(SecretId=name)["SecretString"] == "one"


def test_restoring_what_is_not_deleted(wire, name):
    wire.secrets.DeleteSecret(SecretId=name)
    wire.secrets.RestoreSecret(SecretId=name)
    assert wire.secrets.RestoreSecret(SecretId=name)["Name"] == name, "harmless: it is there"


def tags(wire, name):
    return {tag["Key"]: tag["Value"] for tag in wire.secrets.DescribeSecret(SecretId=name)["Tags"]}


def tag(wire, name, pairs):
    return wire.secrets.TagResource(
        SecretId=name, Tags=[{"Key": key, "Value": value} for key, value in pairs.items()])


def test_tags_come_and_go(wire, name):
    assert tag(wire, name, {"a": "1", "b": "", "Ä /=+:@.-_": "ü"}) == {}
    tag(wire, name, {"a": "2", "A": "3"})
    assert tags(wire, name) == {"a": "2", "A": "3", "b": "", "Ä /=+:@.-_": "ü"}
    assert wire.secrets.UntagResource(SecretId=name, TagKeys=["a", "never"]) == {}
    assert tags(wire, name) == {"A": "3", "b": "", "Ä /=+:@.-_": "ü"}


@pytest.mark.parametrize("pairs", [{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}, {"aws:x": "x"},
                                   {f"t{n}": "x" for n in range(51)}])
def test_tags_that_are_refused(wire, name, pairs):
    assert code_of(tag, wire=wire, name=name, pairs=pairs) in INVALID | {"LimitExceededException"}
    assert tags(wire, name) == {}


ALPHABETS = {
    "ExcludeUppercase": string.ascii_uppercase, "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeNumbers": string.digits, "ExcludePunctuation": string.punctuation,
}


def password(wire, **arguments):
    return wire.secrets.GetRandomPassword(**arguments)["RandomPassword"]


def test_a_password_has_32_characters_of_each_kind(wire):
    drawn = [password(wire) for _ in range(5)]
    assert len(set(drawn)) == 5
    for one in drawn:
        assert len(one) == 32 and " " not in one
        assert all(set(one) & set(alphabet) for alphabet in ALPHABETS.values())


@pytest.mark.parametrize("excluded", [*ALPHABETS])
def test_kinds_are_left_out(wire, excluded):
    drawn = password(wire, PasswordLength=400, **{excluded: True})
    assert set(drawn).isdisjoint(ALPHABETS[excluded]) and len(drawn) == 400


@pytest.mark.parametrize("length", [4, 4096])
def test_lengths(wire, length):
    assert len(password(wire, PasswordLength=length)) == length


def test_characters_are_left_out_and_space_let_in(wire):
    drawn = password(wire, PasswordLength=4096, ExcludeCharacters="abcABC012!", IncludeSpace=True)
    assert set(drawn).isdisjoint("abcABC012!") and " " in drawn


def test_a_password_of_one_character(wire):
    assert len(password(wire, PasswordLength=1, RequireEachIncludedType=False)) == 1


@pytest.mark.parametrize("arguments", [
    {"PasswordLength": 0}, {"PasswordLength": 4097}, {"PasswordLength": 3}, {"ExcludeCharacters": "x" * 4097},
    {"ExcludeUppercase": True, "ExcludeLowercase": True, "ExcludeNumbers": True, "ExcludePunctuation": True},
    {"ExcludeCharacters": string.printable},
])
def test_passwords_that_are_not_drawn(wire, arguments):
    assert code_of(wire.secrets.GetRandomPassword, **arguments) in INVALID | {"InvalidRequestException"}
