"""What Secrets Manager asks of KMS, and reading a secret through Parameter Store."""

import json

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, refusal

# What AWS answers when KMS does not let the service use the key.
NO_KEY = {"DecryptionFailure", "EncryptionFailure", "InvalidRequestException", "AccessDeniedException",
          "InvalidParameterException", "ResourceNotFoundException"}


@pytest.fixture
def name(unique):
    return f"keys/{unique}"


def value(wire, name, **arguments):
    return wire.secrets.GetSecretValue(SecretId=name, **arguments)["SecretString"]


@pytest.mark.parametrize("form", ["KeyId", "Arn", "alias", "alias ARN"])
def test_a_key_may_be_named_in_any_way(wire, name, unique, form):
    key = create_key(wire)
    alias = f"alias/keys-{unique}"
    wire.kms.CreateAlias(AliasName=alias, TargetKeyId=key["KeyId"])
    given = {**key, "alias": alias, "alias ARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"}[form]
    wire.secrets.CreateSecret(Name=name, SecretString="v", KmsKeyId=given)
    assert value(wire, name) == "v"
    assert wire.secrets.DescribeSecret(SecretId=name)["KmsKeyId"] in (given, key["Arn"])
    wire.kms.DisableKey(KeyId=key["KeyId"])
    assert code_of(wire.secrets.GetSecretValue, SecretId=name) in NO_KEY
    assert code_of(wire.secrets.PutSecretValue, SecretId=name, SecretString="w") in NO_KEY
    wire.kms.EnableKey(KeyId=key["KeyId"])
    assert value(wire, name) == "v"


@pytest.mark.parametrize("make", ["missing", "disabled", "pending"])
def test_keys_that_cannot_seal(wire, name, make):
    key_id = "alias/none"
    if make != "missing":
        key_id = create_key(wire)["KeyId"]
        getattr(wire.kms, {"disabled": "DisableKey", "pending": "ScheduleKeyDeletion"}[make])(KeyId=key_id)
    assert code_of(wire.secrets.CreateSecret, Name=name, SecretString="v", KmsKeyId=key_id) in NO_KEY
    assert code_of(wire.secrets.DescribeSecret, SecretId=name) == "ResourceNotFoundException"
    wire.secrets.CreateSecret(Name=name, SecretString="v")
    assert code_of(wire.secrets.UpdateSecret, SecretId=name, KmsKeyId=key_id) in NO_KEY
    assert value(wire, name) == "v"


def test_a_new_key_seals_the_staged_versions_anew(wire, name):
    old, new = create_key(wire)["KeyId"], create_key(wire)["KeyId"]
    wire.secrets.CreateSecret(Name=name, SecretString="1", KmsKeyId=old)
    wire.secrets.PutSecretValue(SecretId=name, SecretString="2")
    wire.secrets.UpdateSecret(SecretId=name, KmsKeyId=new)
    wire.kms.DisableKey(KeyId=old)
    assert (value(wire, name), value(wire, name, VersionStage="AWSPREVIOUS")) == ("2", "1")
    wire.kms.DisableKey(KeyId=new)
    assert code_of(wire.secrets.GetSecretValue, SecretId=name) in NO_KEY
    wire.kms.EnableKey(KeyId=new)
    wire.secrets.UpdateSecret(SecretId=name, KmsKeyId="")
    assert "KmsKeyId" not in wire.secrets.DescribeSecret(SecretId=name), "the default key is not told"
    wire.kms.DisableKey(KeyId=new)
    assert value(wire, name) == "2"


def test_rotated_keys_open_older_secrets(wire, name):
    key_id = create_key(wire)["KeyId"]
    wire.secrets.CreateSecret(Name=name, SecretString="1", KmsKeyId=key_id)
    wire.kms.RotateKeyOnDemand(KeyId=key_id)
    wire.secrets.PutSecretValue(SecretId=name, SecretString="2")
    assert (value(wire, name), value(wire, name, VersionStage="AWSPREVIOUS")) == ("2", "1")


def reference(wire, secret_id, **arguments):
    asked = {"WithDecryption": True, **arguments}
    return wire.ssm.GetParameter(Name=f"/aws/reference/secretsmanager/{secret_id}", **asked)["Parameter"]


def test_a_secret_is_read_as_a_parameter(wire, name):
    made = wire.secrets.CreateSecret(Name=name, SecretString="1")
    wire.secrets.PutSecretValue(SecretId=name, SecretString="2")
    parameter = reference(wire, name)
    source = json.loads(parameter.pop("SourceResult"))
    assert parameter.pop("LastModifiedDate") and parameter.pop("DataType", "text") == "text"
    assert parameter == {
        "Name": f"/aws/reference/secretsmanager/{name}", "Type": "SecureString", "Value": "2", "Version": 0,
        "ARN": made["ARN"]}
    assert (source["ARN"], source["Name"], source["SecretString"]) == (made["ARN"], name, "2")
    assert source["VersionStages"] == ["AWSCURRENT"]
    assert reference(wire, f"{name}:AWSPREVIOUS")["Value"] == "1"
    assert reference(wire, f"{name}:{made['VersionId']}")["Value"] == "1"
    many = wire.ssm.GetParameters(Names=[f"/aws/reference/secretsmanager/{name}"], WithDecryption=True)
    assert [entry["Value"] for entry in many["Parameters"]] == ["2"]


def test_references_that_are_refused(wire, name):
    wire.secrets.CreateSecret(Name=name, SecretString="1")
    assert code_of(reference, wire=wire, secret_id=name, WithDecryption=False) == "ValidationException"
    assert code_of(reference, wire=wire, secret_id=f"{name}-none") == "ParameterNotFound"
    assert code_of(reference, wire=wire, secret_id=f"{name}:NOPE") in ("ParameterVersionNotFound", "ParameterNotFound")
    full = f"/aws/reference/secretsmanager/{name}"
    for operation, arguments in [
        ("PutParameter", {"Value": "v", "Type": "SecureString"}), ("DeleteParameter", {}),
        ("GetParameterHistory", {}), ("LabelParameterVersion", {"Labels": ["l"]}),
    ]:
        assert refusal(getattr(wire.ssm, operation), Name=full, **arguments)[0] in (
            "ValidationException", "AccessDeniedException", "ParameterNotFound")
    assert value(wire, name) == "1"
