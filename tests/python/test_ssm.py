"""Parameter Store and STS through boto3: answers, and the refusals that go with them."""

import base64

import pytest
from conftest import REGION, ACCOUNT, raw_client, refusal


def test_history_of_one_parameter(ssm, unique):
    name = f"/h/{unique}"
    assert ssm.put_parameter(Name=name, Value="1", Type="String")["Version"] == 1
    assert ssm.put_parameter(Name=name, Value="2", Overwrite=True)["Version"] == 2
    got = ssm.get_parameter(Name=name)["Parameter"]
    assert (got["Value"], got["Version"], got["Type"], got["DataType"]) == ("2", 2, "String", "text")
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"] == "1"
    assert refusal(ssm.get_parameter, Name=f"{name}:9")[0] == "ParameterVersionNotFound"


def test_a_leading_slash_names_the_same_parameter(ssm, unique):
    ssm.put_parameter(Name=f"p-{unique}", Value="1", Type="String")
    assert ssm.get_parameter(Name=f"/p-{unique}")["Parameter"]["Value"] == "1"


def test_by_path_pages(ssm, unique):
    names = [f"/many-{unique}/{n:02}" for n in range(25)]
    for name in names:
        ssm.put_parameter(Name=name, Value="v", Type="String")
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path=f"/many-{unique}"))
    assert [p["Name"] for page in pages for p in page["Parameters"]] == names
    assert max(len(page["Parameters"]) for page in pages) <= 10


def test_forged_tokens(ssm, kms, unique):
    for n in range(3):
        ssm.put_parameter(Name=f"/t-{unique}/{n}", Value="v", Type="String")
    token = ssm.get_parameters_by_path(Path=f"/t-{unique}", MaxResults=1)["NextToken"]
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    for bad in (flipped, "x", base64.b64encode(b"guess").decode()):
        assert refusal(ssm.get_parameters_by_path, Path=f"/t-{unique}", NextToken=bad)[0] == "InvalidNextToken"
    assert refusal(kms.list_keys, Marker=token)[0] == "InvalidMarkerException"


@pytest.mark.parametrize("name, code", [
    ("has space", "ValidationException"),
    ("aws-x", "ValidationException"),
    ("ssmx", "ValidationException"),
    ("x/y", "ValidationException"),
    ("/a//b", "ValidationException"),
    ("/aws/x", "AccessDeniedException"),
    ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "HierarchyLevelLimitExceededException"),
])
def test_names(ssm, name, code):
    assert refusal(ssm.put_parameter, Name=name, Value="v", Type="String")[0] == code


@pytest.mark.parametrize("arguments, code", [
    ({"Value": "v"}, "ValidationException"),
    ({"Value": "", "Type": "String"}, "ValidationException"),
    ({"Value": "x" * 4097, "Type": "String"}, "ValidationException"),
    ({"Value": "{{ssm:other}}", "Type": "String"}, "ValidationException"),
    ({"Value": "v", "Type": "Number"}, "ValidationException"),
    ({"Value": "v", "Type": "String", "DataType": "Text"}, "ValidationException"),
    ({"Value": "v", "Type": "String", "AllowedPattern": "^\\d+$"}, "ParameterPatternMismatchException"),
    ({"Value": "v", "Type": "SecureString", "KeyId": "alias/none"}, "InvalidKeyId"),
    ({"Value": "v", "Type": "String", "Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException"),
])
def test_values(ssm, unique, arguments, code):
    name = f"bad-{unique}"
    assert refusal(raw_client(ssm).put_parameter, Name=name, **arguments)[0] == code
    assert refusal(ssm.get_parameter, Name=name)[0] == "ParameterNotFound"


def test_the_type_stays(ssm, unique):
    ssm.put_parameter(Name=f"t-{unique}", Value="v", Type="String")
    refused = refusal(ssm.put_parameter, Name=f"t-{unique}", Value="v", Type="StringList", Overwrite=True)
    assert refused[0] == "HierarchyTypeMismatchException"


def test_existing_name(ssm, unique):
    ssm.put_parameter(Name=f"e-{unique}", Value="v", Type="String")
    assert refusal(ssm.put_parameter, Name=f"e-{unique}", Value="w", Type="String") == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")


def test_secure_string_opens_with_its_arn_as_context(ssm, kms, key, unique):
    name = f"s-{unique}"
    ssm.put_parameter(Name=name, Value="hush", Type="SecureString", KeyId=key["KeyId"])
    blob = base64.b64decode(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    context = {"PARAMETER_ARN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}"}
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"hush"
    assert refusal(kms.decrypt, CiphertextBlob=blob)[0] == "InvalidCiphertextException"


def test_delete_parameters(ssm, unique):
    ssm.put_parameter(Name=f"d-{unique}", Value="v", Type="String")
    deleted = ssm.delete_parameters(Names=[f"d-{unique}", f"none-{unique}"])
    assert (deleted["DeletedParameters"], deleted["InvalidParameters"]) == ([f"d-{unique}"], [f"none-{unique}"])
    assert refusal(ssm.delete_parameter, Name=f"d-{unique}")[0] == "ParameterNotFound"


def test_caller_identity(sts):
    identity = sts.get_caller_identity()
    assert identity["Account"] == ACCOUNT and identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
