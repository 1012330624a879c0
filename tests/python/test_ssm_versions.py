"""Versions of a parameter: history, selectors, labels."""

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, flatten, refusal


@pytest.fixture
def name(unique):
    return f"/versions/{unique}"


def put(wire, name, *values, **arguments):
    for value in values:
        wire.ssm.PutParameter(**{"Name": name, "Value": value, "Type": "String", "Overwrite": True, **arguments})


def label(wire, name, *labels, **version):
    return wire.ssm.LabelParameterVersion(Name=name, Labels=list(labels), **version)


def labels(wire, name):
    """The labels of each version."""
    entries = flatten(wire.ssm.pages("GetParameterHistory", Name=name))
    return {entry["Version"]: sorted(entry["Labels"]) for entry in entries if entry["Labels"]}


def get(wire, name):
    return wire.ssm.GetParameter(Name=name)["Parameter"]


def test_history_is_told_oldest_first(wire, name):
    put(wire, name, "1", Description="first")
    put(wire, name, "2", Description="second", AllowedPattern="\\d")
    entries = wire.ssm.GetParameterHistory(Name=name)["Parameters"]
    dates = [entry.pop("LastModifiedDate") for entry in entries]
    assert dates == sorted(dates)
    assert [entry.pop("LastModifiedUser") for entry in entries] == [f"arn:aws:iam::{ACCOUNT}:root"] * 2
    common = {"Name": name, "Type": "String", "DataType": "text", "Tier": "Standard"}
    assert entries == [
        {**common, "Value": "1", "Version": 1, "Description": "first"},
        {**common, "Value": "2", "Version": 2, "Description": "second", "AllowedPattern": "\\d"}]


def test_history_page_by_page(wire, name):
    put(wire, name, *"12345")
    pages = list(wire.ssm.pages("GetParameterHistory", size=2, Name=name))
    assert [[entry["Value"] for entry in page] for page in pages if page] == [["1", "2"], ["3", "4"], ["5"]]


def test_history_of_secrets(wire, name):
    key = create_key(wire)
    put(wire, name, "old", "new", Type="SecureString", KeyId=key["KeyId"])
    opened = wire.ssm.GetParameterHistory(Name=name, WithDecryption=True)["Parameters"]
    assert [(entry["Value"], entry["KeyId"]) for entry in opened] == [("old", key["KeyId"]), ("new", key["KeyId"])]
    sealed = wire.ssm.GetParameterHistory(Name=name)["Parameters"]
    assert {entry["Value"] for entry in sealed}.isdisjoint({"old", "new"})


@pytest.mark.parametrize("arguments, code", [
    ({"MaxResults": 0}, "ValidationException"), ({"MaxResults": 51}, "ValidationException"),
    ({"NextToken": "guess"}, "InvalidNextToken"), ({"Name": "/versions/none"}, "ParameterNotFound"),
    ({"Name": ""}, "ValidationException"),
])
def test_history_that_is_not_told(wire, name, arguments, code):
    put(wire, name, "1")
    assert code_of(wire.ssm.GetParameterHistory, **{"Name": name, **arguments}) == code


def test_a_selector_names_a_version_or_a_label(wire, name):
    put(wire, name, "1", "2", "3")
    label(wire, name, "prod", ParameterVersion=2)
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
    for selector, value in [(":1", "1"), (":2", "2"), (":3", "3"), (":prod", "2")]:
        for named in (name + selector, arn + selector):
            parameter = get(wire, named)
            assert (parameter["Value"], parameter["Selector"], parameter["Name"]) == (value, selector, name)
    assert "Selector" not in get(wire, name)
    many = wire.ssm.GetParameters(Names=[f"{name}:1", f"{name}:prod", f"{name}:none"])
    assert sorted((entry["Value"], entry["Selector"]) for entry in many["Parameters"]) == [("1", ":1"), ("2", ":prod")]
    assert many["InvalidParameters"] == [f"{name}:none"]


@pytest.mark.parametrize("selector", [":4", ":0", ":none", ":Prod"])
def test_a_selector_never_falls_back(wire, name, selector):
    put(wire, name, "1", "2", "3")
    label(wire, name, "prod")
    assert code_of(wire.ssm.GetParameter, Name=name + selector) in (
        ("ParameterVersionNotFound",) if selector != ":0" else ("ParameterVersionNotFound", "ValidationException"))


def test_a_label_is_put_on_the_newest_version_unless_said_otherwise(wire, name):
    put(wire, name, "1", "2")
    assert label(wire, name, "now", "b") == {"ParameterVersion": 2}
    assert label(wire, name, "then", ParameterVersion=1) == {"ParameterVersion": 1}
    assert labels(wire, name) == {1: ["then"], 2: ["b", "now"]}


