"""DescribeParameters: what is told of a parameter without its value, and the filters."""

import uuid

import pytest
from wires import ACCOUNT, REGION, code_of, create_key, flatten, refusal


class World:
    """Some parameters under a root of their own."""

    def __init__(self, wire):
        self.wire, self.root = wire, f"/world-{uuid.uuid4().hex[:8]}"
        self.key = create_key(wire)["KeyId"]
        for path, arguments in {
            "plain": {"Tags": [{"Key": "env", "Value": "test"}, {"Key": "team", "Value": "a"}]},
            "list": {"Type": "StringList", "Tags": [{"Key": "env", "Value": "live"}]},
            "deep/secret": {"Type": "SecureString", "KeyId": self.key},
            "deep/default": {"Type": "SecureString"},
            "big": {"Tier": "Advanced"},
        }.items():
            wire.ssm.PutParameter(**{"Name": f"{self.root}/{path}", "Value": "v", "Type": "String", **arguments})

    def found(self, *filters, size=None):
        """The paths that the filters leave of this world."""
        mine = {"Key": "Path", "Option": "Recursive", "Values": [self.root]}
        pages = self.wire.ssm.pages("DescribeParameters", size, ParameterFilters=[mine, *filters])
        return sorted(entry["Name"].removeprefix(f"{self.root}/") for entry in flatten(pages))


@pytest.fixture(scope="module")
def world(wire):
    return World(wire)


def test_a_parameter_is_described_without_its_value(wire, unique):
    name = f"/described/{unique}"
    wire.ssm.PutParameter(Name=name, Value="12", Type="String", Description="d", AllowedPattern="\\d+")
    wire.ssm.PutParameter(Name=name, Value="13", Overwrite=True, Description="e", AllowedPattern="\\d\\d")
    [entry] = wire.ssm.DescribeParameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    assert entry.pop("LastModifiedDate") and entry.pop("ARN") == f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
    assert entry == {
        "Name": name, "Type": "String", "Description": "e", "AllowedPattern": "\\d\\d", "Version": 2,
        "Tier": "Standard", "DataType": "text", "LastModifiedUser": f"arn:aws:iam::{ACCOUNT}:root"}


def test_the_key_is_told_as_it_was_given(wire, unique, world):
    for path, key in [("deep/secret", world.key), ("deep/default", "alias/aws/ssm"), ("plain", None)]:
        by_name = [{"Key": "Name", "Values": [f"{world.root}/{path}"]}]
        [entry] = wire.ssm.DescribeParameters(ParameterFilters=by_name)["Parameters"]
        assert entry.get("KeyId") == key


@pytest.mark.parametrize("filters, expected", [
    ([], ["big", "deep/default", "deep/secret", "list", "plain"]),
    ([{"Key": "Type", "Values": ["String"]}], ["big", "plain"]),
    ([{"Key": "Type", "Option": "Equals", "Values": ["StringList", "SecureString"]}],
     ["deep/default", "deep/secret", "list"]),
    ([{"Key": "Name", "Option": "Contains", "Values": ["eep/s"]}], ["deep/secret"]),
    ([{"Key": "Tier", "Values": ["Advanced"]}], ["big"]),
    ([{"Key": "KeyId", "Values": ["alias/aws/ssm"]}], ["deep/default"]),
    ([{"Key": "DataType", "Values": ["text"]}, {"Key": "Tier", "Values": ["Advanced"]}], ["big"]),
    ([{"Key": "tag:env", "Values": ["test", "live"]}], ["list", "plain"]),
    ([{"Key": "tag:env", "Option": "Equals", "Values": ["test"]}], ["plain"]),
    ([{"Key": "tag:team", "Values": ["a"]}, {"Key": "tag:env", "Values": ["live"]}], []),
])
def test_filters(world, filters, expected):
    assert world.found(*filters) == expected
    assert world.found(*filters, size=2) == expected


def test_paths(world):
    wire = world.wire
    for option, arguments, expected in [
        ("OneLevel", {}, ["big", "list", "plain"]),
        ("Recursive", {}, ["big", "deep/default", "deep/secret", "list", "plain"]),
    ]:
        by_path = [{"Key": "Path", "Option": option, "Values": [world.root]}]
        found = flatten(wire.ssm.pages("DescribeParameters", ParameterFilters=by_path, **arguments))
        assert sorted(entry["Name"].removeprefix(f"{world.root}/") for entry in found) == expected


def test_the_old_filters(world):
    wire = world.wire
    old = [{"Key": "Name", "Values": [f"{world.root}/plain", f"{world.root}/list"]}]
    found = flatten(wire.ssm.pages("DescribeParameters", Filters=old))
    assert sorted(entry["Name"] for entry in found) == [f"{world.root}/list", f"{world.root}/plain"]
    new = [{"Key": "Name", "Values": [f"{world.root}/plain"]}]
    code, text = refusal(wire.ssm.DescribeParameters, Filters=old, ParameterFilters=new)
    assert (code, text) == (
        "ValidationException", "You can use either Filters or ParameterFilters in a single request.")


def test_pages(world):
    wire = world.wire
    by_path = [{"Key": "Path", "Option": "Recursive", "Values": [world.root]}]
    pages = list(wire.ssm.pages("DescribeParameters", size=2, ParameterFilters=by_path))
    assert max(map(len, pages)) <= 2 and len(flatten(pages)) == 5


@pytest.mark.parametrize("arguments, codes", [
    ({"MaxResults": 0}, {"ValidationException"}),
    ({"MaxResults": 51}, {"ValidationException"}),
    ({"NextToken": "guess"}, {"InvalidNextToken"}),
    ({"ParameterFilters": [{"Key": "Label", "Values": ["x"]}]}, {"InvalidFilterKey", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Nothing", "Values": ["x"]}]}, {"InvalidFilterKey", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Name", "Option": "Near", "Values": ["x"]}]},
     {"InvalidFilterOption", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Type", "Option": "Contains", "Values": ["String"]}]},
     {"InvalidFilterOption", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Type", "Values": ["Number"]}]},
     {"InvalidFilterOption", "InvalidFilterValue", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}]},
     {"InvalidFilterKey", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Path", "Values": ["no-slash"]}]}, {"InvalidFilterValue", "ValidationException"}),
    ({"ParameterFilters": [{"Key": "Name", "Values": []}]}, {"InvalidFilterValue", "ValidationException"}),
])
def test_questions_that_are_refused(wire, arguments, codes):
    assert code_of(wire.ssm.DescribeParameters, **arguments) in codes


def test_an_unknown_option_is_said(wire):
    filters = [{"Key": "Name", "Option": "Near", "Values": ["x"]}]
    text = refusal(wire.ssm.DescribeParameters, ParameterFilters=filters)[1]
    assert text.startswith("The following filter option is not valid: Near. Valid options include: [")
