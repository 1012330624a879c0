"""Powertools for AWS Lambda: the parameters utility over Parameter Store and Secrets Manager, set up by environment."""

import json

import pytest
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, SetParameterError
from conftest import ENDPOINT, REGION


@pytest.fixture(autouse=True)
def configured_as_a_function_is(monkeypatch):
    """Each test starts with empty caches and clients of its own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    parameters.clear_caches()
    yield
    parameters.clear_caches()


@pytest.fixture
def root(unique):
    return f"/powertools-{unique}"


def test_one_parameter(ssm, root):
    ssm.put_parameter(Name=f"{root}/a", Value="1", Type="String")
    assert parameters.get_parameter(f"{root}/a") == "1"
    ssm.put_parameter(Name=f"{root}/a", Value="2", Overwrite=True)
    assert parameters.get_parameter(f"{root}/a") == "1", "a value is cached for a while"
    assert parameters.get_parameter(f"{root}/a", force_fetch=True) == "2"


def test_a_secure_string(ssm, root):
    ssm.put_parameter(Name=f"{root}/s", Value="hush", Type="SecureString")
    assert parameters.get_parameter(f"{root}/s", decrypt=True) == "hush"
    assert parameters.get_parameter(f"{root}/s", force_fetch=True) != "hush"


def test_transformed(ssm, root):
    ssm.put_parameter(Name=f"{root}/a.json", Value='{"deep": [1, 2]}', Type="SecureString")
    assert parameters.get_parameter(f"{root}/a.json", transform="json", decrypt=True) == {"deep": [1, 2]}
    assert parameters.get_parameters(root, transform="auto", decrypt=True) == {"a.json": {"deep": [1, 2]}}


def test_a_version(ssm, root):
    for value in ("first", "second"):
        ssm.put_parameter(Name=f"{root}/v", Value=value, Type="String", Overwrite=True)
    assert parameters.get_parameter(f"{root}/v:1") == "first"


def test_by_path_over_several_pages(ssm, root):
    wanted = {f"n{n:02}": str(n) for n in range(13)}
    for name, value in wanted.items():
        ssm.put_parameter(Name=f"{root}/{name}", Value=value, Type="SecureString" if value == "7" else "String")
    ssm.put_parameter(Name=f"{root}/deep/er", Value="below", Type="String")
    assert parameters.get_parameters(root, decrypt=True, recursive=False) == wanted
    assert parameters.get_parameters(root, decrypt=True, force_fetch=True) == {**wanted, "deep/er": "below"}
    assert parameters.get_parameters(f"{root}-none") == {}


def test_by_names_some_decrypted(ssm, root):
    ssm.put_parameter(Name=f"{root}/plain", Value="1", Type="String")
    ssm.put_parameter(Name=f"{root}/secure", Value="hush", Type="SecureString")
    ssm.put_parameter(Name=f"{root}/json", Value="[1]", Type="String")
    wanted = {f"{root}/plain": {}, f"{root}/secure": {"decrypt": True}, f"{root}/json": {"transform": "json"}}
    assert parameters.get_parameters_by_name(wanted) == {
        f"{root}/plain": "1", f"{root}/secure": "hush", f"{root}/json": [1]}


def test_by_more_names_than_one_call_takes(ssm, root):
    names = [f"{root}/{n}" for n in range(12)]
    for name in names:
        ssm.put_parameter(Name=name, Value=name, Type="SecureString")
    assert parameters.get_parameters_by_name(dict.fromkeys(names, {}), decrypt=True) == {name: name for name in names}


def test_names_that_are_not_there(ssm, root):
    ssm.put_parameter(Name=f"{root}/a", Value="1", Type="String")
    wanted = {f"{root}/a": {}, f"{root}/none": {}, f"{root}/no-secret": {"decrypt": True}}
    with pytest.raises(GetParameterError):
        parameters.get_parameters_by_name(wanted)
    parameters.clear_caches()
    got = parameters.get_parameters_by_name(wanted, raise_on_error=False)
    assert got.pop("_errors") == [f"{root}/no-secret", f"{root}/none"] and got == {f"{root}/a": "1"}
    with pytest.raises(GetParameterError, match="ParameterNotFound"):
        parameters.get_parameter(f"{root}/none")


def test_set_parameter(ssm, root):
    assert parameters.set_parameter(f"{root}/w", "1", parameter_type="SecureString", description="d")["Version"] == 1
    assert parameters.get_parameter(f"{root}/w", decrypt=True) == "1"
    with pytest.raises(SetParameterError, match="ParameterAlreadyExists"):
        parameters.set_parameter(f"{root}/w", "2")
    assert parameters.set_parameter(f"{root}/w", "2", parameter_type="SecureString", overwrite=True)["Version"] == 2


def test_the_advanced_tier(ssm, root):
    value = "x" * 8000
    assert parameters.set_parameter(f"{root}/big", value, parameter_type="SecureString", tier="Advanced")["Version"] == 1
    assert parameters.get_parameter(f"{root}/big", decrypt=True) == value


def test_secrets(unique):
    name = f"powertools/{unique}"
    created = parameters.set_secret(name, {"user": "ada"})
    assert created["Name"] == name
    assert json.loads(parameters.get_secret(name)) == {"user": "ada"}
    again = parameters.set_secret(name, "second")
    assert again["VersionId"] != created["VersionId"] and again["VersionStages"] == ["AWSCURRENT"]
    assert parameters.get_secret(name, force_fetch=True) == "second"
    previous = parameters.get_secret(name, force_fetch=True, transform="json", VersionStage="AWSPREVIOUS")
    assert previous == {"user": "ada"}


def test_the_same_token_sets_a_secret_once(unique):
    name, token = f"powertools/{unique}", f"{unique:0>32}"
    parameters.set_secret(name, "first")
    versions = {parameters.set_secret(name, "second", client_request_token=token)["VersionId"] for _ in range(2)}
    assert versions == {token}


def test_a_secret_that_is_not_there(unique):
    with pytest.raises(GetParameterError, match="ResourceNotFoundException"):
        parameters.get_secret(f"powertools/{unique}")


def test_a_binary_secret(unique):
    parameters.set_secret(f"powertools/{unique}", b"\x00\xff")
    assert parameters.get_secret(f"powertools/{unique}") == b"\x00\xff"
