"""Tags of parameters."""

import pytest
from wires import code_of


@pytest.fixture
def name(wire, unique):
    name = f"/tags/{unique}"
    wire.ssm.PutParameter(Name=name, Value="v", Type="String")
    return name


def add(wire, name, pairs):
    tags = [{"Key": key, "Value": value} for key, value in pairs.items()]
    return wire.ssm.AddTagsToResource(ResourceType="Parameter", ResourceId=name, Tags=tags)


def tags(wire, name):
    listed = wire.ssm.ListTagsForResource(ResourceType="Parameter", ResourceId=name)["TagList"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_tags_come_and_go(wire, name):
    assert tags(wire, name) == {}
    assert add(wire, name, {"a": "1", "b": "", "Ä /=+:@.-_": "ü"}) == {}
    add(wire, name, {"a": "2", "A": "3"})
    assert tags(wire, name) == {"a": "2", "A": "3", "b": "", "Ä /=+:@.-_": "ü"}
    removed = wire.ssm.RemoveTagsFromResource(ResourceType="Parameter", ResourceId=name, TagKeys=["a", "never"])
    assert removed == {} and tags(wire, name) == {"A": "3", "b": "", "Ä /=+:@.-_": "ü"}


def test_a_parameter_is_born_with_tags(wire, unique):
    name = f"/tagged/{unique}"
    wire.ssm.PutParameter(Name=name, Value="v", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    assert tags(wire, name) == {"a": "1"}
    wire.ssm.PutParameter(Name=name, Value="w", Overwrite=True)
    assert tags(wire, name) == {"a": "1"}, "they belong to the parameter, not to a version"
    wire.ssm.DeleteParameter(Name=name)
    wire.ssm.PutParameter(Name=name, Value="v", Type="String")
    assert tags(wire, name) == {}, "they go with it"


def test_fifty_tags_at_most(wire, name):
    add(wire, name, {f"t{n}": "x" for n in range(50)})
    assert code_of(add, wire=wire, name=name, pairs={"more": "x"}) == "TooManyTagsError"
    add(wire, name, {"t0": "replaced"})
    assert len(tags(wire, name)) == 50 and tags(wire, name)["t0"] == "replaced"


CALLS = {
    "AddTagsToResource": {"Tags": [{"Key": "a", "Value": "b"}]}, "RemoveTagsFromResource": {"TagKeys": ["a"]},
    "ListTagsForResource": {},
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("change, codes", [
    ({"ResourceId": "/tags/none"}, {"InvalidResourceId"}),
    ({"ResourceId": ""}, {"ValidationException", "InvalidResourceId"}),
    ({"ResourceType": "Nothing"}, {"ValidationException", "InvalidResourceType"}),
    ({"ResourceType": None}, {"ValidationException"}),
])
def test_resources_that_are_not_there(wire, name, operation, change, codes):
    arguments = {"ResourceType": "Parameter", "ResourceId": name, **CALLS[operation], **change}
    asked = {member: value for member, value in arguments.items() if value is not None}
    assert code_of(getattr(wire.ssm, operation), **asked) in codes


@pytest.mark.parametrize("pairs", [{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}, {"aws:x": "x"}, {"a*": "x"}])
def test_tags_that_are_refused(wire, name, pairs):
    assert code_of(add, wire=wire, name=name, pairs=pairs) == "ValidationException"
    assert tags(wire, name) == {}
