"""The AWS CLI, version 2, as Debian packages it. Unlike version 1 it takes binary arguments as base64."""

import base64
import json
import os
import subprocess

import pytest
from conftest import ACCOUNT, ENDPOINT, REGION


class Cli2:
    """Debian's CLI may be older than AWS_ENDPOINT_URL, so it is told the endpoint."""

    def __init__(self, home):
        self.home = home

    def run(self, *arguments):
        program = os.environ.get("LOCKSTEP_TEST_AWS2")
        assert program, "no AWS CLI v2: run the tests by `cargo xtask test`, which fetches Debian's or says why it cannot"
        environment = dict(os.environ, AWS_DEFAULT_REGION=REGION, AWS_PAGER="", HOME=str(self.home))
        return subprocess.run(
            [program, *arguments, "--endpoint-url", ENDPOINT], env=environment, capture_output=True, text=True, timeout=60)

    def __call__(self, *arguments):
        text = self.text(*arguments, "--output", "json")
        return json.loads(text) if text.strip() else {}

    def text(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode == 0, f"aws {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def refused(self, *arguments):
        """What it prints, and that it ends as it does when the service refuses."""
        result = self.run(*arguments)
        assert result.returncode == 254, f"aws {' '.join(arguments)}: {result.returncode} {result.stdout}{result.stderr}"
        return result.stderr


@pytest.fixture(scope="session")
def aws2(tmp_path_factory):
    return Cli2(tmp_path_factory.mktemp("home"))


def test_it_is_version_2(aws2):
    assert aws2.run("--version").stdout.startswith("aws-cli/2.")


def test_caller_identity(aws2):
    assert aws2("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_key(aws2):
    created = aws2("kms", "create-key", "--description", "cli v2")["KeyMetadata"]
    assert aws2("kms", "describe-key", "--key-id", created["Arn"])["KeyMetadata"] == created
    aws2("kms", "disable-key", "--key-id", created["KeyId"])
    refused = aws2.refused("kms", "encrypt", "--key-id", created["KeyId"], "--plaintext", "aGVsbG8=")
    assert "An error occurred (DisabledException) when calling the Encrypt operation" in refused
    listed = aws2("kms", "list-keys", "--page-size", "2")["Keys"]
    assert created["KeyId"] in [key["KeyId"] for key in listed]


def test_an_alias(aws2, key, unique):
    alias = f"alias/cli2-{unique}"
    aws2("kms", "create-alias", "--alias-name", alias, "--target-key-id", key["KeyId"])
    listed = aws2("kms", "list-aliases", "--key-id", key["KeyId"])["Aliases"]
    assert [entry["AliasName"] for entry in listed] == [alias]
    assert "AlreadyExistsException" in aws2.refused(
        "kms", "create-alias", "--alias-name", alias, "--target-key-id", key["KeyId"])


def test_base64_in_and_out(aws2, key, tmp_path):
    """As AWS's documentation pipes it: base64 to the shell, raw bytes in files."""
    plain = base64.b64encode(b"hello").decode()
    query = ["--output", "text", "--query"]
    encrypt = ["kms", "encrypt", "--key-id", key["KeyId"], "--encryption-context", "tenant=a"]
    sealed = aws2.text(*encrypt, "--plaintext", plain, *query, "CiphertextBlob").strip()
    raw = aws2.text(*encrypt, "--plaintext", "hello", "--cli-binary-format", "raw-in-base64-out", *query, "CiphertextBlob")
    (tmp_path / "sealed").write_bytes(base64.b64decode(raw))
    decrypt = ["kms", "decrypt", "--encryption-context", "tenant=a", *query, "Plaintext", "--ciphertext-blob"]
    assert aws2.text(*decrypt, sealed).strip() == plain
    assert aws2.text(*decrypt, f"fileb://{tmp_path}/sealed").strip() == plain
    assert "InvalidCiphertextException" in aws2.refused("kms", "decrypt", "--ciphertext-blob", sealed)


def test_parameters(aws2, unique):
    root = f"/cli2-{unique}"
    put = ["ssm", "put-parameter", "--type", "SecureString", "--value"]
    assert aws2(*put, "hush", "--name", f"{root}/a") == {"Version": 1, "Tier": "Standard"}
    value = ["--with-decryption", "--output", "text", "--query", "Parameter.Value"]
    assert aws2.text("ssm", "get-parameter", "--name", f"{root}/a", *value) == "hush\n"
    assert "ParameterAlreadyExists" in aws2.refused(*put, "again", "--name", f"{root}/a")
    assert aws2(*put, "second", "--name", f"{root}/a", "--overwrite")["Version"] == 2
    found = aws2("ssm", "get-parameters-by-path", "--path", root, "--with-decryption")["Parameters"]
    assert [(entry["Name"], entry["Value"], entry["Version"]) for entry in found] == [(f"{root}/a", "second", 2)]


def test_secrets(aws2, unique):
    name = f"cli2/{unique}"
    created = aws2("secretsmanager", "create-secret", "--name", name, "--secret-string", '{"user":"ada"}')
    assert created["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-")
    got = aws2("secretsmanager", "get-secret-value", "--secret-id", created["ARN"])
    assert json.loads(got["SecretString"]) == {"user": "ada"} and got["VersionStages"] == ["AWSCURRENT"]
    aws2("secretsmanager", "put-secret-value", "--secret-id", name, "--secret-binary", base64.b64encode(b"\0\1").decode())
    got = aws2("secretsmanager", "get-secret-value", "--secret-id", name)
    assert base64.b64decode(got["SecretBinary"]) == b"\0\1" and "SecretString" not in got
    aws2("secretsmanager", "delete-secret", "--secret-id", name, "--recovery-window-in-days", "7")
    assert "InvalidRequestException" in aws2.refused("secretsmanager", "get-secret-value", "--secret-id", name)
    aws2("secretsmanager", "restore-secret", "--secret-id", name)
    assert "ResourceNotFoundException" in aws2.refused("secretsmanager", "get-secret-value", "--secret-id", f"{name}/none")
