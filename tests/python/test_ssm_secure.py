"""SecureString: what Parameter Store asks of KMS, and tiers."""

import base64

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, refusal


@pytest.fixture
def name(unique):
    return f"/secure/{unique}"


def put(wire, name, value="hush", **arguments):
    return wire.ssm.PutParameter(**{"Name": name, "Value": value, "Type": "SecureString", **arguments})


def get(wire, name, decrypt=True):
    return wire.ssm.GetParameter(Name=name, WithDecryption=decrypt)["Parameter"]["Value"]


def context(name):
    return {"PARAMETER_ARN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name.lstrip('/')}"}


def test_the_stored_value_is_what_kms_made(wire, name):
    key = create_key(wire)
    for parameter in (name, name.strip("/").replace("/", "-")):
        put(wire, parameter, KeyId=key["KeyId"])
        blob = base64.b64decode(get(wire, parameter, decrypt=False))
        opened = wire.kms.Decrypt(CiphertextBlob=blob, EncryptionContext=context(parameter))
        assert (opened["Plaintext"], opened["KeyId"]) == (b"hush", key["Arn"])
        for wrong in ({}, context(name + "x")):
            refused = code_of(wire.kms.Decrypt, CiphertextBlob=blob, EncryptionContext=wrong)
            assert refused == "InvalidCiphertextException"


def test_the_default_key_is_opened_through_the_service_only(wire, name):
    put(wire, name)
    assert get(wire, name) == "hush"
    blob = base64.b64decode(get(wire, name, decrypt=False))
    assert code_of(wire.kms.Decrypt, CiphertextBlob=blob, EncryptionContext=context(name)) == "AccessDeniedException"


@pytest.mark.parametrize("form", ["KeyId", "Arn", "alias", "alias ARN"])
def test_a_key_may_be_named_in_any_way(wire, name, unique, form):
    key = create_key(wire)
    alias = f"alias/secure-{unique}"
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key["KeyId"])
    forms = {**key, "alias": alias, "alias ARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"}
    put(wire, name, KeyId=forms[form])
    assert get(wire, name) == "hush"
    wire.kms.DisableKey(KeyId=key["KeyId"])
    assert code_of(wire.ssm.GetParameter, Name=name, WithDecryption=True) == "InvalidKeyId"
    assert get(wire, name, decrypt=False)
    wire.kms.EnableKey(KeyId=key["KeyId"])
    assert get(wire, name) == "hush"


def test_rotated_keys_open_older_parameters(wire, name):
    key_id = create_key(wire)["KeyId"]
    put(wire, name, "1", KeyId=key_id)
    wire.kms.RotateKeyOnDemand(KeyId=key_id)
    put(wire, name, "2", KeyId=key_id, Overwrite=True)
    assert (get(wire, f"{name}:1"), get(wire, f"{name}:2")) == ("1", "2")


def test_a_new_version_may_have_another_key(wire, name):
    old, new = create_key(wire)["KeyId"], create_key(wire)["KeyId"]
    put(wire, name, "1", KeyId=old)
    put(wire, name, "2", KeyId=new, Overwrite=True)
    wire.kms.DisableKey(KeyId=old)
    assert get(wire, name) == "2"
    assert code_of(wire.ssm.GetParameter, Name=f"{name}:1", WithDecryption=True) == "InvalidKeyId"


@pytest.mark.parametrize("make", ["missing", "disabled", "pending"])
def test_keys_that_cannot_seal(wire, name, make):
    key_id = "alias/none"
    if make != "missing":
        key_id = create_key(wire)["KeyId"]
        getattr(wire.kms, {"disabled": "DisableKey", "pending": "ScheduleKeyDeletion"}[make])(KeyId=key_id)
    for tier in ("Standard", "Advanced"):
        assert code_of(put, wire=wire, name=name, KeyId=key_id, Tier=tier) == "InvalidKeyId"
    assert code_of(wire.ssm.GetParameter, Name=name) == "ParameterNotFound"


def test_every_reader_needs_the_key(wire, name):
    key_id = create_key(wire)["KeyId"]
    put(wire, f"{name}/a", KeyId=key_id)
    wire.kms.DisableKey(KeyId=key_id)
    for operation, arguments in [
        ("GetParameter", {"Name": f"{name}/a"}), ("GetParameters", {"Names": [f"{name}/a"]}),
        ("GetParametersByPath", {"Path": name}), ("GetParameterHistory", {"Name": f"{name}/a"}),
    ]:
        assert code_of(getattr(wire.ssm, operation), WithDecryption=True, **arguments) == "InvalidKeyId"
        getattr(wire.ssm, operation)(**arguments)


def test_a_key_is_for_secrets_only(wire, name):
    assert code_of(wire.ssm.PutParameter, Name=name, Value="v", Type="String", KeyId="alias/aws/ssm") \
        == "ValidationException"


@pytest.mark.parametrize("kind", ["String", "SecureString"])
def test_the_advanced_tier_holds_more(wire, name, kind):
    answer = put(wire, name, "x" * 8192, Type=kind, Tier="Advanced")
    assert answer == {"Version": 1, "Tier": "Advanced"}
    assert get(wire, name) == "x" * 8192
    code, text = refusal(put, wire=wire, name=name + "-s", value="x" * 4097, Type=kind)
    assert code == "ValidationException" and text.startswith(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier.")


def test_advanced_secrets_are_sealed_by_envelope(wire, name):
    key = create_key(wire)
    put(wire, name, KeyId=key["KeyId"], Tier="Advanced")
    stored = base64.b64decode(get(wire, name, decrypt=False))
    assert b"hush" not in stored
    assert code_of(wire.kms.Decrypt, CiphertextBlob=stored, EncryptionContext=context(name)) in (
        "InvalidCiphertextException", "AccessDeniedException", "ValidationException"), "not KMS's own blob"
    wire.kms.DisableKey(KeyId=key["KeyId"])
    assert code_of(wire.ssm.GetParameter, Name=name, WithDecryption=True) == "InvalidKeyId"


def test_a_tier_is_raised_and_never_lowered(wire, name):
    put(wire, name, "small")
    assert put(wire, name, "x" * 5000, Tier="Advanced", Overwrite=True) == {"Version": 2, "Tier": "Advanced"}
    assert (get(wire, f"{name}:1"), get(wire, name)) == ("small", "x" * 5000)
    assert code_of(put, wire=wire, name=name, Tier="Standard", Overwrite=True) == "ValidationException"
    assert put(wire, name, "y", Overwrite=True)["Tier"] == "Advanced", "said or not, it stays"


def test_intelligent_tiering_picks_the_tier(wire, name):
    for size, tier in [(4096, "Standard"), (4097, "Advanced")]:
        answer = put(wire, f"{name}-{size}", "x" * size, Type="String", Tier="Intelligent-Tiering")
        assert answer["Tier"] == tier