def test_a_label_moves_and_sits_on_one_version(wire, name):
    put(wire, name, "1", "2")
    label(wire, name, "prod", "test", ParameterVersion=1)
    label(wire, name, "prod", ParameterVersion=2)
    assert labels(wire, name) == {1: ["test"], 2: ["prod"]}
    put(wire, name, "3")
    assert labels(wire, name) == {1: ["test"], 2: ["prod"]}, "a new version has none"
    assert get(wire, f"{name}:prod")["Version"] == 2


@pytest.mark.parametrize("bad", ["1digit", "aws-x", "AWSx", "ssm-x", "has space", "ümlaut", "a/b"])
def test_labels_that_are_not_put(wire, name, bad):
    put(wire, name, "1")
    assert label(wire, name, bad, "good") == {"ParameterVersion": 1, "InvalidLabels": [bad]}
    assert labels(wire, name) == {1: ["good"]}


def test_ten_labels_at_most(wire, name):
    put(wire, name, "1", "2")
    label(wire, name, *(f"l{n}" for n in range(10)), ParameterVersion=1)
    assert code_of(wire.ssm.LabelParameterVersion, Name=name, Labels=["more"], ParameterVersion=1) \
        == "ParameterVersionLabelLimitExceeded"
    assert label(wire, name, "l3", ParameterVersion=1) == {"ParameterVersion": 1}, "it is there already"
    label(wire, name, "l0", ParameterVersion=2)
    label(wire, name, "more", ParameterVersion=1)
    assert labels(wire, name)[2] == ["l0"] and len(labels(wire, name)[1]) == 10


def test_labels_are_taken_off(wire, name):
    put(wire, name, "1", "2")
    label(wire, name, "a", "b", ParameterVersion=1)
    answer = wire.ssm.UnlabelParameterVersion(Name=name, ParameterVersion=1, Labels=["a", "never"])
    assert answer == {"RemovedLabels": ["a"], "InvalidLabels": ["never"]}
    elsewhere = wire.ssm.UnlabelParameterVersion(Name=name, ParameterVersion=2, Labels=["b"])
    assert elsewhere == {"InvalidLabels": ["b"]}
    assert labels(wire, name) == {1: ["b"]}
    assert code_of(wire.ssm.GetParameter, Name=f"{name}:a") == "ParameterVersionNotFound"


@pytest.mark.parametrize("operation", ["LabelParameterVersion", "UnlabelParameterVersion"])
@pytest.mark.parametrize("arguments, code", [
    ({"Name": "/versions/none"}, "ParameterNotFound"),
    ({"ParameterVersion": 7}, "ParameterVersionNotFound"),
    ({"Labels": []}, "ValidationException"),
    ({"Labels": [f"l{n}" for n in range(11)]}, "ValidationException"),
    ({"Labels": ["x" * 101]}, "ValidationException"),
    ({"Labels": [""]}, "ValidationException"),
    ({"Name": ""}, "ValidationException"),
])
def test_labels_that_are_refused(wire, name, operation, arguments, code):
    put(wire, name, "1")
    asked = {"Name": name, "ParameterVersion": 1, "Labels": ["l"], **arguments}
    assert code_of(getattr(wire.ssm, operation), **asked) == code


def test_labels_filter_a_path(wire, name):
    put(wire, f"{name}/a", "1", "2")
    put(wire, f"{name}/b", "1")
    label(wire, f"{name}/a", "prod", ParameterVersion=1)
    [found] = wire.ssm.GetParametersByPath(
        Path=name, ParameterFilters=[{"Key": "Label", "Option": "Equals", "Values": ["prod"]}])["Parameters"]
    assert (found["Name"], found["Value"], found["Version"]) == (f"{name}/a", "1", 1)


def test_a_hundred_versions_are_kept(wire, name):
    put(wire, name, *(str(n) for n in range(1, 102)))
    entries = flatten(wire.ssm.pages("GetParameterHistory", size=50, Name=name))
    assert [entry["Version"] for entry in entries] == list(range(2, 102))
    assert code_of(wire.ssm.GetParameter, Name=f"{name}:1") == "ParameterVersionNotFound"
    label(wire, name, "keep", ParameterVersion=2)
    code, text = refusal(wire.ssm.PutParameter, Name=name, Value="102", Overwrite=True)
    assert code == "ParameterMaxVersionLimitExceeded" and "2" in text
    assert get(wire, name)["Version"] == 101
    label(wire, name, "keep", ParameterVersion=101)
    put(wire, name, "102")
    assert get(wire, f"{name}:keep")["Value"] == "101"
