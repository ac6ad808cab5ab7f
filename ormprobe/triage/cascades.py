"""Requests of a suite as the placing rules see them: how each failed, and after which.

An edge needs a carrier that was seen: an identifier that is missing in a path, a token that nobody
issued, a relation that was never made, a server that is gone. Time order alone is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ormprobe.runs.model import Request
from ormprobe_taxonomy.finished import Request as Seen
from ormprobe_taxonomy.finished import Role, Shape

_ABSENT = re.compile(
    r"/(?:null|undefined|None|NaN|\[object%20Object\]|:\w+|\{\{?\w+\}\}?)(?=/|$|\?)"
)
MAX_TOLD = 3
"""Names of failed checks that are shown of a request."""

_BODIED = ("POST", "PUT", "PATCH")


def seen_of(
    requests: Sequence[Request], paths: Mapping[int, str], errors: Mapping[int, tuple[str, ...]]
) -> tuple[Seen, ...]:
    """paths: those that access lines tell, by position. errors: keys of exceptions tied to each."""
    shapes = [shape_of(request) for request in requests]
    found = [
        _seen(request, shape, request.path or paths.get(request.position), errors)
        for request, shape in zip(requests, shapes, strict=True)
    ]
    for index, each in enumerate(found):
        if each.shape is not None:
            found[index] = replace(each, root=_root(each, found[:index]))
    return tuple(found)


def shape_of(request: Request) -> Shape | None:
    """How a request failed, None where it did not."""
    if request.passed:
        return None
    status = request.status
    if status is None:
        return Shape.UNANSWERED
    by_status = {401: Shape.REFUSED, 403: Shape.REFUSED, 404: Shape.UNFOUND, 410: Shape.UNFOUND,
                 405: Shape.METHOD, 501: Shape.UNBUILT}  # fmt: skip
    if status in by_status:
        return by_status[status]
    if status >= 500:
        return Shape.CRASHED
    if status >= 400:
        return Shape.REJECTED
    if 300 <= status < 400:
        return Shape.REDIRECTED
    return _soft(request)


def _soft(request: Request) -> Shape:
    """The status was right: what the number of failed checks tells of the answer."""
    expected = request.expected
    if expected is None:
        whole = request.executed is not None and request.failed >= request.executed > 1
        return Shape.ENVELOPE if whole else Shape.PART
    lists = expected.on_empty is not None and expected.role is Role.LIST
    if lists and request.failed == expected.on_empty and request.failed > 1:
        return Shape.EMPTY
    checks = request.executed or expected.assertions
    return Shape.ENVELOPE if checks and request.failed >= checks > 1 else Shape.PART


def _seen(
    request: Request, shape: Shape | None, path: str | None, errors: Mapping[int, tuple[str, ...]]
) -> Seen:
    expected = request.expected
    role = expected.role if expected is not None else Role.OTHER
    return Seen(
        position=request.position,
        outcome=f"request:{request.name}#{request.position}",
        name=f"{request.name} ({request.method})",
        role=role,
        resource=expected.resource if expected is not None else None,
        needs=expected.needs if expected is not None else None,
        filtered=expected.filtered if expected is not None else False,
        authenticated=expected.authenticated if expected is not None else False,
        status=request.status,
        shape=shape,
        failed=request.failed,
        checks=request.executed or (expected.assertions if expected is not None else None),
        root=request.position if shape is not None else None,
        absent=path is not None and _ABSENT.search(path) is not None,
        bodied=request.method.upper() in _BODIED
        and role not in (Role.RELATE, Role.UNRELATE, Role.DELETE),
        told=request.messages[:MAX_TOLD],
        errors=errors.get(request.position, ()),
        events=(f"{request.file}:{request.line}",),
    )


def _root(each: Seen, before: Sequence[Seen]) -> int:
    """The failed request that one hangs on, through however many between; its own position."""
    for carrier in (_gone, _nameless, _tokenless, _unrelated):
        found = carrier(each, before)
        if found is not None:
            return found.root if found.root is not None else found.position
    return each.position


def _gone(each: Seen, before: Sequence[Seen]) -> Seen | None:
    """The request on which a server ended: nothing is answered after it."""
    if each.shape is not Shape.UNANSWERED or each.errors:
        return None
    first: Seen | None = None
    for other in reversed(before):
        if other.shape is Shape.UNANSWERED:
            first = other
        elif other.shape is not None or other.status is not None:
            break  # it was answered; one that passed without a status may have no checks
    if first is not None:
        return first
    last = before[-1] if before else None
    return last if last is not None and last.shape is Shape.CRASHED else None


def _nameless(each: Seen, before: Sequence[Seen]) -> Seen | None:
    """The request whose answer should have held the identifier that a path lacks."""
    makers = [e for e in before if e.role is Role.CREATE and e.shape is not None]
    wanted = each.needs or each.resource
    if each.absent:
        of_same = [e for e in makers if e.resource == wanted]
        return (of_same or makers)[-1] if makers else None
    if each.role in (Role.CREATE, Role.REGISTER, Role.LOG_IN, Role.CURRENT, Role.OTHER):
        return None
    failed = [e for e in makers if e.resource == wanted and _left_nothing(e)]
    made = any(e.role is Role.CREATE and e.resource == wanted and e.shape is None for e in before)
    missed = each.shape in (Shape.UNFOUND, Shape.EMPTY, Shape.REJECTED, Shape.PART)
    return failed[-1] if failed and not made and missed and not each.errors else None


def _left_nothing(maker: Seen) -> bool:
    """Whether a maker's answer held no identifier: not one check on it held."""
    return maker.shape is Shape.ENVELOPE or (maker.shape is not None and maker.shape.is_hard)


def _tokenless(each: Seen, before: Sequence[Seen]) -> Seen | None:
    """The log-in or registration that issued no token, for what is refused for want of one."""
    if each.shape is not Shape.REFUSED and not (each.role is Role.LOG_IN and each.shape):
        return None
    issuers = [e for e in before if e.role.issues_token]
    if not issuers or each.errors:
        return None
    failed = [e for e in issuers if e.shape is not None]
    return failed[0] if len(failed) == len(issuers) else None


def _unrelated(each: Seen, before: Sequence[Seen]) -> Seen | None:
    """The relation that was refused, for the list that asks for what has it."""
    if each.shape is not Shape.EMPTY or not each.filtered or each.role is not Role.LIST:
        return None
    refused = [
        e
        for e in before
        if e.role is Role.RELATE and e.shape is not None and e.needs == each.resource
    ]
    others = [e for e in before if e.role is Role.LIST and e.resource == each.resource]
    plain_fails = any(e.shape is not None and not e.filtered for e in others)
    return refused[-1] if refused and not plain_fails else None
