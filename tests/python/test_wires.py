"""What was made over one wire is read over the other: the same members, the same values, the same refusals."""

import uuid

import pytest
import wires
from wires import Aws, Grpc, create_key, refusal


@pytest.fixture(scope="module", params=[Aws, Grpc], ids=["made-over-aws", "made-over-grpc"])
def made(request):
    """One thing of each kind, by its name."""
    wire, unique = request.param(), uuid.uuid4().hex[:12]
    key = create_key(wire, Description="ü", Tags=[{"TagKey": "a", "TagValue": "1"}])
    wire.kms.CreateAlias(AliasName=f"alias/wires-{unique}", TargetKeyId=key["KeyId"])
    wire.kms.EnableKeyRotation(KeyId=key["KeyId"], RotationPeriodInDays=100)
    for value in ("1", "2"):
        wire.ssm.PutParameter(Name=f"/wires/{unique}", Value=value, Type="SecureString", KeyId=key["Arn"],
                              Description="d", AllowedPattern="\\d", Overwrite=True)
    wire.ssm.LabelParameterVersion(Name=f"/wires/{unique}", Labels=["one"], ParameterVersion=1)
    wire.secrets.CreateSecret(Name=f"wires/{unique}", SecretBinary=b"\x00\xff", KmsKeyId=key["KeyId"])
    wire.secrets.PutSecretValue(SecretId=f"wires/{unique}", SecretString="text", VersionStages=["AWSCURRENT", "BLUE"])
    blob = wire.kms.Encrypt(KeyId=key["KeyId"], Plaintext=b"\x00\xff", EncryptionContext={"ä": "ö", "b": ""})
    return {"key": key["KeyId"], "alias": f"alias/wires-{unique}", "parameter": f"/wires/{unique}",
            "secret": f"wires/{unique}", "blob": blob["CiphertextBlob"]}


READS = [
    ("kms", "DescribeKey", {"KeyId": "alias"}, {}),
    ("kms", "ListAliases", {"KeyId": "key"}, {}),
    ("kms", "ListResourceTags", {"KeyId": "key"}, {}),
    ("kms", "GetKeyRotationStatus", {"KeyId": "key"}, {}),
    ("kms", "ListKeyRotations", {"KeyId": "key"}, {"IncludeKeyMaterial": "ALL_KEY_MATERIAL"}),
    ("kms", "Decrypt", {"CiphertextBlob": "blob"}, {"EncryptionContext": {"b": "", "ä": "ö"}}),
    ("ssm", "GetParameter", {"Name": "parameter"}, {"WithDecryption": True}),
    ("ssm", "GetParameter", {"Name": "parameter"}, {}),
    ("ssm", "GetParameterHistory", {"Name": "parameter"}, {"WithDecryption": True}),
    ("secretsmanager", "GetSecretValue", {"SecretId": "secret"}, {"VersionStage": "AWSPREVIOUS"}),
    ("secretsmanager", "GetSecretValue", {"SecretId": "secret"}, {}),
    ("secretsmanager", "DescribeSecret", {"SecretId": "secret"}, {}),
    ("secretsmanager", "ListSecretVersionIds", {"SecretId": "secret"}, {}),
]


@pytest.mark.parametrize("service, operation, names, rest", READS)
def test_both_wires_read_the_same(made, service, operation, names, rest):
    arguments = {**{member: made[name] for member, name in names.items()}, **rest}
    over_aws, over_grpc = (wire.call(service, operation, **arguments) for wire in (Aws(), Grpc()))
    assert over_aws == over_grpc and over_aws


REFUSED = [
    ("kms", "Encrypt", {"KeyId": "", "Plaintext": b""}),
    ("kms", "GenerateDataKey", {"KeyId": "nonsense", "NumberOfBytes": 5000}),
    ("kms", "DescribeKey", {"KeyId": "alias/none-at-all"}),
    ("kms", "Decrypt", {"CiphertextBlob": b"nothing of ours"}),
    ("kms", "CreateAlias", {"AliasName": "a b", "TargetKeyId": "x" * 500}),
    ("ssm", "PutParameter", {"Name": "x/y", "Value": "v", "Type": "String"}),
    ("ssm", "GetParameters", {"Names": ["n"] * 11}),
    ("ssm", "GetParameter", {"Name": "/none/at/all"}),
    ("ssm", "GetParametersByPath", {"Path": "/", "MaxResults": 11}),
    ("secretsmanager", "GetSecretValue", {"SecretId": "none-at-all"}),
    ("secretsmanager", "CreateSecret", {"Name": "a b"}),
    ("secretsmanager", "DeleteSecret", {"SecretId": "x", "RecoveryWindowInDays": 3}),
]


@pytest.mark.parametrize("service, operation, arguments", REFUSED)
def test_both_wires_refuse_alike(service, operation, arguments):
    over_aws, over_grpc = (
        refusal(wire.call, service=service, operation=operation, **arguments) for wire in (Aws(), Grpc()))
    assert over_aws == over_grpc and over_aws[0] != wires.UNKNOWN_OPERATION
