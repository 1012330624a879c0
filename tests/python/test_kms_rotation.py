"""Rotation: the schedule of a key, new material on demand, and ciphertexts of older material."""

import datetime
import time

import pytest
from wires import code_of, create_key, flatten, refusal


def material(wire, key_id):
    """The id of the material that new data keys are sealed under."""
    return wire.kms.GenerateDataKeyWithoutPlaintext(KeyId=key_id, KeySpec="AES_256")["KeyMaterialId"]


def rotate(wire, key_id):
    """Rotates now, and waits until the new material is in use: AWS does it in the background."""
    before = material(wire, key_id)
    answer = wire.kms.RotateKeyOnDemand(KeyId=key_id)
    end = time.monotonic() + 30
    while material(wire, key_id) == before:
        assert time.monotonic() < end, "the key was not rotated"
        time.sleep(0.05)
    return answer


def test_a_key_does_not_rotate_unless_told(wire):
    key = create_key(wire)
    for name in (key["KeyId"], key["Arn"]):
        status = wire.kms.GetKeyRotationStatus(KeyId=name)
        assert status["KeyRotationEnabled"] is False and status["KeyId"] in (key["KeyId"], key["Arn"])
        assert "NextRotationDate" not in status


@pytest.mark.parametrize("arguments, days", [
    ({}, 365), ({"RotationPeriodInDays": 90}, 90), ({"RotationPeriodInDays": 2560}, 2560)])
def test_a_schedule(wire, arguments, days):
    key_id = create_key(wire)["KeyId"]
    wire.kms.EnableKeyRotation(KeyId=key_id, **arguments)
    status = wire.kms.GetKeyRotationStatus(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, days)
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    assert abs(status["NextRotationDate"] - due) < datetime.timedelta(days=1)
    wire.kms.DisableKeyRotation(KeyId=key_id)
    status = wire.kms.GetKeyRotationStatus(KeyId=key_id)
    assert status["KeyRotationEnabled"] is False and "NextRotationDate" not in status


@pytest.mark.parametrize("days", [0, 89, 2561])
def test_periods(wire, days):
    key_id = create_key(wire)["KeyId"]
    assert code_of(wire.kms.EnableKeyRotation, KeyId=key_id, RotationPeriodInDays=days) == "ValidationException"
    assert wire.kms.GetKeyRotationStatus(KeyId=key_id)["KeyRotationEnabled"] is False


def test_a_period_is_changed_by_enabling_again(wire):
    key_id = create_key(wire)["KeyId"]
    for days in (100, 200):
        wire.kms.EnableKeyRotation(KeyId=key_id, RotationPeriodInDays=days)
        assert wire.kms.GetKeyRotationStatus(KeyId=key_id)["RotationPeriodInDays"] == days


def test_older_ciphertexts_open_after_rotations(wire):
    key = create_key(wire)
    sealed, materials = [], []
    for n in range(3):
        plaintext = f"generation {n}".encode()
        data_key = wire.kms.GenerateDataKey(KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext={"n": str(n)})
        blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=plaintext)["CiphertextBlob"]
        sealed += [(blob, plaintext, {}), (data_key["CiphertextBlob"], data_key["Plaintext"], {"n": str(n)})]
        materials += [data_key["KeyMaterialId"]] * 2
        rotate(wire, key["KeyId"])
    assert len(set(materials)) == 3
    for (blob, plaintext, context), generation in zip(sealed, materials):
        opened = wire.kms.Decrypt(CiphertextBlob=blob, EncryptionContext=context)
        assert (opened["Plaintext"], opened["KeyMaterialId"], opened["KeyId"]) == (plaintext, generation, key["Arn"])
    described = wire.kms.DescribeKey(KeyId=key["KeyId"])["KeyMetadata"]
    assert described["KeyId"] == key["KeyId"], "the key's name stays"
    assert described.get("CurrentKeyMaterialId", material(wire, key["KeyId"])) == material(wire, key["KeyId"])


