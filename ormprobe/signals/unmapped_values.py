"""Values that a model was given by names that it does not have, so that they were never written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ormprobe.signals.carriers import strong_values, values_wanted
from ormprobe.signals.errors import key_of, reading_of, told_by
from ormprobe.signals.known import Known
from ormprobe.sql.facts import sql_facts
from ormprobe.timeline.model import Error, Scope, Unmapped
from ormprobe.timeline.run import Table
from ormprobe_taxonomy.signals.refusals import ValueUnmapped

READS = ("unmapped",)

_ALIKE = 0.75
"""How alike two names are, of 1, for one to be taken for a slip of the other."""


def detect(scope: Scope, known: Known) -> Iterator[ValueUnmapped]:
    wanted = values_wanted(scope.checks)
    for found in scope.walk():
        for unmapped in found.unmapped:
            yield from _of(unmapped, scope, known, wanted)


def _of(
    unmapped: Unmapped, scope: Scope, known: Known, wanted: frozenset[str]
) -> Iterator[ValueUnmapped]:
    tables = [table for table in known.run.tables.values() if table.entity == unmapped.entity]
    values = unmapped.values if isinstance(unmapped.values, dict) else {}
    for name, value in values.items():
        meant = _meant(name, tables)
        refused = _refused(unmapped, scope, known, tables, meant)
        is_wanted = not wanted.isdisjoint(strong_values(value))
        if meant is None and refused is None and not is_wanted:
            continue
        yield ValueUnmapped(
            at_us=unmapped.at_us,
            entity=unmapped.entity,
            name=name,
            meant=meant,
            wanted=is_wanted,
            place=known.place(unmapped.site),
            error=None if refused is None else key_of(refused),
            events=(unmapped.event, *((refused.event,) if refused is not None else ())),
        )


def _meant(name: str, tables: list[Table]) -> str | None:
    """The mapped name of which this one looks like a slip."""
    names = [column.name for table in tables for column in table.columns]
    names += [relation.name for table in tables for relation in table.relations]
    near = difflib.get_close_matches(name, names, 1, _ALIKE)
    return near[0] if near else None


def _refused(
    unmapped: Unmapped, scope: Scope, known: Known, tables: list[Table], meant: str | None
) -> Error | None:
    """The refusal of a write that lacked the value, or a value, where none was meant for sure."""
    names = {table.name for table in tables}
    for error in scope.all_errors():
        reading = reading_of(error)
        if error.at_us < unmapped.at_us or reading is None or reading.facet != "not-null":
            continue
        if meant is None and error.site != unmapped.site:
            continue
        system = known.system(error.process, error.connection)
        written = sql_facts(error.statement, system).writes if error.statement else frozenset[str]()
        if (written & names or error.entity == unmapped.entity) and (meant or "") in told_by(error):
            return error
    return None
