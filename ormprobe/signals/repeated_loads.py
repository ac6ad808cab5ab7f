"""Loads from one line in one scope whose keys all came from one earlier result."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ormprobe.signals.key_origins import BY_OBJECT, ONE_VALUE, same_origin
from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import Load, Scope, Site, Statement
from ormprobe_taxonomy.signals import LoadsRepeated

READS = ("statements",)

REPEATED = 2
"""Loads of different keys from one line that make a loop."""

_CATALOG = re.compile(r"\b(?:sqlite_(?:temp_)?(?:master|schema)|pg_catalog|information_schema)\b")

Way = tuple[Site, str, Load | None, tuple[Site, ...]]
"""What makes loads one loop: their line, text and kind, and the lines that led there."""


def detect(scope: Scope, known: Known) -> Iterator[LoadsRepeated]:
    for found in scope.walk():
        yield from _in_scope(found, known)


def _in_scope(scope: Scope, known: Known) -> Iterator[LoadsRepeated]:
    groups: defaultdict[Way, list[Statement]] = defaultdict(list)
    for statement in scope.statements:
        site = statement.site
        if statement.operation != "SELECT" or site is None or _is_batch(statement):
            continue
        if _CATALOG.search(statement.text):  # reflection asks table by table
            continue
        if not in_tests(site):
            way = site, statement.text, statement.load, statement.callers
            groups[way].append(statement)
    told: set[Site] = set()
    for (site, _, load, _), loads in groups.items():
        if len(loads) < REPEATED or site in told:
            continue
        source = _source(scope, known, loads)
        if source is None:
            continue
        told.add(site)
        place = known.place(site)
        assert place is not None
        yield LoadsRepeated(
            place=place,
            scope=scope.name,
            count=len(loads),
            entity=load.entity if load else None,
            attribute=load.attribute if load else None,
            kind=load.kind if load else "statement",
            source=known.place(source.site),
            source_rows=source.rows.count if source.rows else 0,
            events=(source.event, *(load.event for load in loads[:8])),
        )


def _is_batch(statement: Statement) -> bool:
    """Eager loaders ask for all rows at once, but for one where they are given one object; a
    refresh was asked for by name."""
    load = statement.load
    if load is None or load.kind not in ("eager", "refresh"):
        return False
    return load.kind == "refresh" or not ONE_VALUE.search(statement.text)


def _source(scope: Scope, known: Known, loads: list[Statement]) -> Statement | None:
    """The latest earlier result whose rows the loads were for, by a loop of the app's own."""
    first = loads[0]
    by_object = first.load is not None and first.load.kind in BY_OBJECT
    asked = {repr(found.parent if by_object else found.bind_values) for found in loads}
    if len(asked) < REPEATED:
        return None
    looped = [site for site in first.callers if _loops(known, site)]
    for candidate in reversed(scope.statements):
        if candidate.at_us >= first.at_us or candidate.rows is None or candidate.rows.count < 2:
            continue
        # a test that loops over what one call gave it, and makes the other call each time
        if any(site not in _way(candidate) for site in looped):
            continue
        if _is_own_work(candidate, loads):
            continue
        batch = loads if by_object else list(_before_again(scope, candidate, loads))
        if batch and same_origin(known, batch, candidate):
            return candidate
    return None


def _is_own_work(source: Statement, loads: list[Statement]) -> bool:
    """Whether each load is a transaction of its own, in a worker that was handed one row's key."""
    transactions = {load.transaction for load in loads} - {None, source.transaction}
    if len(transactions) < len(loads):
        return False
    ways = [{(site.path, site.function) for site in _way(each)} for each in (source, loads[0])]
    return not ways[0] & ways[1]


def _way(statement: Statement) -> tuple[Site, ...]:
    return (*((statement.site,) if statement.site else ()), *statement.callers)


def _before_again(scope: Scope, source: Statement, loads: list[Statement]) -> Iterator[Statement]:
    """The loads before the same result was read anew, as by a second page."""
    again = min(
        (
            found.at_us
            for found in scope.statements
            if found.at_us > source.at_us and (found.site, found.text) == (source.site, source.text)
        ),
        default=None,
    )
    for load in loads:
        if again is None or load.at_us < again:
            yield load


def _loops(known: Known, site: Site) -> bool:
    """Whether a line of a test is inside a loop."""
    return in_tests(site) and known.source.is_looped(site.path, site.line)
