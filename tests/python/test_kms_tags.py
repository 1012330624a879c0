"""Tags of keys."""

import pytest
from wires import code_of, create_key, flatten, refusal


def tags(pairs):
    return [{"TagKey": key, "TagValue": value} for key, value in pairs.items()]


def listed(wire, key_id, size=None):
    return {tag["TagKey"]: tag["TagValue"] for tag in flatten(wire.kms.pages("ListResourceTags", size, KeyId=key_id))}


def test_tags_come_and_go(wire):
    key = create_key(wire)
    assert listed(wire, key["KeyId"]) == {}
    assert wire.kms.TagResource(KeyId=key["KeyId"], Tags=tags({"a": "1", "b": "", "Ä /=+:@.-_": "ü"})) == {}
    wire.kms.TagResource(KeyId=key["Arn"], Tags=tags({"a": "2", "A": "3"}))
    assert listed(wire, key["Arn"]) == {"a": "2", "A": "3", "b": "", "Ä /=+:@.-_": "ü"}
    assert wire.kms.UntagResource(KeyId=key["KeyId"], TagKeys=["a", "never-there"]) == {}
    assert listed(wire, key["KeyId"]) == {"A": "3", "b": "", "Ä /=+:@.-_": "ü"}


def test_a_key_is_born_with_tags(wire):
    key_id = create_key(wire, Tags=tags({"a": "1", "b": "2"}))["KeyId"]
    assert listed(wire, key_id) == {"a": "1", "b": "2"}


def test_tags_are_listed_page_by_page(wire):
    wanted = {f"tag-{n:02}": str(n) for n in range(7)}
    key_id = create_key(wire, Tags=tags(wanted))["KeyId"]
    pages = list(wire.kms.pages("ListResourceTags", size=3, KeyId=key_id))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert listed(wire, key_id, 3) == wanted
    answer = wire.kms.ListResourceTags(KeyId=key_id, Limit=3)
    assert answer["Truncated"] is True and answer["NextMarker"]


def test_a_marker_belongs_to_its_key(wire):
    key_id = create_key(wire, Tags=tags({"a": "1", "b": "2"}))["KeyId"]
    marker = wire.kms.ListResourceTags(KeyId=key_id, Limit=1)["NextMarker"]
    other = create_key(wire, Tags=tags({"a": "1", "b": "2"}))["KeyId"]
    assert code_of(wire.kms.ListResourceTags, KeyId=other, Limit=1, Marker=marker) == "InvalidMarkerException"


@pytest.mark.parametrize("wrong, code, text", [
    (tags({"aws:x": "1"}), "TagException", "Tags beginning with aws: are reserved"),
    (tags({"a": "1"}) + tags({"a": "2"}), "TagException", "Duplicate tag keys"),
    (tags({str(n): "x" for n in range(51)}), "TagException", "Too many tags"),
    (tags({"": "x"}), "ValidationException", None),
    (tags({"k" * 129: "x"}), "ValidationException", None),
    (tags({"k": "v" * 257}), "ValidationException", None),
    (None, "ValidationException", None),
])
def test_tags_that_are_refused(wire, wrong, code, text):
    key_id = create_key(wire)["KeyId"]
    arguments = {} if wrong is None else {"Tags": wrong}
    got = refusal(wire.kms.TagResource, KeyId=key_id, **arguments)
    assert got[0] == code and (text is None or got[1] == text)
    assert listed(wire, key_id) == {}


def test_fifty_tags_at_most(wire):
    key_id = create_key(wire, Tags=tags({f"t{n}": "x" for n in range(49)}))["KeyId"]
    wire.kms.TagResource(KeyId=key_id, Tags=tags({"fiftieth": "x"}))
    assert refusal(wire.kms.TagResource, KeyId=key_id, Tags=tags({"one-more": "x"})) == ("TagException", "Too many tags")
    wire.kms.TagResource(KeyId=key_id, Tags=tags({"fiftieth": "replaced"}))
    assert len(listed(wire, key_id)) == 50 and listed(wire, key_id)["fiftieth"] == "replaced"


def test_the_longest_tags(wire):
    longest = {"k" * 128: "v" * 256}
    key_id = create_key(wire, Tags=tags(longest))["KeyId"]
    assert listed(wire, key_id) == longest
    assert code_of(wire.kms.UntagResource, KeyId=key_id, TagKeys=["k" * 129]) == "ValidationException"
    wire.kms.UntagResource(KeyId=key_id, TagKeys=["k" * 128])
    assert listed(wire, key_id) == {}
