"""Deletion of keys: scheduled, taken back, and what a key that waits for it or is disabled still does."""

import datetime

import pytest
from wires import code_of, create_key, refusal

DISABLED, PENDING = "disabled", "pending"
USES = {
    "Encrypt": {"Plaintext": b"p"}, "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"NumberOfBytes": 8},
}
# AWS's table of key states: what each state refuses, and what it lets through.
REFUSED_WHEN_DISABLED = {**USES, "EnableKeyRotation": {}, "DisableKeyRotation": {}, "RotateKeyOnDemand": {}}
REFUSED_WHEN_PENDING = {
    **REFUSED_WHEN_DISABLED, "EnableKey": {}, "DisableKey": {}, "ScheduleKeyDeletion": {},
    "UpdateKeyDescription": {"Description": "d"}, "UntagResource": {"TagKeys": ["a"]},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
}
ALWAYS = {"DescribeKey": {}, "ListAliases": {}, "ListResourceTags": {}, "GetKeyRotationStatus": {}}
ALLOWED_WHEN_DISABLED = {
    **ALWAYS, "UpdateKeyDescription": {"Description": "d"}, "UntagResource": {"TagKeys": ["a"]},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "EnableKey": {}, "DisableKey": {},
    "ScheduleKeyDeletion": {},
}


def disabled(wire):
    key = create_key(wire)
    wire.kms.DisableKey(KeyId=key["KeyId"])
    return key, ("DisabledException", f"{key['Arn']} is disabled.")


def pending(wire):
    key = create_key(wire)
    wire.kms.ScheduleKeyDeletion(KeyId=key["KeyId"])
    return key, ("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")


def test_a_key_waits_for_its_deletion(wire):
    key = create_key(wire)
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = wire.kms.ScheduleKeyDeletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    date = answer.pop("DeletionDate")
    assert answer == {"KeyId": key["Arn"], "KeyState": "PendingDeletion", "PendingWindowInDays": 7}
    assert abs(date - before - datetime.timedelta(days=7)) < datetime.timedelta(minutes=2)
    described = wire.kms.DescribeKey(KeyId=key["KeyId"])["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"], described["DeletionDate"]) == ("PendingDeletion", False, date)


def test_the_window_is_thirty_days_unless_said_otherwise(wire):
    key_id = create_key(wire)["KeyId"]
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = wire.kms.ScheduleKeyDeletion(KeyId=key_id)
    assert answer["PendingWindowInDays"] == 30
    assert abs(answer["DeletionDate"] - before - datetime.timedelta(days=30)) < datetime.timedelta(minutes=2)


@pytest.mark.parametrize("days", [0, 6, 31, 366])
def test_windows(wire, days):
    key_id = create_key(wire)["KeyId"]
    assert code_of(wire.kms.ScheduleKeyDeletion, KeyId=key_id, PendingWindowInDays=days) == "ValidationException"
    assert wire.kms.DescribeKey(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_deletion_is_taken_back(wire):
    key = create_key(wire)
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    wire.kms.ScheduleKeyDeletion(KeyId=key["Arn"])
    assert refusal(wire.kms.Decrypt, CiphertextBlob=blob) == (
        "KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    assert wire.kms.CancelKeyDeletion(KeyId=key["Arn"]) == {"KeyId": key["Arn"]}
    described = wire.kms.DescribeKey(KeyId=key["KeyId"])["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == ("Disabled", False) and "DeletionDate" not in described
    assert code_of(wire.kms.Decrypt, CiphertextBlob=blob) == "DisabledException"
    wire.kms.EnableKey(KeyId=key["KeyId"])
    assert wire.kms.Decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
def test_only_what_is_scheduled_is_taken_back(wire, state):
    key = create_key(wire)
    if state == "Disabled":
        wire.kms.DisableKey(KeyId=key["KeyId"])
    assert refusal(wire.kms.CancelKeyDeletion, KeyId=key["KeyId"]) == (
        "KMSInvalidStateException", f"{key['Arn']} is not pending deletion.")
    assert wire.kms.DescribeKey(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == state


@pytest.mark.parametrize("operation", REFUSED_WHEN_DISABLED)
def test_disabled_keys_refuse(wire, operation):
    key, expected = disabled(wire)
    assert refusal(getattr(wire.kms, operation), KeyId=key["KeyId"], **REFUSED_WHEN_DISABLED[operation]) == expected


@pytest.mark.parametrize("operation", REFUSED_WHEN_PENDING)
def test_keys_to_be_deleted_refuse(wire, operation):
    key, expected = pending(wire)
    assert refusal(getattr(wire.kms, operation), KeyId=key["KeyId"], **REFUSED_WHEN_PENDING[operation]) == expected


@pytest.mark.parametrize("operation", ALLOWED_WHEN_DISABLED)
def test_disabled_keys_allow(wire, operation):
    key, _ = disabled(wire)
    getattr(wire.kms, operation)(KeyId=key["KeyId"], **ALLOWED_WHEN_DISABLED[operation])


@pytest.mark.parametrize("operation", ALWAYS)
def test_keys_to_be_deleted_allow(wire, operation):
    key, _ = pending(wire)
    getattr(wire.kms, operation)(KeyId=key["KeyId"])


@pytest.mark.parametrize("make", [disabled, pending])
def test_what_was_sealed_waits_for_its_key(wire, make):
    key, expected = make(wire)
    other = create_key(wire)["KeyId"]
    sealed = wire.kms.Encrypt(KeyId=other, Plaintext=b"p")["CiphertextBlob"]
    assert refusal(wire.kms.ReEncrypt, CiphertextBlob=sealed, DestinationKeyId=key["KeyId"]) == expected


def test_terraform_manages_a_key(wire):
    """aws_kms_key: create, read with its rotation and tags, change, schedule its deletion."""
    key_id = create_key(wire, Description="tf", Tags=[{"TagKey": "env", "TagValue": "test"}])["KeyId"]

    def read():
        metadata = wire.kms.DescribeKey(KeyId=key_id)["KeyMetadata"]
        status = wire.kms.GetKeyRotationStatus(KeyId=key_id)
        tags = flatten_tags(wire.kms.ListResourceTags(KeyId=key_id))
        return metadata["Description"], status["KeyRotationEnabled"], tags, metadata["KeyState"]

    assert read() == ("tf", False, {"env": "test"}, "Enabled")
    wire.kms.EnableKeyRotation(KeyId=key_id, RotationPeriodInDays=180)
    wire.kms.UpdateKeyDescription(KeyId=key_id, Description="tf 2")
    wire.kms.TagResource(KeyId=key_id, Tags=[{"TagKey": "env", "TagValue": "live"}])
    wire.kms.DisableKey(KeyId=key_id)
    assert read() == ("tf 2", True, {"env": "live"}, "Disabled")
    wire.kms.ScheduleKeyDeletion(KeyId=key_id, PendingWindowInDays=7)
    assert read()[3] == "PendingDeletion"


def flatten_tags(answer):
    return {tag["TagKey"]: tag["TagValue"] for tag in answer["Tags"]}
