"""Which printed exceptions belong to which requests of a suite, and how surely.

A suite sends one request after another, so what a server printed stands in their order. A
traceback that names its path, or that stands beside the access line of its request, is tied surely.
Where a log has neither, or where its beginning is gone, exceptions and crashed requests are laid
beside each other from their ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ormprobe.logs.model import Access, Item, Traceback
from ormprobe.runs.model import Request
from ormprobe.triage.thrown import Told
from ormprobe_taxonomy.terms import Link

_PATH = re.compile(
    r"(?:Internal Server Error: |Exception on |Error handling request |\")(/[^\s\"]*)"
)
MAX_ALIGNED = 1_000
"""Requests and access lines that are laid beside each other: the last ones."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A traceback and the request (its position) that it ended."""

    told: Told
    position: int
    link: Link


def path_of(target: str | None) -> str | None:
    """The path of a URL or request target, without its query and the slash at its end."""
    if target is None:
        return None
    try:
        return urlsplit(target).path.rstrip("/") or "/"
    except ValueError:
        return None


def accesses_of(items: Iterable[Item]) -> list[Access]:
    return [item for item in items if isinstance(item, Access)]


def aligned(requests: Sequence[Request], accesses: Sequence[Access]) -> dict[int, int]:
    """Positions of requests to indexes of access lines, in the order of both, as many as fit best.

    A log may lack its beginning or its end, and holds requests of others, such as a health check.
    """
    asked = list(requests)[-MAX_ALIGNED:]
    first = max(len(accesses) - MAX_ALIGNED, 0)
    seen = list(accesses)[first:]
    best = [[0] * (len(seen) + 1) for _ in range(len(asked) + 1)]
    for row in range(len(asked) - 1, -1, -1):
        for column in range(len(seen) - 1, -1, -1):
            alike = _alike(asked[row], seen[column])
            both = alike + best[row + 1][column + 1] if alike else 0
            best[row][column] = max(both, best[row + 1][column], best[row][column + 1])
    return dict(_walked(asked, seen, best, first))


def _walked(
    asked: list[Request], seen: list[Access], best: list[list[int]], first: int
) -> Iterator[tuple[int, int]]:
    row = column = 0
    while row < len(asked) and column < len(seen):
        alike = _alike(asked[row], seen[column])
        if alike and best[row][column] == alike + best[row + 1][column + 1]:
            yield asked[row].position, first + column
            row, column = row + 1, column + 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            row += 1


def _alike(request: Request, access: Access) -> int:
    """How well an access line fits a request, in points; 0 where it cannot be its own."""
    if request.method.upper() != access.method.upper():
        return 0
    if None not in (request.status, access.status) and request.status != access.status:
        return 0
    if request.passed and access.status is not None and access.status >= 400:
        return 0
    wanted = request.path or (request.expected.path if request.expected is not None else None)
    if wanted is None:
        return 1
    path = path_of(access.path)
    if path is None or not _has_shape(path, path_of(wanted) or wanted):
        return 0
    same_status = request.status is not None and request.status == access.status
    return 2 + same_status + (_keys(wanted) == _keys(access.path))


def _keys(target: str) -> list[str]:
    """The names in a query."""
    query = target.partition("?")[2]
    return sorted(pair.partition("=")[0] for pair in query.split("&") if pair)


def _has_shape(path: str, shape: str) -> bool:
    """Whether a path ends as a shape does, whatever stands for `{...}`."""
    parts, wanted = path.strip("/").split("/"), shape.strip("/").split("/")
    tail = parts[-len(wanted) :]
    return len(tail) == len(wanted) and all(
        want.startswith("{") or want == part for part, want in zip(tail, wanted, strict=True)
    )


def crashed(request: Request) -> bool:
    """Whether a request ended as an unhandled exception ends one: 5xx, or no answer at all."""
    return not request.passed and (request.status is None or request.status >= 500)


def ties_of(requests: Sequence[Request], items: Sequence[Item], told: dict[int, Told]) -> list[Tie]:
    """What ended which request. told: the tracebacks, by their index among the items."""
    accesses = accesses_of(items)
    beside = {number: position for position, number in aligned(requests, accesses).items()}
    by_position = {request.position: request for request in requests}
    ties: list[Tie] = []
    loose: list[Told] = []
    for index, each in told.items():
        position = _beside(index, items, beside, by_position)
        if position is not None:
            ties.append(Tie(each, position, Link.CHAIN))
        else:
            loose.append(each)
    taken = {tie.position for tie in ties}
    open_ = [each for each in _ended(requests) if each.position not in taken]
    return ties + _from_the_end(loose, open_)


def _ended(requests: Sequence[Request]) -> list[Request]:
    """The crashed requests; of those that a server that is gone did not answer, the first."""
    found: list[Request] = []
    gone = False
    for request in requests:
        silent = request.status is None and not request.passed
        if crashed(request) and not (silent and gone):
            found.append(request)
        gone = silent or (gone and request.passed and request.status is None)
    return found


def _beside(
    index: int,
    items: Sequence[Item],
    beside: dict[int, int],
    requests: dict[int, Request],
) -> int | None:
    """The crashed request whose access line stands next to a traceback, or is named by it."""
    traceback = items[index]
    assert isinstance(traceback, Traceback)
    named = _PATH.search(traceback.head or "")
    wanted = path_of(named[1]) if named else None
    ordinal = sum(isinstance(item, Access) for item in items[:index])
    for number in (ordinal, ordinal - 1):
        position = beside.get(number)
        if position is None or not crashed(requests[position]):
            continue
        access = accesses_of(items)[number]
        if wanted is None or path_of(access.path) == wanted:
            return position
    return None


def _from_the_end(loose: list[Told], open_: list[Request]) -> list[Tie]:
    """Tracebacks and crashed requests in their order, the last with the last.

    One signature alone explains every request that nothing stands beside. Where each request has
    a traceback, the order is theirs.
    """
    if not loose or not open_:
        return []
    signatures = {each.signature for each in loose}
    link = Link.CHAIN if len(signatures) == 1 or len(loose) == len(open_) else Link.EARLIER
    ties: list[Tie] = []
    rest = list(open_)
    for each in reversed(loose):
        if not rest:
            break
        ties.append(Tie(each, rest.pop().position, link))
    most = max(loose, key=lambda told: sum(told.signature == o.signature for o in loose))
    ties += [Tie(most, request.position, Link.EARLIER) for request in rest]
    return ties
