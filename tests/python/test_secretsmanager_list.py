"""ListSecrets: what is told of a secret, filters, order, pages."""

import uuid

import pytest
from wires import code_of, flatten


class World:
    """Some secrets whose names begin alike."""

    def __init__(self, wire):
        self.wire, self.root = wire, f"world-{uuid.uuid4().hex[:8]}"
        for name, arguments in {
            "c-plain": {"Description": "Alpha beta", "Tags": [{"Key": "env", "Value": "test"}]},
            "a-tagged": {"Description": "alphabet", "Tags": [{"Key": "Team", "Value": "blue"}]},
            "b-bare": {"SecretString": "v"},
            "d-gone": {"SecretString": "v"},
        }.items():
            wire.secrets.CreateSecret(Name=f"{self.root}/{name}", **arguments)
        wire.secrets.DeleteSecret(SecretId=f"{self.root}/d-gone")

    def entries(self, *filters, size=None, **arguments):
        mine = {"Key": "name", "Values": [f"{self.root}/"]}
        return flatten(self.wire.secrets.pages("ListSecrets", size, Filters=[mine, *filters], **arguments))

    def found(self, *filters, **arguments):
        return [entry["Name"].removeprefix(f"{self.root}/") for entry in self.entries(*filters, **arguments)]


@pytest.fixture(scope="module")
def world(wire):
    return World(wire)


def test_a_secret_in_the_list(world):
    [entry] = [entry for entry in world.entries() if entry["Name"].endswith("b-bare")]
    described = world.wire.secrets.DescribeSecret(SecretId=entry["Name"])
    for member in ("ARN", "Name", "CreatedDate", "LastChangedDate"):
        assert entry[member] == described[member]
    assert entry["SecretVersionsToStages"] == described["VersionIdsToStages"]
    assert "SecretString" not in entry


@pytest.mark.parametrize("filters, expected", [
    ([], ["a-tagged", "b-bare", "c-plain"]),
    ([{"Key": "tag-key", "Values": ["env"]}], ["c-plain"]),
    ([{"Key": "tag-key", "Values": ["env", "Te"]}], ["a-tagged", "c-plain"]),
    ([{"Key": "tag-key", "Values": ["team"]}], []),
    ([{"Key": "tag-value", "Values": ["blue"]}], ["a-tagged"]),
    ([{"Key": "description", "Values": ["ALPHA"]}], ["a-tagged", "c-plain"]),
    ([{"Key": "description", "Values": ["alpha"]}, {"Key": "tag-value", "Values": ["test"]}], ["c-plain"]),
    ([{"Key": "tag-key", "Values": ["!env"]}], ["a-tagged", "b-bare"]),
])
def test_filters(world, filters, expected):
    assert sorted(world.found(*filters)) == expected
    assert sorted(world.found(*filters, size=1)) == expected


def test_deleted_secrets_are_listed_when_asked_for(world):
    assert sorted(world.found(IncludePlannedDeletion=True)) == ["a-tagged", "b-bare", "c-plain", "d-gone"]
    [gone] = [entry for entry in world.entries(IncludePlannedDeletion=True) if entry["Name"].endswith("d-gone")]
    assert "DeletedDate" in gone


@pytest.mark.parametrize("arguments, expected", [
    ({"SortOrder": "asc"}, ["c-plain", "a-tagged", "b-bare"]),
    ({"SortOrder": "desc"}, ["b-bare", "a-tagged", "c-plain"]),
    ({"SortBy": "created-date", "SortOrder": "asc"}, ["c-plain", "a-tagged", "b-bare"]),
    ({"SortBy": "name", "SortOrder": "asc"}, ["a-tagged", "b-bare", "c-plain"]),
    ({"SortBy": "name", "SortOrder": "desc"}, ["c-plain", "b-bare", "a-tagged"]),
])
def test_orders(world, arguments, expected):
    assert world.found(**arguments) == expected
    assert world.found(size=2, **arguments) == expected


def test_pages_hold_no_more_than_asked_for(world):
    mine = [{"Key": "name", "Values": [f"{world.root}/"]}]
    pages = list(world.wire.secrets.pages("ListSecrets", 2, Filters=mine))
    assert max(map(len, pages)) <= 2 and len(flatten(pages)) == 3


@pytest.mark.parametrize("arguments, codes", [
    ({"MaxResults": 0}, {"ValidationException", "InvalidParameterException"}),
    ({"MaxResults": 101}, {"ValidationException", "InvalidParameterException"}),
    ({"NextToken": "guess"}, {"InvalidNextTokenException"}),
    ({"SortOrder": "sideways"}, {"ValidationException", "InvalidParameterException"}),
    ({"Filters": [{"Key": "colour", "Values": ["x"]}]}, {"ValidationException", "InvalidParameterException"}),
    ({"Filters": [{"Key": "name", "Values": []}]}, {"ValidationException", "InvalidParameterException"}),
    ({"Filters": [{"Key": "name", "Values": ["x"]}] * 11}, {"ValidationException", "InvalidParameterException"}),
])
def test_questions_that_are_refused(wire, arguments, codes):
    assert code_of(wire.secrets.ListSecrets, **arguments) in codes
