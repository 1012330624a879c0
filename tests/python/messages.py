"""The members of AWS's model as protobuf messages and back, so that a scenario sees the same Python values on both wires."""

import datetime
import functools
import re


class Answer(dict):
    """The members of an answer. A list or map that it lacks reads as empty: protobuf does not tell the two apart."""

    def __init__(self, shape, members):
        super().__init__(members)
        self.shape = shape

    def __missing__(self, name):
        kind = self.shape.members[name].type_name
        if kind in ("list", "map"):
            return [] if kind == "list" else {}
        raise KeyError(f"{name} is not among {sorted(self)}")


def plain(shape, value):
    """A parsed member as both wires can tell it: no empty lists and maps, times in UTC and whole milliseconds."""
    if shape.type_name == "structure":
        members = {name: plain(shape.members[name], member) for name, member in value.items()
                   if name in shape.members}
        kinds = {name: shape.members[name].type_name for name in members}
        return Answer(shape, {name: member for name, member in members.items()
                              if member or kinds[name] not in ("list", "map")})
    if shape.type_name == "list":
        return [plain(shape.member, element) for element in value]
    if shape.type_name == "map":
        return {key: plain(shape.value, element) for key, element in value.items()}
    if shape.type_name == "timestamp":
        value = value.astimezone(datetime.timezone.utc)
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def encode(shape, value, message):
    """Fills a message with the members of a request."""
    fields = {field.json_name: field for field in message.DESCRIPTOR.fields}
    for name, member in value.items():
        field, inner = fields[name], shape.members[name]
        if inner.type_name == "structure":
            nested = getattr(message, field.name)
            nested.SetInParent()
            encode(inner, member, nested)
        elif inner.type_name == "list" and field.message_type:
            for element in member:
                encode(inner.member, element, getattr(message, field.name).add())
        elif inner.type_name == "list":
            getattr(message, field.name).extend(scalar(field, element) for element in member)
        elif inner.type_name == "map":
            getattr(message, field.name).update(member)
        elif inner.type_name == "timestamp":
            getattr(message, field.name).FromDatetime(member)
        else:
            setattr(message, field.name, scalar(field, member))


def scalar(field, value):
    """A value as a field takes it; an enumeration's unknown string becomes a number that no one knows either."""
    if field.enum_type:
        return next((number for number, name in names(field.enum_type).items() if name == squashed(value)), 9999)
    if field.type == field.TYPE_BYTES and isinstance(value, str):
        return value.encode()
    return value


def decode(shape, message):
    """The members of an answer."""
    members = {}
    for field in message.DESCRIPTOR.fields:
        inner = shape.members[field.json_name]
        value = getattr(message, field.name)
        if inner.type_name in ("list", "map"):
            if len(value):
                members[field.json_name] = repeated(inner, field, value)
        elif message.HasField(field.name):
            members[field.json_name] = one(inner, field, value)
    return plain(shape, Answer(shape, members))


def repeated(shape, field, value):
    if shape.type_name == "list":
        return [one(shape.member, field, element) for element in value]
    if shape.value.type_name == "list":  # protobuf has no map of lists, so a message stands around each
        return {key: [one(shape.value.member, field, item) for item in value[key].items] for key in value}
    return dict(value)


def one(shape, field, value):
    if shape.type_name == "structure":
        return decode(shape, value)
    if shape.type_name == "timestamp":
        return value.ToDatetime(datetime.timezone.utc)
    if field.enum_type:
        return {squashed(name): name for name in shape.enum}[names(field.enum_type)[value]]
    return value


@functools.cache
def names(enum):
    """The values of an enumeration by number, in letters and digits only, which AWS's and protobuf's spelling share."""
    prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
    return {value.number: squashed(value.name.removeprefix(prefix)) for value in enum.values[1:]}


def squashed(text):
    return re.sub("[^A-Z0-9]", "", str(text).upper())
