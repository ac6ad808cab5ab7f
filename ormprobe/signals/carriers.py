"""What leads from a failed request to a later one: values that it should have left behind.

A value is carried by its digest, so only strings and large numbers count; an identifier that was
never issued shows as `null` in the path of the later request.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.absence import equals
from ormprobe.signals.memory import digest_of
from ormprobe.timeline.model import Check, Scope, Shape, Statement

MAX_VALUES = 64

_MUTATING = frozenset(("POST", "PUT", "PATCH"))


def values_left_out(request: Scope) -> frozenset[str]:
    """The digests that a request brought to be written."""
    if request.method not in _MUTATING:
        return frozenset()
    found: dict[str, None] = {}
    for inputs in request.inputs.values():
        for value in strong_values(inputs.values):
            if len(found) < MAX_VALUES:
                found[value] = None
    return frozenset(found)


def values_missed(request: Scope) -> frozenset[str]:
    """The digests that a refused request looked up and found no row for."""
    if (request.status or 500) < 400:
        return frozenset()
    return frozenset(
        value
        for statement in missed(request)
        for _, shape in equals(statement)
        for value in strong_values(shape)
    )


def values_wanted(checks: list[Check]) -> frozenset[str]:
    """The digests that failing checks wanted to see, and did not."""
    found: set[str] = set()
    for check in checks:
        left, right = set(strong_values(check.left)), set(strong_values(check.right))
        if check.expected != "left":
            found |= right - left
        if check.expected != "right":
            found |= left - right
    return frozenset(found)


def missed(request: Scope) -> list[Statement]:
    """The look-ups of a request that found no row."""
    return [
        statement
        for found in request.walk()
        for statement in found.statements
        if statement.operation == "SELECT"
        and statement.rows is not None
        and statement.rows.count == 0
    ]


def misses_identifier(request: Scope, create: Scope) -> bool:
    """Whether the path of a refused request says that an earlier one issued no identifier."""
    inputs = request.inputs.get("path")
    if inputs is None or not inputs.absent or (request.status or 500) < 400:
        return False
    return create.method in _MUTATING and is_collection(create.route, request.route)


def is_collection(route: str | None, item: str | None) -> bool:
    """Whether a route is that of the collection of which another names an item."""
    if not route or not item:
        return False
    head = route.rstrip("/")
    return bool(head) and item.startswith(head + "/")


def strong_values(shape: Shape) -> Iterator[str]:
    """The digests of a shape's scalars that are no weak values."""
    if isinstance(shape, str):
        digest = digest_of(shape) if ":" in shape else None
        if digest is not None:
            yield digest
    elif isinstance(shape, list):
        for each in shape:
            yield from strong_values(each)
    elif isinstance(shape, dict):
        for each in shape.values():
            yield from strong_values(each)
