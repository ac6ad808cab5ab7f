"""Rows as an answer may show them: by column, with the value that is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ormprobe.checks.values import is_strong, same
from ormprobe.signals.known import Known
from ormprobe.source.answer_keys import folded
from ormprobe.timeline.model import Shape, Statement

Row = dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a row. column: None for the row as a whole."""

    statement: Statement
    row: Row
    column: str | None

    @property
    def value(self) -> Shape:
        return self.row.get(self.column) if self.column is not None else None


def rows_of(known: Known, statement: Statement) -> Iterator[Row]:
    """The rows that are known of a result; of an INSERT what it was given."""
    rows = statement.rows
    if statement.operation != "INSERT":
        for cells in rows.values if rows is not None else ():
            yield dict(zip(rows.columns if rows is not None else (), cells, strict=False))
        return
    binds = statement.bind_values
    row = {
        column: binds[places[0]]
        for column, places in known.asked(statement).assigned
        if len(places) == 1 and places[0] < len(binds)
    }
    if row:
        yield row


def is_tied(shown: Mapping[str, Shape], cell: Cell) -> bool:
    """Whether an object of an answer shows another value of the row under its name."""
    row = {folded(name): value for name, value in cell.row.items()}
    return any(
        is_strong(value) and same(row.get(folded(name)), value) for name, value in shown.items()
    )
