"""Encoded values and shapes: their members, and which of them are the same.

Values are the same where their digests are, whatever their types: a date and its text, `7` and
`"7"`. Weak values (small integers, booleans, null, the empty text) are the same by accident, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.timeline.model import Shape

Core = str | int | None

OTHER: Shape = {"?": "another value"}
"""What is expected where a check only says what must not be."""

ABSENT: Shape = {"?": "missing"}
"""What an object has under a key that it lacks."""


def is_opaque(shape: Shape) -> bool:
    """Whether nothing is known of a value but its type."""
    return isinstance(shape, dict) and "?" in shape and not is_entity(shape)


def is_entity(shape: Shape) -> bool:
    """Whether a value is a mapped object, known by its class and key."""
    return isinstance(shape, dict) and "?" in shape and "key" in shape


def is_sequence(shape: Shape) -> bool:
    return isinstance(shape, dict) and "#" in shape and "of" in shape


def is_mapping(shape: Shape) -> bool:
    return isinstance(shape, dict) and not is_sequence(shape) and "?" not in shape


def is_scalar(shape: Shape) -> bool:
    return not isinstance(shape, dict | list)


def length(shape: Shape) -> int | None:
    """The length of a sequence, None of anything else."""
    if isinstance(shape, dict) and is_sequence(shape):
        found = shape["#"]
        return found if isinstance(found, int) else None
    return None


def members(shape: Shape) -> list[Shape]:
    """The members of a sequence that are shown."""
    found = shape.get("of") if isinstance(shape, dict) else None
    return found if isinstance(found, list) else []


def is_whole(shape: Shape) -> bool:
    """Whether a sequence shows all its members."""
    return length(shape) == len(members(shape))


def core(value: Shape) -> Core:
    """What is compared of a scalar: its digest, a small integer itself, "" for an empty text.

    None for null, and where nothing is known of the value.
    """
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, str):
        if not value:
            return ""
        head, _, weak = value.partition("#")
        if weak and ":" not in head:
            number = weak.partition("=")[0]
            return int(number) if number.lstrip("-").isdecimal() else None
        tail = head.partition(":")[2]
        return tail[:16] or None
    return int(value) if isinstance(value, bool | int) else None


def is_strong(value: Shape) -> bool:
    """Whether two equal values are hardly so by accident."""
    found = core(value)
    return isinstance(found, str) and found != ""


def is_weak_number(value: Shape) -> bool:
    return isinstance(core(value), int) and not isinstance(value, bool)


def same(one: Shape, other: Shape) -> bool:
    """Whether two shapes are equal, as far as they are shown; opaque ones never are."""
    if isinstance(one, dict) and isinstance(other, dict):
        if is_opaque(one) or is_opaque(other):
            return False
        if is_entity(one) or is_entity(other):
            alike = one.get("?") == other.get("?") and one.get("key") is not None
            return alike and same(one.get("key"), other.get("key"))
        if is_sequence(one) != is_sequence(other):
            return False
        if is_sequence(one):
            mine, theirs = members(one), members(other)
            return length(one) == length(other) and all(
                same(a, b) for a, b in zip(mine, theirs, strict=False)
            )
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return False
    if one is None or other is None:
        return one is other
    found = core(one)
    return found is not None and found == core(other)


def has_strong(shape: Shape) -> bool:
    """Whether any scalar of a shape is strong."""
    return any(is_strong(value) for value in scalars(shape))


def scalars(shape: Shape) -> Iterator[Shape]:
    """The scalars of a shape, in order."""
    if is_opaque(shape) or is_entity(shape):
        return
    if isinstance(shape, dict):
        for found in members(shape) if is_sequence(shape) else shape.values():
            yield from scalars(found)
    elif not isinstance(shape, list):
        yield shape


def identity(shape: Shape) -> object:
    """What is the same for equal shapes, to be counted by."""
    if isinstance(shape, dict):
        if is_opaque(shape):
            return id(shape)
        if is_entity(shape):
            return repr(shape["?"]), identity(shape["key"])
        if is_sequence(shape):
            return length(shape), tuple(identity(each) for each in members(shape))
        return frozenset((key, identity(value)) for key, value in shape.items())
    if shape is None:
        return "null", None
    return core(shape) if not isinstance(shape, list) else id(shape)
