"""Parameters: writing, reading one, many and by path, deleting."""

import datetime

import pytest
from wires import ACCOUNT, REGION, code_of, flatten, refusal

EXISTS = ("ParameterAlreadyExists",
          "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")


def put(wire, name, value="v", **arguments):
    arguments.setdefault("Type", "String")
    return wire.ssm.PutParameter(Name=name, Value=value, **arguments)


def value_of(wire, name, **arguments):
    return wire.ssm.GetParameter(Name=name, **arguments)["Parameter"]["Value"]


@pytest.mark.parametrize("kind, value", [("String", "plain ünïcode\n"), ("StringList", "a,b,,c"), ("String", "x" * 4096)])
def test_a_parameter_is_read_as_it_was_written(wire, unique, kind, value):
    name = f"/read/{unique}/{kind}"
    before = datetime.datetime.now(datetime.timezone.utc)
    assert put(wire, name, value, Type=kind) == {"Version": 1, "Tier": "Standard"}
    parameter = wire.ssm.GetParameter(Name=name)["Parameter"]
    assert abs(parameter.pop("LastModifiedDate") - before) < datetime.timedelta(minutes=2)
    assert parameter == {
        "Name": name, "Type": kind, "Value": value, "Version": 1, "DataType": "text",
        "ARN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"}
    assert value_of(wire, parameter["ARN"]) == value
    assert value_of(wire, name, WithDecryption=True) == value, "nothing to decrypt, nothing refused"


def test_a_parameter_is_overwritten_when_asked_for(wire, unique):
    name = f"over-{unique}"
    put(wire, name, "1")
    assert refusal(put, wire=wire, name=name, value="2") == EXISTS
    assert refusal(put, wire=wire, name=name, value="2", Overwrite=False) == EXISTS
    assert value_of(wire, name) == "1"
    assert wire.ssm.PutParameter(Name=name, Value="2", Overwrite=True)["Version"] == 2
    assert value_of(wire, name) == "2"


def test_overwriting_makes_what_is_not_there(wire, unique):
    assert put(wire, f"fresh-{unique}", Overwrite=True)["Version"] == 1


def test_both_spellings_name_one_parameter(wire, unique):
    put(wire, f"flat-{unique}", "1")
    assert value_of(wire, f"/flat-{unique}") == "1"
    assert refusal(put, wire=wire, name=f"/flat-{unique}") == EXISTS
    wire.ssm.DeleteParameter(Name=f"/flat-{unique}")
    assert code_of(wire.ssm.GetParameter, Name=f"flat-{unique}") == "ParameterNotFound"


def test_names_differ_in_case(wire, unique):
    put(wire, f"/case/{unique}a", "lower")
    put(wire, f"/case/{unique}A", "upper")
    assert (value_of(wire, f"/case/{unique}a"), value_of(wire, f"/case/{unique}A")) == ("lower", "upper")


@pytest.mark.parametrize("name, code", [
    ("has space", "ValidationException"), ("x/y", "ValidationException"), ("/a//b", "ValidationException"),
    ("ümlaut", "ValidationException"), ("", "ValidationException"), ("a:b", "ValidationException"),
    ("aws-x", "ValidationException"), ("/AWSx", "ValidationException"), ("ssm-x", "ValidationException"),
    ("/SSM/x", "ValidationException"), ("/aws/x", "AccessDeniedException"), ("x" * 1012, "ValidationException"),
    ("/" + "/".join("abcdefghijklmnop"), "HierarchyLevelLimitExceededException"),
])
def test_names_that_are_refused(wire, name, code):
    assert code_of(put, wire=wire, name=name) == code


def test_reserved_prefixes_are_said(wire):
    code, text = refusal(put, wire=wire, name="/ssm/x/y")
    assert code == "ValidationException" and "can't be prefixed with \"ssm\" (case-insensitive)" in text


