"""Which printed exceptions belong to which requests of a suite, and how surely.

A suite sends one request after another, so what a server printed stands in their order. A
traceback that names its path, or that stands beside the access line of its request, is tied surely.
Where a log has neither, or where its beginning is gone, exceptions and crashed requests are laid
beside each other from their ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ormprobe.logs.model import Access, Item, Traceback
from ormprobe.runs.model import Request
from ormprobe.triage.thrown import Told
from ormprobe_taxonomy.terms import Link

_PATH = re.compile(
    r"(?:Internal Server Error: |Exception on |Error handling request |\")(/[^\s\"]*)"
)
_NEAR = 3
"""Items between a traceback and its access line, beyond which they are strangers."""


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
    """Positions of requests to indexes of access lines, laid beside each other from the end.

    A log may lack its beginning, and holds requests of others, such as a health check.
    """
    found: dict[int, int] = {}
    index = len(accesses) - 1
    for request in reversed(requests):
        for candidate in range(index, max(index - 4, -1), -1):
            if _same(request, accesses[candidate]):
                found[request.position] = candidate
                index = candidate - 1
                break
    return found


def _same(request: Request, access: Access) -> bool:
    if request.method.upper() != access.method.upper():
        return False
    if None not in (request.status, access.status) and request.status != access.status:
        return False
    one, other = path_of(request.path), path_of(access.path)
    return one is None or other is None or one.endswith(other) or other.endswith(one)


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
    ties += _from_the_end(loose, [r for r in requests if crashed(r) and r.position not in taken])
    return ties


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
