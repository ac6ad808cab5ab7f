"""Reads a request summary: the failed requests of a run, a line each.

    Create Article POST → 201: 2 failed
    Feed GET → : 5 failed

A request's name and method, an arrow (`→` or `->`), its status, nothing where there was no answer,
and how many of its checks failed. Passed requests are not listed: `complete` adds them from the
suite's description. A benchmark may keep this file, `request-summary.txt`, in place of a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ormprobe.errors import UnreadableError
from ormprobe.runs.matching import places
from ormprobe.runs.model import Request
from ormprobe.runs.opening import Reading, lines_of
from ormprobe.runs.suite import Suite, SuiteRequest, conduit

MAX_CHARACTERS = 16 * 1024 * 1024
MAX_REQUESTS = 20_000
_LINE = re.compile(
    r"\s*(?P<name>\S.*?)\s+(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s*(?:→|->)"
    r"\s*(?P<status>[1-5]\d\d)?\s*:\s*(?P<failed>\d{1,6})\s+failed\s*"
)


def read_summary(
    path: Path, suite: Suite | None = None, notes: list[str] | None = None
) -> tuple[Request, ...]:
    """The requests of a summary file, completed from the suite, the paper's where none is given.

    Raises UnreadableError where no line is one of a summary's.
    """
    reading = Reading()
    found = parse_summary(lines_of(path, reading, limit=MAX_CHARACTERS), path.name, notes)
    if not found:
        raise UnreadableError(f"{path} is no request summary")
    if reading.cut and notes is not None:
        notes.append(f"{path.name}: its rest was left out, it is too large")
    return complete(found, suite or conduit())


def parse_summary(
    lines: Iterable[tuple[int, str]], file: str, notes: list[str] | None = None
) -> tuple[Request, ...]:
    """The failed requests that numbered lines tell of, as they stand there."""
    found: list[Request] = []
    other = 0
    for number, text in lines:
        match = _LINE.fullmatch(text)
        if match is None or len(found) >= MAX_REQUESTS:
            other += bool(text.strip())
            continue
        status = match["status"]
        found.append(
            Request(
                position=len(found),
                file=file,
                line=number,
                name=match["name"],
                method=match["method"],
                status=int(status) if status else None,
                failed=int(match["failed"]),
            )
        )
    if other and found and notes is not None:
        notes.append(f"{file}: {other} line{'s' if other > 1 else ''} told of no request")
    return tuple(found)


def complete(failed: tuple[Request, ...], suite: Suite) -> tuple[Request, ...]:
    """All requests of the suite in its order: those that failed, the others as passed.

    A passed one has no line of its own (0) and no status. Requests that the suite does not
    describe stay behind the one they follow.
    """
    at: dict[int, Request] = {}
    behind: dict[int, list[Request]] = {}
    last = -1
    for request, place in zip(failed, places(failed, suite, complete=False), strict=True):
        if place is None or place in at:
            behind.setdefault(last, []).append(request)
            continue
        last = place
        entry = suite.requests[place]
        at[place] = replace(request, expected=entry.expected, executed=entry.assertions)
    whole = list(behind.get(-1, []))
    for place, entry in enumerate(suite.requests):
        whole.append(at[place] if place in at else _passed(entry, failed))
        whole.extend(behind.get(place, []))
    return tuple(replace(request, position=position) for position, request in enumerate(whole))


def _passed(entry: SuiteRequest, failed: tuple[Request, ...]) -> Request:
    return Request(
        position=0,
        file=failed[0].file if failed else "",
        line=0,
        name=entry.name,
        method=entry.method,
        executed=entry.assertions,
        expected=entry.expected,
    )
