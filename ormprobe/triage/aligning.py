"""Access lines of a log laid along the requests of a suite, as they fit best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ormprobe.logs.model import Access
from ormprobe.runs.model import Request

MAX_REQUESTS = 1_000
"""Requests that are laid beside access lines: the last ones."""
LINES = 4
"""Access lines for each request that are looked at, from the end: a suite runs last."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A request target. parts: of its path, `{...}` standing for any. keys: names in its query."""

    method: str
    status: int | None
    passed: bool
    parts: tuple[str, ...] | None
    keys: tuple[str, ...]


@lru_cache(maxsize=4096)
def path_of(target: str | None) -> str | None:
    """The path of a URL or request target, without its query and the slash at its end."""
    if target is None:
        return None
    try:
        return urlsplit(target).path.rstrip("/") or "/"
    except ValueError:
        return None


def aligned(requests: Sequence[Request], accesses: Sequence[Access]) -> dict[int, int]:
    """Positions of requests to indexes of access lines, in the order of both, as many as fit best.

    A log may lack its beginning or its end, and holds requests of others, such as a health check.
    """
    last = list(requests)[-MAX_REQUESTS:]
    first = max(len(accesses) - max(LINES * len(last), 100), 0)
    asked = [_asked(request) for request in last]
    seen = [_seen(access) for access in accesses[first:]]
    points = [[_points(one, other) for other in seen] for one in asked]
    best = [[0] * (len(seen) + 1) for _ in range(len(asked) + 1)]
    for row in range(len(asked) - 1, -1, -1):
        below, here = best[row + 1], best[row]
        for column in range(len(seen) - 1, -1, -1):
            alike = points[row][column]
            both = alike + below[column + 1] if alike else 0
            here[column] = max(both, below[column], here[column + 1])
    return {last[row].position: first + column for row, column in _walked(points, best)}


def _walked(points: list[list[int]], best: list[list[int]]) -> Iterator[tuple[int, int]]:
    row = column = 0
    while row < len(points) and column < len(points[row]):
        alike = points[row][column]
        if alike and best[row][column] == alike + best[row + 1][column + 1]:
            yield row, column
            row, column = row + 1, column + 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            row += 1


def _asked(request: Request) -> _Target:
    wanted = request.path or (request.expected.path if request.expected is not None else None)
    return _Target(
        request.method.upper(), request.status, request.passed, _parts(wanted), _keys(wanted)
    )


def _seen(access: Access) -> _Target:
    method = access.method.upper()
    return _Target(method, access.status, False, _parts(access.path), _keys(access.path))


def _parts(target: str | None) -> tuple[str, ...] | None:
    path = path_of(target)
    return None if path is None else tuple(path.strip("/").split("/"))


def _keys(target: str | None) -> tuple[str, ...]:
    query = (target or "").partition("?")[2]
    return tuple(sorted(pair.partition("=")[0] for pair in query.split("&") if pair))


def _points(asked: _Target, seen: _Target) -> int:
    """How well an access line fits a request; 0 where it cannot be its own."""
    if asked.method != seen.method:
        return 0
    if None not in (asked.status, seen.status) and asked.status != seen.status:
        return 0
    if asked.passed and seen.status is not None and seen.status >= 400:
        return 0
    if asked.parts is None:
        return 1
    if seen.parts is None or not _has_shape(seen.parts, asked.parts):
        return 0
    same_status = asked.status is not None and asked.status == seen.status
    return 2 + same_status + (asked.keys == seen.keys)


def _has_shape(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a path ends as a shape does, whatever stands for `{...}`."""
    tail = parts[-len(wanted) :]
    return len(tail) == len(wanted) and all(
        want.startswith("{") or want == part for part, want in zip(tail, wanted, strict=True)
    )
