"""Loads from one line in one scope whose keys all came from one earlier result."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import Load, Scope, Site, Statement
from ormprobe_taxonomy.signals import LoadsRepeated

READS = ("statements",)

REPEATED = 2
"""Loads of different keys from one line that make a loop."""

_LOADS = frozenset(("lazy", "deferred", "expired"))


def detect(scope: Scope, known: Known) -> Iterator[LoadsRepeated]:
    for found in scope.walk():
        yield from _in_scope(found, known)


def _in_scope(scope: Scope, known: Known) -> Iterator[LoadsRepeated]:
    groups: defaultdict[tuple[Site, str, Load | None], list[Statement]] = defaultdict(list)
    for statement in scope.statements:
        site = statement.site
        if statement.operation != "SELECT" or site is None or _is_batch(statement):
            continue
        if not in_tests(site):
            groups[site, statement.text, statement.load].append(statement)
    told: set[Site] = set()
    for (site, _, load), loads in groups.items():
        if len(loads) < REPEATED or site in told:
            continue
        source = _source(scope, loads, load)
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
    """Eager loaders ask for all rows at once; a refresh was asked for by name."""
    return statement.load is not None and statement.load.kind in ("eager", "refresh")


def _source(scope: Scope, loads: list[Statement], load: Load | None) -> Statement | None:
    """The earlier result that holds the keys of at least two of the loads, and all it could."""
    first = loads[0]
    if load is not None and load.kind in _LOADS:
        wanted = {_text(found.parent) for found in loads if found.parent is not None}
    else:
        wanted = {_text(found.bind_values[0]) for found in loads if len(found.bind_values) == 1}
    if len(wanted) < REPEATED:
        return None
    for candidate in reversed(scope.statements):
        if candidate.at_us >= first.at_us or candidate.rows is None or candidate.rows.count < 2:
            continue
        if load is not None and load.kind in _LOADS:
            matched = max((len(wanted & keys) for keys in _keys(candidate, load)), default=0)
        else:
            matched = max((len(wanted & column) for column in _columns(candidate)), default=0)
        if matched >= REPEATED:
            return candidate
    return None


def _keys(statement: Statement, load: Load) -> Iterator[set[str]]:
    """The keys of the entities of a result that a load may have been for."""
    for entity in statement.rows.entities if statement.rows else ():
        yield {_text(key) for key in entity.keys}


def _columns(statement: Statement) -> Iterator[set[str]]:
    """The values of each column of a result, and the keys of its entities."""
    rows = statement.rows
    if rows is None:
        return
    for entity in rows.entities:
        yield {_text(key) for key in entity.keys}
    for index in range(len(rows.columns)):
        yield {_text(row[index]) for row in rows.values if index < len(row)}


def _text(value: object) -> str:
    return json.dumps(value)
