"""The README's own commands, through the unmodified AWS CLI."""

import base64

import pytest
from conftest import ACCOUNT, REGION


def test_key_life_cycle(aws):
    created = aws("kms", "create-key", "--description", "demo")["KeyMetadata"]
    key_id = created["KeyId"]
    assert created["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"
    assert created["KeyState"] == "Enabled" and created["Description"] == "demo"
    assert aws("kms", "describe-key", "--key-id", key_id)["KeyMetadata"] == created
    assert key_id in [key["KeyId"] for key in aws("kms", "list-keys")["Keys"]]
    aws("kms", "disable-key", "--key-id", key_id)
    assert aws("kms", "describe-key", "--key-id", key_id)["KeyMetadata"]["KeyState"] == "Disabled"
    refused = aws.refused("kms", "encrypt", "--key-id", key_id, "--plaintext", "aGVsbG8=")
    assert "DisabledException" in refused and f"{created['Arn']} is disabled." in refused
    aws("kms", "enable-key", "--key-id", key_id)
    assert aws("kms", "describe-key", "--key-id", key_id)["KeyMetadata"]["Enabled"] is True


@pytest.fixture
def blob_file(tmp_path):
    """Writes an answer's base64 to a file, from which this version of the CLI takes binary arguments."""
    def write(text):
        path = tmp_path / "blob"
        path.write_bytes(base64.b64decode(text))
        return f"fileb://{path}"
    return write


def test_encrypt_and_decrypt(aws, blob_file):
    key_id = aws("kms", "create-key")["KeyMetadata"]["KeyId"]
    for context in ([], ["--encryption-context", "tenant=a,purpose=test"]):
        sealed = aws("kms", "encrypt", "--key-id", key_id, "--plaintext", "hello", *context)
        opened = aws("kms", "decrypt", "--ciphertext-blob", blob_file(sealed["CiphertextBlob"]), *context)
        assert base64.b64decode(opened["Plaintext"]) == b"hello" and opened["KeyId"] == sealed["KeyId"]
    refused = aws.refused("kms", "decrypt", "--ciphertext-blob", blob_file(sealed["CiphertextBlob"]))
    assert "InvalidCiphertextException" in refused


def test_generate_data_key(aws, blob_file):
    key_id = aws("kms", "create-key")["KeyMetadata"]["KeyId"]
    data_key = aws("kms", "generate-data-key", "--key-id", key_id, "--key-spec", "AES_256")
    assert len(base64.b64decode(data_key["Plaintext"])) == 32
    opened = aws("kms", "decrypt", "--ciphertext-blob", blob_file(data_key["CiphertextBlob"]))
    assert opened["Plaintext"] == data_key["Plaintext"]


def test_predefined_alias(aws):
    first = aws("kms", "describe-key", "--key-id", "alias/aws/ssm")["KeyMetadata"]
    assert first["KeyManager"] == "AWS" and first["KeyState"] == "Enabled"
    assert aws("kms", "describe-key", "--key-id", "alias/aws/ssm")["KeyMetadata"]["KeyId"] == first["KeyId"]


def test_secure_string_under_the_default_key(aws, unique):
    name = f"MyParameter-{unique}"
    put = aws("ssm", "put-parameter", "--name", name, "--value", "secret_value", "--type", "SecureString")
    assert put == {"Version": 1, "Tier": "Standard"}
    sealed = aws("ssm", "get-parameter", "--name", name)["Parameter"]
    assert sealed["Type"] == "SecureString" and b"secret_value" not in base64.b64decode(sealed["Value"])
    opened = aws("ssm", "get-parameter", "--name", name, "--with-decryption")["Parameter"]
    assert opened["Value"] == "secret_value"
    assert opened["ARN"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}"


def test_secure_string_under_a_customer_key(aws, unique):
    key_id = aws("kms", "create-key")["KeyMetadata"]["KeyId"]
    name = f"param1-{unique}"
    aws("ssm", "put-parameter", "--name", name, "--value", "secret", "--type", "SecureString", "--key-id", key_id)
    assert aws("ssm", "get-parameter", "--name", name, "--with-decryption")["Parameter"]["Value"] == "secret"
    aws("kms", "disable-key", "--key-id", key_id)
    assert "InvalidKeyId" in aws.refused("ssm", "get-parameter", "--name", name, "--with-decryption")


def test_plain_parameters(aws, unique):
    root = f"/app-{unique}"
    aws("ssm", "put-parameter", "--name", f"{root}/a", "--value", "1", "--type", "String")
    aws("ssm", "put-parameter", "--name", f"{root}/deep/b", "--value", "x,y", "--type", "StringList")
    assert "ParameterAlreadyExists" in aws.refused(
        "ssm", "put-parameter", "--name", f"{root}/a", "--value", "2", "--type", "String")
    again = aws("ssm", "put-parameter", "--name", f"{root}/a", "--value", "2", "--type", "String", "--overwrite")
    assert again["Version"] == 2
    got = aws("ssm", "get-parameters", "--names", f"{root}/a", f"{root}/deep/b", f"{root}/missing")
    assert [p["Value"] for p in got["Parameters"]] == ["2", "x,y"]
    assert got["InvalidParameters"] == [f"{root}/missing"]
    by_path = aws("ssm", "get-parameters-by-path", "--path", root, "--recursive")["Parameters"]
    assert [p["Name"] for p in by_path] == [f"{root}/a", f"{root}/deep/b"]
    assert [p["Name"] for p in aws("ssm", "get-parameters-by-path", "--path", root)["Parameters"]] == [f"{root}/a"]
    aws("ssm", "delete-parameter", "--name", f"{root}/a")
    assert "ParameterNotFound" in aws.refused("ssm", "get-parameter", "--name", f"{root}/a")


def test_secrets(aws, unique):
    name = f"cli/{unique}"
    created = aws("secretsmanager", "create-secret", "--name", name, "--secret-string", "first")
    assert created["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-")
    aws("secretsmanager", "put-secret-value", "--secret-id", name, "--secret-string", "second")
    got = aws("secretsmanager", "get-secret-value", "--secret-id", created["ARN"])
    assert got["SecretString"] == "second" and got["VersionStages"] == ["AWSCURRENT"]
    previous = ["get-secret-value", "--secret-id", name, "--version-stage", "AWSPREVIOUS"]
    assert aws("secretsmanager", *previous)["SecretString"] == "first"
    aws("secretsmanager", "delete-secret", "--secret-id", name, "--force-delete-without-recovery")
    assert "ResourceNotFoundException" in aws.refused("secretsmanager", "get-secret-value", "--secret-id", name)


def test_caller_identity(aws):
    identity = aws("sts", "get-caller-identity")
    assert identity == {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
