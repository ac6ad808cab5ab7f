"""Rows as the INSERTs of a scope wrote them, column by column, and as its reads showed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ormprobe.checks.values import core, identity, is_mapping, is_sequence, is_strong, members
from ormprobe.signals.failing_reads import main_table
from ormprobe.signals.known import Known
from ormprobe.signals.memory import digest_of
from ormprobe.timeline.model import Scope, Shape, Statement

MAX_ROWS = 5_000

Row = dict[str, Shape]


@dataclass(slots=True)
class Written:
    """rows: by table, what each INSERT set. shown: by table, rows that reads returned."""

    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    shown: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    count: int = 0

    def holds(self, table: str, column: str, digest: str) -> bool:
        """Whether a value was written to a column."""
        return any(digest_of(row.get(column)) == digest for row in self.rows.get(table, ()))

    def rows_with(self, table: str, member: Shape) -> list[Row]:
        """The rows of a table that were written with a strong value of an answer's member."""
        return _with(self.rows.get(table, []), member)

    def shown_with(self, table: str, member: Shape) -> list[Row]:
        """The rows of a table that were read with a strong value of an answer's member."""
        return _with(self.shown.get(table, []), member)

    def of(self, table: str) -> list[Row]:
        """The rows of a table, written and read."""
        return [*self.rows.get(table, ()), *self.shown.get(table, ())]

    def has_null(self, row: Row, column: str) -> bool:
        """Whether a row was written with NULL in a column, or without it."""
        return row.get(column) is None

    def pairs(self, table: str, one: str, other: str) -> list[tuple[object, object]]:
        """The values of two columns in each row that was written with both."""
        return [
            (identity(row[one]), identity(row[other]))
            for row in self.rows.get(table, ())
            if row.get(one) is not None and row.get(other) is not None
        ]


def _with(rows: list[Row], member: Shape) -> list[Row]:
    wanted = {core(value) for value in _strong(member)}
    return [
        row
        for row in rows
        if any(is_strong(value) and core(value) in wanted for value in row.values())
    ]


def written_in(scope: Scope, known: Known) -> Written:
    """What was written before a scope's failure, and what its reads showed."""
    found = Written()
    for statement in scope.all_statements():
        if found.count >= MAX_ROWS:
            break
        if statement.operation in ("INSERT", "REPLACE"):
            _take_insert(found, statement, known)
        elif statement.operation == "SELECT" and statement.rows is not None:
            _take_rows(found, statement, known)
    return found


def _take_insert(found: Written, statement: Statement, known: Known) -> None:
    facts = known.asked(statement)
    if facts.target is None or not facts.assigned:
        return
    most = max(len(positions) for _, positions in facts.assigned)
    for values in (statement.bind_values, *statement.rest):
        for index in range(most):
            row = {
                name: values[positions[index]]
                for name, positions in facts.assigned
                if index < len(positions) and positions[index] < len(values)
            }
            found.rows.setdefault(facts.target, []).append(row)
            found.count += 1


def _take_rows(found: Written, statement: Statement, known: Known) -> None:
    rows = statement.rows
    facts = known.asked(statement)
    table = main_table(facts)
    if rows is None or table is None or facts.aggregates:
        return
    for values in rows.values:
        row: Row = {name.lower(): value for name, value in zip(rows.columns, values, strict=False)}
        found.shown.setdefault(table, []).append(row)
        found.count += 1


def _strong(shape: Shape) -> Iterator[Shape]:
    if isinstance(shape, dict):
        if is_sequence(shape):
            for each in members(shape):
                yield from _strong(each)
        elif is_mapping(shape):
            for each in shape.values():
                yield from _strong(each)
    elif is_strong(shape):
        yield shape
