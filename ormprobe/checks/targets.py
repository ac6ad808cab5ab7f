"""Which request's answer a failing check is about, or whether the test looked for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ormprobe.checks.values import (
    core,
    has_strong,
    is_mapping,
    is_opaque,
    is_scalar,
    is_sequence,
    is_strong,
    length,
    members,
    same,
)
from ormprobe.source import is_test_file
from ormprobe.timeline.model import Check, Scope, Shape, Site, Statement

_STATUSES = range(100, 600)


def target_of(scope: Scope, check: Check, values: Sequence[Shape]) -> tuple[Scope, bool]:
    """The scope whose answer a check is about, and whether the answer was seen to hold the value.

    values: what was found, the whole first. Without requests, or where the test itself read rows
    after the last of them, it is the scope of the check.
    """
    requests = [
        found
        for found in scope.walk()
        if found.kind == "request" and found is not scope and found.started_us <= check.at_us
    ]
    requests.sort(key=lambda found: found.started_us)
    known = [value for value in values if not is_opaque(value)]
    for request in reversed(requests):
        if any(_holds_surely(request, value) for value in known):
            return request, True
    if not requests or _looked_itself(scope, requests[-1], check):
        return scope, False
    for value in known:
        for request in reversed(requests):
            if holds(request, value):
                return request, False
    return requests[-1], False


def holds(request: Scope, value: Shape) -> bool:
    """Whether an answer has a value somewhere: itself, as a key of a list's members, as a length,
    or as its status."""
    body = request.response.body if request.response is not None else None
    if request.status is not None and core(value) == request.status:
        return True
    return body is not None and any(_is_here(found, value) for found in _places(body))


def _holds_surely(request: Scope, value: Shape) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return value in _STATUSES and value == request.status
    strong = is_strong(value) if is_scalar(value) else has_strong(value)
    return strong and holds(request, value)


def _places(shape: Shape) -> Iterator[Shape]:
    yield shape
    if isinstance(shape, dict) and not is_opaque(shape):
        for found in members(shape) if is_sequence(shape) else shape.values():
            yield from _places(found)


def _is_here(found: Shape, value: Shape) -> bool:
    if same(found, value):
        return True
    if is_mapping(found) and isinstance(value, dict) and is_mapping(value) and value:
        assert isinstance(found, dict)
        return all(key in found and same(found[key], part) for key, part in value.items())
    if not is_sequence(found):
        return False
    if isinstance(value, int) and not isinstance(value, bool):
        return length(found) == value
    return is_sequence(value) and length(found) == length(value) and _is_projection(found, value)


def _is_projection(found: Shape, value: Shape) -> bool:
    """Whether a list has what the members of another one have under one key."""
    wanted, objects = members(value), members(found)
    if not wanted or len(wanted) != len(objects):
        return False
    first = objects[0]
    if not isinstance(first, dict) or not is_mapping(first):
        return False
    for key, cell in first.items():
        if not same(cell, wanted[0]):
            continue
        parts = [each.get(key) for each in objects if isinstance(each, dict) and key in each]
        if len(parts) == len(wanted) and all(map(same, parts, wanted)):
            return True
    return False


def _looked_itself(scope: Scope, last: Scope, check: Check) -> bool:
    return any(
        is_own_read(found, check.at_us)
        for found in scope.statements
        if found.at_us > (last.ended_us or last.started_us)
    )


def is_own_read(statement: Statement, until_us: int) -> bool:
    """Whether a test read rows by a line of its own."""
    read = not statement.is_write and statement.rows is not None and statement.at_us <= until_us
    return read and any(_is_tests(site) for site in (statement.site, *statement.callers))


def _is_tests(site: Site | None) -> bool:
    return site is not None and is_test_file(site.path)
