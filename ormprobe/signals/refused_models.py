"""Statements that were refused because of how a model is declared, not of what the code asked."""

from __future__ import annotations

import re

from ormprobe.signals.known import Known
from ormprobe.source.declared import declared_in
from ormprobe.source.records import records_of
from ormprobe.timeline.model import Error
from ormprobe.timeline.statements import created_table
from ormprobe_taxonomy.signals import Place, Reading

_REQUIRED = re.compile(r"NOT NULL constraint failed: \w+\.(\w+)|null value in column \"(\w+)\"")


def declared_wrongly(known: Known, error: Error, reading: Reading) -> bool:
    """Whether a refusal follows from a declaration alone."""
    return overwritten(known, error, reading) is not None or _is_of_model(known, error, reading)


def overwritten(known: Known, error: Error, reading: Reading) -> tuple[str, str] | None:
    """The model, and its column whose place the other side of a relation has taken."""
    table = known.run.entities.get(error.entity or "")
    if table is None or error.entity is None or reading.facet != "not-null":
        return None
    message = error.chain[-1].message if error.chain else error.message
    found = _REQUIRED.search(message)
    column = (found.group(1) or found.group(2)) if found is not None else None
    taken = {each.name for each in table.relations if each.direction == "ONETOMANY"}
    return (error.entity, column) if column is not None and column in taken else None


def relation_at(known: Known, name: str) -> Place | None:
    """The line that gives the other side of a relation its name."""
    return declared_in(known.source).other_side(name)


def _is_of_model(known: Known, error: Error, reading: Reading) -> bool:
    """Whether the table of a model, which the ORM wrote down itself, was refused as no SQL."""
    if reading.cause != "malformed-statement" or error.operation != "CREATE":
        return False
    table = created_table(error.statement or "")
    models = {found.table for found in records_of(known.source)}
    return table in models and declared_in(known.source).creation(table) is None
