"""What a failing check asks of the queries behind it, and which reads may bear it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ormprobe.checks import Difference, FailedCheck, How, Leaf, failed_checks, reads_of
from ormprobe.checks.differences import extra_members, missing_members
from ormprobe.checks.values import is_mapping, is_sequence, members, same
from ormprobe.signals.composition import composed_at, narrowed
from ormprobe.signals.known import Known
from ormprobe.signals.references import references_of
from ormprobe.sql.model import Column, StatementFacts
from ormprobe.timeline.model import Scalar, Scope, Shape, Statement
from ormprobe_taxonomy.signals import Place

_ERROR = 400
_STATUSES = range(100, 600)

Row = dict[str, Scalar]


@dataclass(eq=False)
class Asked:
    """A failing check, and the reads of the request or call that it is about.

    leaf: the difference that is judged, None where the operands are not known.
    """

    check: FailedCheck
    leaf: Leaf | None
    known: Known = field(repr=False)

    @cached_property
    def reads(self) -> list[Statement]:
        """SELECTs that the app sent, and not the test for itself, in time order."""
        if self.check.target is None:
            return []
        found = reads_of(self.check.target, self.check.check.at_us)
        return [each for each in found if each.operation in ("SELECT", "WITH") and each.rows]

    @property
    def difference(self) -> str | None:
        return None if self.leaf is None else self.leaf.difference.value

    def is_any(self, *differences: Difference) -> bool:
        return self.leaf is not None and self.leaf.difference in differences

    def facts(self, statement: Statement) -> StatementFacts:
        return self.known.asked(statement)

    def how(self, statement: Statement) -> How | None:
        """How the actual value is read off a statement, None where it is not."""
        return next((each.how for each in self.check.read if each.statement is statement), None)

    def is_read(self, statement: Statement) -> bool:
        """Whether the actual value was read off the rows, value by value."""
        return any(each.statement is statement and not each.is_weak for each in self.check.read)

    @cached_property
    def bearing(self) -> list[Statement]:
        """The reads that the actual value was read off; all of them where it was off none."""
        off = [each.statement for each in self.check.read if not each.is_weak]
        if not off:
            off = [each.statement for each in self.check.read]
        return [each for each in self.reads if each in off] if off else self.reads

    def place(self, statement: Statement, *words: str) -> Place | None:
        """Where the query of a statement was composed; of that, the line with some words."""
        site = composed_at(self.known, statement, self.check.target)
        return self.known.place(narrowed(self.known, site, words))

    def missing(self) -> list[Shape]:
        """Expected members that the actual list does not have at all."""
        if self.leaf is None:
            return []
        held = members(self.leaf.actual)
        return [
            each
            for each in missing_members(self.leaf)
            if not any(same(each, other) for other in held)
        ]

    def parted(self, statement: Statement) -> tuple[list[Row], list[Row]] | None:
        """The first rows of a statement whose members were expected, and those that were not.

        None where the answer's members are not to be told apart by a column of the rows.
        """
        rows, leaf = statement.rows, self.leaf
        if rows is None or leaf is None or not is_sequence(leaf.actual) or not rows.values:
            return None
        column = next(
            (each.column for each in self.check.read if each.statement is statement), None
        )
        if column is None or column not in rows.columns:
            return None
        at = rows.columns.index(column)
        extra = _scalars(extra_members(leaf))
        wanted: list[Row] = []
        others: list[Row] = []
        for values in rows.values:
            row = dict(zip(rows.columns, values, strict=False))
            beyond = at < len(values) and any(same(values[at], each) for each in extra)
            (others if beyond else wanted).append(row)
        return (wanted, others) if others else None


def asked_of(scope: Scope, known: Known) -> list[Asked]:
    """The failing checks of a scope whose answers were no refusals."""
    found: list[Asked] = []
    for check in failed_checks(scope, known):
        target = check.target
        if target is not None and target.kind == "request" and (target.status or 200) >= _ERROR:
            continue
        if not check.leaves:
            found.append(Asked(check, None, known))
        for leaf in check.leaves[:4]:
            if not _is_of_status(leaf, check):
                found.append(Asked(check, leaf, known))
    return found


def _is_of_status(leaf: Leaf, check: FailedCheck) -> bool:
    target = check.target
    if target is None or target.kind != "request" or leaf.path:
        return False
    return leaf.actual == target.status and leaf.expected in _STATUSES


def _scalars(found: list[Shape]) -> list[Shape]:
    """Scalars, and the scalars that objects are made of."""
    flat: list[Shape] = []
    for each in found:
        if isinstance(each, dict):
            if is_sequence(each):
                flat.extend(_scalars(members(each)))
            elif is_mapping(each):
                flat.extend(_scalars(list(each.values())))
        else:
            flat.append(each)
    return flat


def tables_of(facts: StatementFacts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table for _, table in facts.sources))


def main_table(facts: StatementFacts) -> str | None:
    """The table that FROM names first."""
    named = dict(facts.sources)
    for alias in facts.outer:
        if named.get(alias):
            return named[alias]
    return facts.sources[0][1] if facts.sources else None


def bind_at(statement: Statement, position: int) -> Shape:
    values = statement.bind_values
    return values[position] if position < len(values) else None


def is_unique(known: Known, table: str, columns: frozenset[str]) -> bool | None:
    """Whether a table has at most one row for values of columns; None where it is not known."""
    found = known.schema().tables.get(table)
    if found is None or not found.columns:
        return None
    return any(key <= columns for key in found.keys)


def is_nullable(known: Known, column: Column) -> bool | None:
    return references_of(known, column.table or "").nullable.get(column.name)