@pytest.mark.parametrize("arguments, code", [
    ({"Value": ""}, "ValidationException"),
    ({"Value": "x" * 4097}, "ValidationException"),
    ({"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException"),
    ({"Value": "{{ssm:other}}"}, "ValidationException"),
    ({"Value": "a {{ x }} b"}, "ValidationException"),
    ({"Type": "Number"}, "ValidationException"),
    ({"Tier": "Gold"}, "ValidationException"),
    ({"DataType": "Text"}, "ValidationException"),
    ({"AllowedPattern": "^\\d+$"}, "ParameterPatternMismatchException"),
    ({"AllowedPattern": "("}, "InvalidAllowedPatternException"),
    ({"AllowedPattern": "x" * 1025}, "ValidationException"),
    ({"Description": "x" * 1025}, "ValidationException"),
    ({"Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException"),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "ValidationException"),
])
def test_parameters_that_are_refused(wire, unique, arguments, code):
    name = f"/refused/{unique}"
    assert code_of(wire.ssm.PutParameter, **{"Name": name, "Value": "v", "Type": "String", **arguments}) == code
    assert code_of(wire.ssm.GetParameter, Name=name) == "ParameterNotFound"


@pytest.mark.parametrize("arguments", [
    {"Policies": '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2040-01-01T00:00:00.000Z"}}]',
     "Tier": "Advanced"},
    {"Policies": '[{"Type":"Nothing"}]', "Tier": "Advanced"},
    {"DataType": "aws:ec2:image"},
])
def test_what_is_not_built_is_refused_and_not_ignored(wire, unique, arguments):
    refused = code_of(put, wire=wire, name=f"/unbuilt/{unique}", **arguments)
    assert refused in ("UnsupportedOperationException", "InvalidPolicyTypeException", "ValidationException")


def test_a_type_is_needed_and_stays(wire, unique):
    name = f"/type/{unique}"
    assert code_of(wire.ssm.PutParameter, Name=name, Value="v") == "ValidationException"
    put(wire, name)
    for kind in ("StringList", "SecureString"):
        assert code_of(put, wire=wire, name=name, Type=kind, Overwrite=True) == "HierarchyTypeMismatchException"


def test_a_pattern_holds_for_its_value(wire, unique):
    name = f"/pattern/{unique}"
    put(wire, name, "123", AllowedPattern="^\\d{3}$")
    assert code_of(put, wire=wire, name=name, value="12", Overwrite=True, AllowedPattern="^\\d{3}$") \
        == "ParameterPatternMismatchException"
    assert value_of(wire, name) == "123"


def test_many_are_read_at_once(wire, unique):
    names = [f"/many/{unique}/{letter}" for letter in "cab"]
    for name in names:
        put(wire, name, name[-1])
    answer = wire.ssm.GetParameters(Names=[*names, f"/many/{unique}/none", f"/many/{unique}/c:9"])
    assert [parameter["Name"] for parameter in answer["Parameters"]] == sorted(names)
    assert sorted(answer["InvalidParameters"]) == sorted([f"/many/{unique}/none", f"/many/{unique}/c:9"])
    assert wire.ssm.GetParameters(Names=[f"/many/{unique}/none"])["Parameters"] == []


@pytest.mark.parametrize("operation", ["GetParameters", "DeleteParameters"])
@pytest.mark.parametrize("names", [[], [f"n{n}" for n in range(11)], [""], ["x" * 2049]])
def test_lists_of_names(wire, operation, names):
    assert code_of(getattr(wire.ssm, operation), Names=names) == "ValidationException"


@pytest.fixture(scope="module")
def tree(wire):
    import uuid
    root = f"/tree-{uuid.uuid4().hex[:8]}"
    for path in ("a", "b/c", "b/d/e", "f", "g"):
        put(wire, f"{root}/{path}", path, Type="StringList" if path == "g" else "String")
    put(wire, f"{root}/s", "hush", Type="SecureString")
    return root


@pytest.mark.parametrize("arguments, expected", [
    ({}, ["a", "f", "g", "s"]),
    ({"Recursive": True}, ["a", "b/c", "b/d/e", "f", "g", "s"]),
    ({"ParameterFilters": [{"Key": "Type", "Values": ["StringList"]}]}, ["g"]),
    ({"ParameterFilters": [{"Key": "Type", "Option": "Equals", "Values": ["String", "SecureString"]}]}, ["a", "f", "s"]),
])
def test_by_path(wire, tree, arguments, expected):
    for size in (None, 1, 3):
        pages = wire.ssm.pages("GetParametersByPath", size, Path=tree, **arguments)
        assert [parameter["Name"] for parameter in flatten(pages)] == [f"{tree}/{path}" for path in expected]


def test_by_path_decrypts_when_asked(wire, tree):
    for decrypt in (False, True):
        found = flatten(wire.ssm.pages("GetParametersByPath", Path=tree, WithDecryption=decrypt))
        [secure] = [parameter["Value"] for parameter in found if parameter["Type"] == "SecureString"]
        assert (secure == "hush") is decrypt


@pytest.mark.parametrize("arguments, code", [
    ({"Path": "no-slash"}, "ValidationException"),
    ({"Path": ""}, "ValidationException"),
    ({"MaxResults": 0}, "ValidationException"),
    ({"MaxResults": 11}, "ValidationException"),
    ({"NextToken": "guess"}, "InvalidNextToken"),
    ({"ParameterFilters": [{"Key": "Name", "Values": ["a"]}]}, "InvalidFilterKey"),
    ({"ParameterFilters": [{"Key": "Type", "Option": "Near", "Values": ["String"]}]}, "InvalidFilterOption"),
    ({"ParameterFilters": [{"Key": "Label", "Option": "BeginsWith", "Values": ["x"]}]}, "InvalidFilterOption"),
])
def test_paths_that_are_refused(wire, tree, arguments, code):
    assert code_of(wire.ssm.GetParametersByPath, **{"Path": tree, **arguments}) == code


def test_a_token_belongs_to_its_path(wire, tree):
    token = wire.ssm.GetParametersByPath(Path=tree, MaxResults=1)["NextToken"]
    assert code_of(wire.ssm.GetParametersByPath, Path=f"{tree}/b", NextToken=token) == "InvalidNextToken"


def test_deleting(wire, unique):
    names = [f"/gone/{unique}/{n}" for n in range(3)]
    for name in names:
        put(wire, name)
    assert wire.ssm.DeleteParameter(Name=names[0]) == {}
    answer = wire.ssm.DeleteParameters(Names=[*names, f"{names[0]}-never"])
    assert sorted(answer["DeletedParameters"]) == names[1:]
    assert sorted(answer["InvalidParameters"]) == sorted([names[0], f"{names[0]}-never"])
    for name in names:
        assert code_of(wire.ssm.GetParameter, Name=name) == "ParameterNotFound"
        assert code_of(wire.ssm.DeleteParameter, Name=name) == "ParameterNotFound"
        assert put(wire, name)["Version"] == 1, "a new parameter of that name begins anew"


def test_terraform_manages_a_parameter(wire, unique):
    """aws_ssm_parameter: put, read, describe by name, list tags; change value and tags; delete."""
    name = f"/terraform/{unique}"
    by_name = {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": [name]}]}

    def read():
        parameter = wire.ssm.GetParameter(Name=name, WithDecryption=True)["Parameter"]
        [described] = flatten(wire.ssm.pages("DescribeParameters", **by_name))
        tags = wire.ssm.ListTagsForResource(ResourceType="Parameter", ResourceId=name)["TagList"]
        return (parameter["Value"], described["Version"], described.get("Description"), described["Tier"],
                {tag["Key"]: tag["Value"] for tag in tags})

    put(wire, name, "1", Type="SecureString", Description="by terraform", Tags=[{"Key": "env", "Value": "test"}])
    assert read() == ("1", 1, "by terraform", "Standard", {"env": "test"})
    wire.ssm.PutParameter(Name=name, Value="2", Type="SecureString", Overwrite=True, Description="again")
    wire.ssm.AddTagsToResource(ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "team", "Value": "a"}])
    wire.ssm.RemoveTagsFromResource(ResourceType="Parameter", ResourceId=name, TagKeys=["env"])
    assert read() == ("2", 2, "again", "Standard", {"team": "a"})
    wire.ssm.DeleteParameter(Name=name)
    assert code_of(wire.ssm.GetParameter, Name=name) == "ParameterNotFound"
    assert flatten(wire.ssm.pages("DescribeParameters", **by_name)) == []
