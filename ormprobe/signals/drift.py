"""Tables of the database that differ from what the app's models declare of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import key_of, reading_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.unknown_names import unknown_name
from ormprobe.source.declared import declared_in
from ormprobe.sql.facts import columns_made, is_nested, sql_facts
from ormprobe.timeline.model import Error, Scope
from ormprobe.timeline.run import Table
from ormprobe_taxonomy.signals import Place, Reading
from ormprobe_taxonomy.signals.refusals import SchemaDrift

READS = ("errors",)

CAUSE = "schema-model-drift"

_REQUIRED = (
    re.compile(r"NOT NULL constraint failed: (\w+)\.(\w+)"),
    re.compile(r'null value in column "(?P<column>\w+)" of relation "(?P<table>\w+)"'),
    re.compile(r"Field '(?P<column>\w+)' doesn't have a default value"),  # of the statement's table
)
_TYPED = re.compile(r'column "(\w+)" is of type ([\w ]+?) but expression is of type ([\w ]+)')
_FAMILIES = (
    ("text", ("character", "text", "varchar"), ("String", "Text", "Unicode", "VARCHAR", "TEXT")),
    ("number", ("integer", "bigint", "smallint"), ("Integer", "BigInteger", "SmallInteger")),
    ("real", ("double", "real", "numeric"), ("Float", "Numeric", "Double", "DECIMAL")),
    ("truth", ("boolean",), ("Boolean",)),
    ("time", ("timestamp", "date"), ("DateTime", "Date", "TIMESTAMP")),
    ("json", ("json",), ("JSON", "JSONB")),
    ("uuid", ("uuid",), ("Uuid", "UUID")),
)  # fmt: skip


def detect(scope: Scope, known: Known) -> Iterator[SchemaDrift]:
    for error in scope.all_errors():
        found = drift(known, error, reading_of(error))
        if found is not None:
            yield found


def reread(known: Known, error: Error, reading: Reading) -> Reading:
    found = drift(known, error, reading)
    return reading if found is None else Reading(CAUSE, variant=f"{found.kind}-column")


def drift(known: Known, error: Error, reading: Reading | None) -> SchemaDrift | None:
    """The difference that an error shows, None where it shows none."""
    if reading is None or error.statement is None:
        return None
    if reading.cause == "unresolved-reference":
        return _missing(known, error)
    if reading.facet == "not-null":
        return _extra(known, error)
    if reading.cause == "bind-type-mismatch":
        return _typed(known, error)
    return None


def _missing(known: Known, error: Error) -> SchemaDrift | None:
    found = unknown_name(known, error)
    if found is None or not found.declared or found.table is None:
        return None
    column = found.name.rpartition(".")[2]
    made = known.run.created_tables.get(found.table)
    columns = None if made is None else columns_made(made.text)
    if columns is not None and column.lower() in columns:
        return None  # it was made with the column: the name is out of scope for another reason
    qualified = "." in found.name
    nested = not qualified and is_nested(error.statement or "")
    return _signal(known, error, found.table, column, "missing", nested=nested)


def _extra(known: Known, error: Error) -> SchemaDrift | None:
    """A column that the INSERT does not name, that no model declares and that may not be NULL."""
    message = error.chain[-1].message if error.chain else error.message
    for pattern in _REQUIRED:
        found = pattern.search(message)
        if found is None:
            continue
        named = found.groupdict()
        name, column = (named.get("table"), named["column"]) if named else found.groups()
        name = name or _only_written(known, error)
        table = _table(known, name)
        text = (error.statement or "").lower()
        inserts = text.lstrip().startswith("insert")
        if table is None or table.column(column) is not None or not inserts:
            return None
        return None if column.lower() in text else _signal(known, error, name, column, "extra")
    return None


def _only_written(known: Known, error: Error) -> str:
    system = known.system(error.process, error.connection)
    written = sql_facts(error.statement or "", system).writes
    return next(iter(written)) if len(written) == 1 else ""


def _typed(known: Known, error: Error) -> SchemaDrift | None:
    """A column whose type in the database is not the one that its model declares."""
    message = error.chain[-1].message if error.chain else error.message
    found = _TYPED.search(message)
    if found is None:
        return None
    column, has, given = found.groups()
    for table in known.run.tables.values():
        declared = table.column(column)
        if declared is None or table.name.lower() not in (error.statement or "").lower():
            continue
        wanted = _family(2, declared.type or "")
        if wanted and wanted == _family(1, given) and wanted != _family(1, has):
            return _signal(known, error, table.name, column, "type")
    return None


def _family(place: int, name: str) -> str | None:
    for family in _FAMILIES:
        if any(name.strip().startswith(word) for word in family[place]):
            return family[0]
    return None


def _signal(
    known: Known, error: Error, table: str, column: str, kind: str, nested: bool = False
) -> SchemaDrift:
    declared = declared_in(known.source)
    made = known.run.created_tables.get(table) or known.run.created_tables.get(table.lower())
    columns = None if made is None else columns_made(made.text)
    seen = columns is not None and (column.lower() in columns) == (kind != "missing")
    created = declared.creation(table)
    migrated = declared.has_steps()  # the line that makes the table only runs what they say
    if created is None and made is not None and seen and not migrated and not in_tests(made.site):
        created = known.place(made.site)
    return SchemaDrift(
        error=key_of(error),
        table=table,
        column=column,
        kind=kind,
        created=created,
        declared=declared.column(table, column) or _model(known, table),
        seen=seen,
        nested=nested,
        events=(error.event, *((made.event,) if made is not None and seen else ())),
    )


def _model(known: Known, table: str) -> Place | None:
    found = _table(known, table)
    if found is None or found.entity is None:
        return None
    return declared_in(known.source).attribute(found.entity, None)


def _table(known: Known, name: str) -> Table | None:
    tables = known.run.tables
    return tables.get(name) or next(
        (table for table in tables.values() if table.name.lower() == name.lower()), None
    )
