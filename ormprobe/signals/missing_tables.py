"""Tables that a statement named and the database lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, told_by
from ormprobe.signals.known import Known, in_tests
from ormprobe.source.declared import declared_in
from ormprobe.timeline.model import Error, Scope
from ormprobe_taxonomy.signals import Place, TableMissing

READS = ("errors",)

_NAMED = (
    re.compile(r"no such table: ([\w.]+)"),
    re.compile(r'relation "([\w.]+)" does not exist'),
    re.compile(r"Table '([\w.]+)' doesn't exist"),
    re.compile(r"Table '<\d+:\w+>\.(\w+)' doesn't exist"),
)


def table_named(message: str) -> str | None:
    """The table that a driver's message names, without its schema."""
    for pattern in _NAMED:
        found = pattern.search(message)
        if found is not None:
            return found.group(1).rpartition(".")[2]
    return None


def detect(scope: Scope, known: Known) -> Iterator[TableMissing]:
    for error in scope.all_errors():
        table = table_named(told_by(error))
        if table is not None and cause_of(error) == "schema-not-created":
            yield _signal(known, error, table)


def _signal(known: Known, error: Error, table: str) -> TableMissing:
    created = known.run.created_tables.get(table) or known.run.created_tables.get(table.lower())
    if created is not None:
        created = created.before(error.process, error.at_us)
    step = known.source.creation(table)
    creation = None
    if step is not None:
        creation = Place(step[0], step[1], known.source.function_at(*step))
    elif table in known.run.tables:
        creation = declared_in(known.source).without_step(known.run.tables[table].entity)
    return TableMissing(
        error=key_of(error),
        table=table,
        declared=table in known.run.tables,
        created=created is not None and created.at_us < error.at_us,
        split=_is_split(known, error),
        creation=creation,
        engine=None if in_tests(error.engine_site) else known.place(error.engine_site),
        events=(error.event,),
    )


def _is_split(known: Known, error: Error) -> bool:
    """Whether the database is private to a connection, and the process had several."""
    memory = [
        connection
        for (process, _), connection in known.run.connections.items()
        if process == error.process and connection.memory
    ]
    return len(memory) > 1 and any(found.number == error.connection for found in memory)
