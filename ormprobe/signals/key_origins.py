"""Whether the keys of repeated loads came from an earlier result, or only look like its values.

Small integers are equal by accident, so a value alone proves little: what the schema says of the
two tables, and how much of the result was asked for, decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from ormprobe.signals.known import Known
from ormprobe.timeline.model import Load, Statement
from ormprobe.timeline.run import Column, Table
from ormprobe_instrumentation.events import MAX_KEYS, MAX_VALUE_ROWS

MATCHED = 2
"""Keys that a result and the loads must share."""

CHAIN = 3
"""Keys, in the result's order, that tie loads to a result which nothing else ties them to."""

BY_OBJECT = frozenset(("lazy", "deferred", "expired"))
"""Loads of which the object is known that they were for."""

_COLUMN = r"(?:[\"`\[]?\w+[\"`\]]?\.)?[\"`\[]?(\w+)[\"`\]]?"
_PLACEHOLDER = r"(?:\?|%s|%\(\w+\)s|:\w+|\$\d+)"
_EQUALS = re.compile(
    rf"{_COLUMN}\s*(?<![<>!])=\s*{_PLACEHOLDER}|{_PLACEHOLDER}(?:::\w+)?\s*=\s*{_COLUMN}"
)


def same_origin(known: Known, loads: Sequence[Statement], source: Statement) -> bool:
    """Whether loads of one kind, from one line, were for the rows of an earlier result."""
    load = loads[0].load
    if load is not None and load.kind in BY_OBJECT:
        wanted = _distinct(found.parent for found in loads if found.parent is not None)
        return any(
            len(wanted.keys() & keys.keys()) >= MATCHED
            for entity, keys in _keys(source)
            if _may_be(known, entity, load)
        ) or any(
            len(wanted.keys() & keys.keys()) >= MATCHED for keys in _joined(known, load, source)
        )
    wanted = _distinct(found.bind_values[0] for found in loads if len(found.bind_values) == 1)
    equals = _EQUALS.findall(loads[0].text)
    if not equals or len(wanted) < MATCHED:
        return False
    ties = _ties(known, loads[0], source, equals[-1][0] or equals[-1][1])
    columns = [(keys, len(keys) >= MAX_KEYS) for _, keys in _keys(source)]
    cut = source.rows is not None and source.rows.count > MAX_VALUE_ROWS
    columns += [(values, cut) for values in _columns(source)]
    return any(
        (is_cut or wanted.keys() <= column.keys()) and _from_column(wanted, column, ties)
        for column, is_cut in columns
    )


def _from_column(wanted: dict[str, None], column: dict[str, None], ties: str) -> bool:
    matched = len(wanted.keys() & column.keys())
    if matched < MATCHED:
        return False
    if ties == "reference":
        return True
    if ties == "key" and any(key.startswith('"') for key in wanted):
        return True
    if ties == "key":
        return matched == len(column)
    in_order = [key for key in wanted if key in column] == list(column)
    return in_order and matched >= (MATCHED if ties == "unknown" else CHAIN)


def _ties(known: Known, load: Statement, source: Statement, column: str) -> str:
    """What ties a load to a result: a reference between their tables, a key of the same table, no
    key at all, nothing, or unknown where a table is not mapped."""
    asked, given = known.facts(load).reads, known.facts(source).reads
    mapped = {table.name.lower(): table for table in known.run.tables.values()}
    if not asked or not given or not all(name in mapped for name in (*asked, *given)):
        return "unknown"
    found = [each for name in asked if (each := mapped[name].column(column)) is not None]
    if found and not any(_is_key(each) for each in found):
        return "no key"
    if any(_refers(mapped[one], other) for one in given for other in asked if one != other):
        return "reference"
    if any(_refers(mapped[one], other) for one in asked for other in given if one != other):
        return "reference"
    return "key" if asked & given else "nothing"


def _is_key(column: Column) -> bool:
    return column.primary_key or column.unique or column.foreign_key is not None


def _refers(table: Table, other: str) -> bool:
    return any(
        column.foreign_key.lower().split(".")[-2:-1] == [other]
        for column in table.columns
        if column.foreign_key is not None
    )


def _may_be(known: Known, entity: str, load: Load) -> bool:
    """Whether objects of a result may be those that a load was for: the same class or a base."""
    if entity == load.entity:
        return True
    tables = {table.entity: table for table in known.run.tables.values()}
    own, other = tables.get(load.entity), tables.get(entity)
    if own is None or other is None:  # a class without a table of its own
        return True
    return any(
        column.primary_key and (column.foreign_key or "").split(".")[-2:-1] == [other.name]
        for column in own.columns
    )


def _keys(statement: Statement) -> Iterator[tuple[str, dict[str, None]]]:
    """The entities of a result with their distinct keys, in its order."""
    for entity in statement.rows.entities if statement.rows else ():
        yield entity.entity, _distinct(entity.keys)


def _joined(known: Known, load: Load, source: Statement) -> Iterator[dict[str, None]]:
    """Keys of the load's entity that a result names, whose table was joined into it."""
    named, rows = _tables(known, load.entity), source.rows
    if not named or rows is None or named[0].name not in known.facts(source).reads:
        return
    given = [each for entity in rows.entities for each in _tables(known, entity.entity)]
    names = {
        column.name
        for table in given
        for column in table.columns
        if (column.foreign_key or "").split(".")[-2:-1] == [named[0].name]
    }
    for name, values in zip(rows.columns, _columns(source), strict=False):
        if name in names:
            yield values


def _tables(known: Known, entity: str) -> list[Table]:
    return [table for table in known.run.tables.values() if table.entity == entity]


def _columns(statement: Statement) -> Iterator[dict[str, None]]:
    """The distinct values of each column of a result, in its order."""
    rows = statement.rows
    for index in range(len(rows.columns)) if rows else ():
        values = (row[index] for row in rows.values if index < len(row)) if rows else ()
        yield _distinct(value for value in values if value is not None)


def _distinct(values: Iterator[object] | Sequence[object]) -> dict[str, None]:
    return dict.fromkeys(json.dumps(value) for value in values)
