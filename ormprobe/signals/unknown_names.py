"""Columns and aliases that a statement named though none of its tables offers them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, told_by
from ormprobe.signals.known import Known
from ormprobe.sql.facts import sql_facts
from ormprobe.timeline.model import Error, Scope
from ormprobe_taxonomy.signals import NameUnknown

READS = ("errors",)

_NAMED = (
    re.compile(r"no such column: ([\w.]+)"),
    re.compile(r"ambiguous column name: ([\w.]+)"),
    re.compile(r"table \w+ has no column named (\w+)"),
    re.compile(r'column ["]?([\w.]+)["]?(?: of relation "\w+")? does not exist'),
    re.compile(r'missing FROM-clause entry for table "(\w+)"'),
    re.compile(r"Unknown column '([\w.]+)'"),
    re.compile(r"Column '([\w.]+)' in .* is ambiguous"),
)


def name_in(message: str) -> str | None:
    """The column or alias that a driver's message names."""
    for pattern in _NAMED:
        found = pattern.search(message)
        if found is not None:
            return found.group(1)
    return None


def detect(scope: Scope, known: Known) -> Iterator[NameUnknown]:
    for error in scope.all_errors():
        found = unknown_name(known, error)
        if found is not None:
            yield found


def unknown_name(known: Known, error: Error) -> NameUnknown | None:
    """The name that a database did not find, with what the statement's tables declare."""
    name = name_in(told_by(error))
    if name is None or not error.statement or cause_of(error) != "unresolved-reference":
        return None
    return _signal(known, error, name)


def _signal(known: Known, error: Error, name: str) -> NameUnknown:
    facts = sql_facts(error.statement or "", known.system(error.process, error.connection))
    sources = dict(facts.sources)
    for table in facts.writes:
        sources.setdefault(table, table)
    qualifier, _, column = name.rpartition(".")
    if qualifier:
        asked = [sources[qualifier.lower()]] if qualifier.lower() in sources else []
    else:
        asked = list(sources.values())
    mapped = {table.name.lower(): table for table in known.run.tables.values()}
    declaring = [
        mapped[table].name
        for table in asked
        if table in mapped and mapped[table].column(column) is not None
    ]
    return NameUnknown(
        error=key_of(error),
        name=name,
        sources=tuple(_source(alias, table) for alias, table in sources.items()),
        declared=bool(declaring) and "ambiguous" not in told_by(error),
        table=declaring[0] if declaring else None,
        known=all(table in mapped for table in asked),
        events=(error.event,),
    )


def _source(alias: str, table: str) -> str:
    """A table under the name that the statement may call it by."""
    return table if alias == table else f"{table} as {alias}"
