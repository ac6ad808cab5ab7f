"""Objects within answers and operands: by their place, by their keys, by what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ormprobe.checks.values import is_mapping, is_sequence, members, same
from ormprobe.source.answer_keys import folded
from ormprobe.timeline.model import Shape

Object = dict[str, Shape]


def objects(shape: Shape) -> Iterator[Object]:
    """The objects of a shape, outer ones first."""
    if not isinstance(shape, dict):
        return
    if is_sequence(shape):
        for member in members(shape):
            yield from objects(member)
    elif is_mapping(shape):
        yield shape
        for value in shape.values():
            yield from objects(value)


def has_key(shape: Shape, key: str) -> bool:
    """Whether any object of a shape has a key, whatever its case."""
    return any(folded(name) == folded(key) for found in objects(shape) for name in found)


def in_answer(body: Shape, wanted: Object) -> bool:
    """Whether an answer holds an object with all that is wanted, at whatever level."""
    return any(
        all(key in found and same(found[key], value) for key, value in wanted.items())
        for found in objects(body)
    )


def object_at(shape: Shape, path: Sequence[str | int]) -> Object:
    """The object at a path of keys and indexes; empty where there is none."""
    for part in path:
        if isinstance(part, int):
            inside = members(shape)
            shape = inside[part] if part < len(inside) else None
        else:
            shape = shape.get(part) if isinstance(shape, dict) else None
    return shape if isinstance(shape, dict) and is_mapping(shape) else {}
