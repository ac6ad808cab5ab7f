"""The same statement with the same values twice in one transaction, with no write in between."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.source.nodes import covers
from ormprobe.timeline.model import Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import QueryRepeated

READS = ("statements",)

AGAIN = 2
"""Times that two lines may ask the same: the second is one too many."""

IN_A_LOOP = 3
"""Times that one line asks the same: a loop over rows may meet one value twice."""

_CHANGING = re.compile(
    r"\b(?:now|random|rand|nextval|currval|lastval|setval|uuid\w*|gen_random_uuid|clock_timestamp"
    r"|changes|last_insert_rowid|pg_\w+|txid_\w+|get_lock)\s*\("
    r"|\bCURRENT_(?:TIME|DATE)|\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE|KEY)\b"
    r"|\b(?:sqlite_(?:temp_)?(?:master|schema)|pg_catalog|information_schema)\b",
    re.IGNORECASE,
)

Way = tuple[Site, ...]


def detect(scope: Scope, known: Known) -> Iterator[QueryRepeated]:
    told: set[Site] = set()
    for found in scope.walk():
        if found.kind != "process":
            yield from _in_scope(found, known, told)


def _in_scope(scope: Scope, known: Known, told: set[Site]) -> Iterator[QueryRepeated]:
    asked: dict[tuple[object, ...], list[Statement]] = {}
    for statement in scope.statements:
        if statement.is_write:
            asked.clear()  # whatever it wrote may be asked for again, by a trigger's table too
            continue
        if statement.operation != "SELECT" or not _is_question(statement):
            continue
        lazy = statement.load is not None and statement.load.kind == "lazy"
        about = statement.text, repr(statement.binds), repr(statement.parent), lazy
        key = (*about, statement.connection, statement.transaction)
        same = asked.setdefault(key, [])
        same.append(statement)
        if len(same) >= AGAIN:
            signal = _again(scope, known, same, told)
            if signal is not None:
                yield signal


def _is_question(statement: Statement) -> bool:
    """Whether the app asked, and may have kept the answer."""
    if statement.site is None or in_tests(statement.site):
        return False
    # of one object's relation where the ORM does not keep what it found
    return statement.load is None or statement.load.kind in ("get", "lazy")


def _again(
    scope: Scope, known: Known, same: list[Statement], told: set[Site]
) -> QueryRepeated | None:
    first, last = same[0], same[-1]
    if _CHANGING.search(last.text) or not known.facts(last).reads:
        return None
    place = _asked_again_at(known, first, last, len(same))
    if place is None or place in told:
        return None
    weak = not any(_is_strong(value) for value in last.bind_values)
    if weak and first.site != last.site:
        return None
    told.add(place)
    shown = known.place(place)
    assert shown is not None
    return QueryRepeated(
        place=shown,
        first=known.place(first.site),
        scope=scope.name,
        count=len(same),
        reads=tuple(sorted(known.facts(last).reads)),
        events=tuple(each.event for each in same[:8]),
    )


def _asked_again_at(known: Known, first: Statement, last: Statement, count: int) -> Site | None:
    """The line that asked again: where the ways to the two statements part, or that of a loop."""
    ways = _way(first), _way(last)
    if ways[0] == ways[1]:
        own = [site for site in ways[1] if not in_tests(site)]
        looped = any(_loops(known, site) for site in own)
        # a serializer or template loops where no line of the app does
        lazy = last.load is not None and last.load.kind == "lazy"
        elsewhere = lazy and not any(_waits(known, site) for site in own)
        return last.site if count >= IN_A_LOOP and (looped or elsewhere) else None
    parted = _parted(*ways)
    if parted is None or in_tests(parted[1]):
        return None  # a test asked twice
    before, after = parted
    if (before.path, before.function) != (after.path, after.function):
        return after
    # in one function: a later line of the same run, not an earlier one of the next run
    return after if after.line > before.line else None


def _parted(one: Way, other: Way) -> tuple[Site, Site] | None:
    """The outermost lines in which two ways differ."""
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first != second:
            return first, second
    return None


def _way(statement: Statement) -> Way:
    assert statement.site is not None
    return (statement.site, *statement.callers)


def _loops(known: Known, site: Site) -> bool:
    """Whether a line is run again for each of some elements."""
    return not _waits(known, site) and known.source.is_looped(site.path, site.line)


def _waits(known: Known, site: Site) -> bool:
    """Whether a line is in a `while`, which waits for a change."""
    tree = known.source.tree(site.path)
    return any(
        isinstance(node, ast.While) and covers(node, site.line)
        for node in (ast.walk(tree) if tree is not None else ())
    )


def _is_strong(value: Shape) -> bool:
    return isinstance(value, str) and ":" in value
