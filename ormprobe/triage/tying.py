"""Which printed exceptions belong to which requests of a suite, and how surely.

A suite sends one request after another, so what a server printed stands in their order. A
traceback that names its path, or that stands beside the access line of its request, is tied surely.
Where a log has neither, or where its beginning is gone, exceptions and crashed requests are laid
beside each other from their ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ormprobe.logs.model import Access, Item, Traceback
from ormprobe.runs.model import Request
from ormprobe.triage.aligning import path_of
from ormprobe.triage.thrown import Told
from ormprobe_taxonomy.finished import Kind
from ormprobe_taxonomy.terms import Link

_PATH = re.compile(
    r"(?:Internal Server Error: |Exception on |Error handling request |\")(/[^\s\"]*)"
)


@dataclass(frozen=True, slots=True)
class Tie:
    """A traceback and the request (its position) that it ended."""

    told: Told
    position: int
    link: Link


def accesses_of(items: Iterable[Item]) -> list[Access]:
    return [item for item in items if isinstance(item, Access)]


def crashed(request: Request) -> bool:
    """Whether a request ended as an unhandled exception ends one: 5xx, or no answer at all."""
    return not request.passed and (request.status is None or request.status >= 500)


def ties_of(
    requests: Sequence[Request],
    items: Sequence[Item],
    told: Mapping[int, Told],
    along: Mapping[int, int],
) -> list[Tie]:
    """What ended which request.

    told: the tracebacks, by their index among the items. along: the index of the access line that
    is each request's, by its position.
    """
    log = _Log(accesses_of(items), {number: position for position, number in along.items()},
               {request.position: request for request in requests})  # fmt: skip
    ties: list[Tie] = []
    loose: list[Told] = []
    before = dict(_accesses_before(items))
    for index, each in told.items():
        position = log.beside(each.traceback, before[index], crashed)
        hidden = log.beside(each.traceback, before[index], rejected) if _may_hide(each) else None
        if position is not None:
            ties.append(Tie(each, position, Link.CHAIN))
        elif hidden is not None:
            ties.append(Tie(each, hidden, Link.EARLIER))
        else:
            loose.append(each)
    taken = {tie.position for tie in ties}
    open_ = [each for each in _ended(requests) if each.position not in taken]
    if open_:
        return ties + _from_the_end(loose, open_)
    refused = [each for each in requests if rejected(each) and each.position not in taken]
    hiding = [each for each in loose if _may_hide(each)]
    return ties + [replace(tie, link=Link.EARLIER) for tie in _from_the_end(hiding, refused)]


def rejected(request: Request) -> bool:
    """Whether a request was answered as an invalid one: what a handler makes of any exception."""
    elsewhere = (401, 403, 404, 405)
    status = request.status or 0
    return not request.passed and 400 <= status < 500 and status not in elsewhere


def _may_hide(told: Told) -> bool:
    """Whether an exception is the data layer's: its catcher may answer with a client's error."""
    return told.kind in (None, Kind.DATA)


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


def _accesses_before(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """How many access lines stand before each item."""
    count = 0
    for index, item in enumerate(items):
        yield index, count
        count += isinstance(item, Access)


@dataclass(frozen=True, slots=True)
class _Log:
    """positions: of the requests that access lines belong to, by the number of the line."""

    accesses: list[Access]
    positions: dict[int, int]
    requests: dict[int, Request]

    def beside(
        self, traceback: Traceback, before: int, ended: Callable[[Request], bool]
    ) -> int | None:
        """The failed request whose access line stands next to a traceback, or is named by it."""
        named = _PATH.search(traceback.head or "")
        wanted = path_of(named[1]) if named else None
        for number in (before, before - 1):
            position = self.positions.get(number)
            if position is None or not ended(self.requests[position]):
                continue
            if wanted is None or path_of(self.accesses[number].path) == wanted:
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
