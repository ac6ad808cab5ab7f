"""Failing checks whose cause cannot lie at the data layer: refused unasked, computed afterwards.

Each holds only where all checks of the outcome are of its kind and nothing went wrong at the data
layer before: no error, and no write that was lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import FailedCheck, failed_checks
from ormprobe.checks.computed import computed_after
from ormprobe.signals.known import Known, requests_of
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import AnsweredUnasked, ComputedAfter

READS = ("checks",)

_STATUSES = range(100, 600)
_NOT_FOUND = 404


def detect(scope: Scope, known: Known) -> Iterator[AnsweredUnasked | ComputedAfter]:
    found = failed_checks(scope, known)
    if not found or scope.all_errors() or _lost_writes(scope, found[-1].check.at_us):
        return
    signals = [_of(each, scope, known) for each in found]
    if signals and all(signals) and signals[0] is not None:
        yield signals[0]


def _of(found: FailedCheck, scope: Scope, known: Known) -> AnsweredUnasked | ComputedAfter | None:
    return _unasked(found, scope, known) or computed_after(found, scope, known)


def _lost_writes(scope: Scope, until_us: int) -> bool:
    """Whether a transaction with writes ended otherwise than by its commit, before a moment."""
    return any(
        each.wrote
        and each.end != "commit"
        and each.ended_us is not None
        and each.ended_us < until_us
        for each in scope.all_transactions()
    )


def _unasked(found: FailedCheck, scope: Scope, known: Known) -> AnsweredUnasked | None:
    check, request = found.check, found.target
    if request is None or request.kind != "request" or request is scope or not found.leaves:
        return None
    [first, *others] = found.leaves
    status, wanted = _status(first.actual), _status(first.expected)
    if others or first.path or status is None or wanted is None or status != request.status:
        return None
    site = check.site
    if site is None or "status" not in known.source.line(site.path, site.line):
        return None
    if request.failures or request.all_statements() or status >= 500 or status < 300:
        return None
    routed = request.handler is not None or request.route is not None
    if status == _NOT_FOUND and (routed or _may_miss_identifier(scope, request)):
        return None
    return AnsweredUnasked(
        at_us=request.started_us,
        request=request.name,
        status=status,
        wanted=wanted,
        routed=routed,
        place=known.place(request.handler),
        events=(request.event, check.event),
    )


def _status(value: Shape) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value in _STATUSES:
        return value
    return None


def _may_miss_identifier(scope: Scope, request: Scope) -> bool:
    """Whether the path may have been made of an identifier that was never issued, as `/users/None`
    is: an earlier answer had a null, or the test handled rows itself."""
    if scope.statements:
        return True
    earlier = [each for each in requests_of(scope) if each.started_us < request.started_us]
    return any(each.response is None or _has_null(each.response.body) for each in earlier)


def _has_null(shape: Shape) -> bool:
    if isinstance(shape, dict):
        return any(_has_null(each) for each in shape.values())
    if isinstance(shape, list):
        return any(map(_has_null, shape))
    return shape is None