def test_re_encryption_brings_the_new_material(wire):
    key_id = create_key(wire)["KeyId"]
    old = material(wire, key_id)
    blob = wire.kms.Encrypt(KeyId=key_id, Plaintext=b"p")["CiphertextBlob"]
    rotate(wire, key_id)
    again = wire.kms.ReEncrypt(CiphertextBlob=blob, DestinationKeyId=key_id)
    assert (again["SourceKeyMaterialId"], again["DestinationKeyMaterialId"]) == (old, material(wire, key_id))
    assert wire.kms.Decrypt(CiphertextBlob=again["CiphertextBlob"])["KeyMaterialId"] != old


def test_the_answer_to_a_rotation_names_the_key(wire):
    key = create_key(wire)
    assert rotate(wire, key["Arn"])["KeyId"] in (key["KeyId"], key["Arn"])


def test_rotating_by_hand_leaves_the_schedule(wire):
    key_id = create_key(wire)["KeyId"]
    wire.kms.EnableKeyRotation(KeyId=key_id)
    due = wire.kms.GetKeyRotationStatus(KeyId=key_id)["NextRotationDate"]
    rotate(wire, key_id)
    assert wire.kms.GetKeyRotationStatus(KeyId=key_id)["NextRotationDate"] == due


def test_rotations_per_key(wire):
    key = create_key(wire)
    for _ in range(25):
        rotate(wire, key["KeyId"])
    assert refusal(wire.kms.RotateKeyOnDemand, KeyId=key["KeyId"]) == (
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {key['Arn']}")


def test_a_key_to_be_deleted_does_not_rotate(wire):
    key_id = create_key(wire)["KeyId"]
    wire.kms.EnableKeyRotation(KeyId=key_id)
    wire.kms.ScheduleKeyDeletion(KeyId=key_id)
    assert wire.kms.GetKeyRotationStatus(KeyId=key_id)["KeyRotationEnabled"] is False
    wire.kms.CancelKeyDeletion(KeyId=key_id)
    assert wire.kms.GetKeyRotationStatus(KeyId=key_id)["KeyRotationEnabled"] is True, "cancelling brings it back"


def test_aws_managed_keys_always_rotate(wire):
    managed = wire.kms.DescribeKey(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]
    assert wire.kms.GetKeyRotationStatus(KeyId=managed)["KeyRotationEnabled"] is True


def test_rotations_are_listed(wire):
    key = create_key(wire)
    assert wire.kms.ListKeyRotations(KeyId=key["KeyId"])["Rotations"] == []
    materials = [material(wire, key["KeyId"])]
    for _ in range(3):
        rotate(wire, key["KeyId"])
        materials.append(material(wire, key["KeyId"]))
    pages = list(wire.kms.pages("ListKeyRotations", 2, KeyId=key["Arn"]))
    assert [len(page) for page in pages] == [2, 1]
    rotations = flatten(pages)
    assert [entry["KeyMaterialId"] for entry in rotations] == materials[1:]
    assert {entry["RotationType"] for entry in rotations} == {"ON_DEMAND"}
    dates = [entry["RotationDate"] for entry in rotations]
    assert dates == sorted(dates)
    everything = flatten(wire.kms.pages("ListKeyRotations", KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL"))
    assert [(entry["KeyMaterialId"], entry["KeyMaterialState"]) for entry in everything] == [
        *((identifier, "NON_CURRENT") for identifier in materials[:-1]), (materials[-1], "CURRENT")]
    assert "RotationDate" not in everything[0] and "RotationType" not in everything[0], "the first material"


@pytest.mark.parametrize("arguments, code", [
    ({"Limit": 0}, "ValidationException"), ({"Limit": 1001}, "ValidationException"),
    ({"Marker": "guess"}, "InvalidMarkerException"), ({"IncludeKeyMaterial": "NONE"}, "ValidationException"),
    ({"KeyId": "12345678-1234-1234-1234-123456789012"}, "NotFoundException"),
])
def test_rotations_that_are_not_listed(wire, arguments, code):
    assert code_of(wire.kms.ListKeyRotations, **{"KeyId": create_key(wire)["KeyId"], **arguments}) == code
