"""Which request of a suite's description each request of a report is.

A name may occur several times in a suite, and a report may hold a part of its requests only. So
requests are laid along the description as a whole: in its order, next to each other where they
are, by path and by the number of checks where these are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ormprobe.runs.guessing import guess
from ormprobe.runs.model import Expected, Request
from ormprobe.runs.suite import Suite, SuiteRequest

# what speaks for a place, in points
_NEXT = 8
_FORWARD = 6
_SAME_CHECKS = 16
_ALL_FAILED = 4
_SAME_QUERY = 12


def match(
    requests: Sequence[Request], suite: Suite, *, complete: bool = True
) -> tuple[Request, ...]:
    """The requests, each with what the suite says of it.

    complete: the report holds passed requests too. Where fewer than half of the requests are
    known to the suite it is another suite's report: what is expected is then guessed from method
    and path alone, or left out.
    """
    found = places(requests, suite, complete=complete)
    known = sum(place is not None for place in found)
    if 2 * known < len(requests):
        found = (None,) * len(requests)
    return tuple(
        replace(request, expected=_expected(request, place, suite))
        for request, place in zip(requests, found, strict=True)
    )


def _expected(request: Request, place: int | None, suite: Suite) -> Expected | None:
    if place is None:
        return guess(request.name, request.method, request.path)
    expected = suite.requests[place].expected
    if request.executed is not None and request.executed != expected.assertions:
        # another version of the suite: what its checks look at is not known
        return replace(expected, assertions=request.executed, on_empty=None, on_error=None)
    return expected


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """The best way to reach a place: its points, the last place that is known, the way before."""

    points: int
    place: int | None = None
    last: int | None = None
    before: _Way | None = None


def places(
    requests: Sequence[Request], suite: Suite, *, complete: bool = True
) -> tuple[int | None, ...]:
    """The index in `suite.requests` of each request, None for those that it does not describe."""
    by_name: dict[tuple[str, str], list[int]] = {}
    for index, entry in enumerate(suite.requests):
        by_name.setdefault((entry.name, entry.method), []).append(index)
    ways = [_Way(0)]
    for request in requests:
        named = by_name.get((request.name, request.method), [])
        fitting = [at for at in named if _fits(request, suite.requests[at])]
        if not complete:
            # of two places that are as good, the later: its checks hold those of the earlier
            fitting.reverse()
        if fitting:
            ways = [_best(ways, at, _points(request, suite.requests[at])) for at in fitting]
        else:
            ways = [_Way(way.points, None, way.last, way) for way in ways]
    return _walked(max(ways, key=lambda way: way.points))


def _best(ways: list[_Way], at: int, own: int) -> _Way:
    steps = [(way.points + _step(way.last, at) + own, way) for way in ways]
    points, before = max(steps, key=lambda step: step[0])
    return _Way(points, at, at, before)


def _walked(way: _Way) -> tuple[int | None, ...]:
    found: list[int | None] = []
    while way.before is not None:
        found.append(way.place)
        way = way.before
    return tuple(reversed(found))


def _step(before: int | None, at: int) -> int:
    # backwards is where the next round of the suite begins
    if before is None:
        return _NEXT if at == 0 else _FORWARD
    if at == before + 1:
        return _NEXT
    return _FORWARD if at > before else 0


def _points(request: Request, entry: SuiteRequest) -> int:
    points = 0
    if request.executed is not None and request.executed == entry.assertions:
        points += _SAME_CHECKS
    if request.failed and request.failed == entry.on_error and not _is_good(request.status):
        points += _ALL_FAILED
    if request.failed and request.failed == entry.on_empty and _is_good(request.status):
        points += _ALL_FAILED
    if request.path is not None and _keys(request.path) == _keys(entry.path or ""):
        points += _SAME_QUERY
    return points


def _is_good(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _fits(request: Request, entry: SuiteRequest) -> bool:
    if request.path is not None and entry.path is not None:
        path = request.path.partition("?")[0]
        want = entry.path.partition("?")[0].split("/")[1:]
        # an identifier that was never given may be empty; an end of `/` may mean nothing
        if not (_is_at(path.split("/"), want) or _is_at(path.rstrip("/").split("/"), want)):
            return False
    if request.executed is None and entry.assertions is not None:
        return request.failed <= entry.assertions
    return True


def _is_at(parts: list[str], shape: list[str]) -> bool:
    tail = parts[-len(shape) :]
    return len(tail) == len(shape) and all(
        want.startswith("{") or want == part for want, part in zip(shape, tail, strict=True)
    )


def _keys(path: str) -> tuple[str, ...]:
    query = path.partition("?")[2]
    return tuple(sorted(part.partition("=")[0] for part in query.split("&") if part))
