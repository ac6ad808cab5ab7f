"""Conflicts that the app expects: its handler names the database's refusal and deals with it."""

from __future__ import annotations

from ormprobe.signals.errors import reading_of
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Error, Failure, Link, Scope, Shape
from ormprobe_taxonomy.causes.database_runtime_error.failed_transaction_reuse import SPECIFIC
from ormprobe_taxonomy.signals import Reading

_FACETS = ("unique", "exclusion", "foreign-key")
_STATUSES = range(100, 600)


def is_dealt_with(known: Known, error: Error, reading: Reading | None) -> bool:
    """Whether a refusal that depends on the rows there are was caught by its own name."""
    if reading is None or reading.facet not in _FACETS:
        return False
    if error.fate == "handler":
        return known.source.has_handler(SPECIFIC)
    caught = error.caught
    if caught is None:
        return False
    return not SPECIFIC.isdisjoint(known.source.catches(caught.path, caught.line))


def without_expected(known: Known, failure: Failure) -> tuple[Link, ...]:
    """A failure's chain without a conflict that the app was dealing with when it failed."""
    for number, link in enumerate(failure.chain):
        expected = link.relation == "context" and link.error is not None
        if expected and link.error and is_dealt_with(known, link.error, reading_of(link.error)):
            return failure.chain[:number]
    return failure.chain


def is_refused_as_wanted(request: Scope, checks: list[Check]) -> bool:
    """Whether a request was refused with a client's error, and no check wanted it to succeed."""
    if not 400 <= (request.status or 0) < 500:
        return False
    return all(_wanted(check, request.status) >= 400 for check in checks)


def _wanted(check: Check, status: int | None) -> int:
    """The status that a check wants instead of the one answered; 400 where it is about no such."""
    if status not in (check.left, check.right):
        return 400
    below = check.operator == ("<" if check.left == status else ">")  # `status < 400`
    for operand in (*_members(check.left), *_members(check.right)):
        if isinstance(operand, int) and operand in _STATUSES and operand != status:
            return operand - below
    return 400


def _members(operand: Shape) -> tuple[Shape, ...]:
    """The statuses of `status in (200, 201)`, else the operand itself."""
    members = operand.get("of") if isinstance(operand, dict) else None
    return tuple(members) if isinstance(members, list) else (operand,)
