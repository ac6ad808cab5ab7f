"""Whether a wrong value was computed after the rows: they are the right ones, it is in none.

Taken for proof only where everything that the trace may hide is excluded: all rows are known, the
value is no flag and no empty list, no text that may be a date or number in another form, it was
never bound or sent, and the rows are those that the rest of the answer shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ormprobe.checks.failing import reads_of
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import (
    core,
    is_mapping,
    is_scalar,
    is_sequence,
    is_strong,
    length,
    members,
    same,
    scalars,
)
from ormprobe.timeline.model import Rows, Scope, Shape, Statement
from ormprobe_taxonomy.signals import ComputedAfter

if TYPE_CHECKING:  # detectors import this
    from ormprobe.signals.known import Known

_FORMED = frozenset("tdhunyeo")
"""Types whose values are written in several forms: a cell of one may be any text."""

_VALUES = (Difference.VALUE, Difference.MORE, Difference.LESS)
_TRIVIAL = (0, 1, -1, "")


def computed_after(found: FailedCheck, scope: Scope, known: Known) -> ComputedAfter | None:
    target, until = found.target, found.check.at_us
    if target is None or not found.leaves or not all(map(_is_telling, found.leaves)):
        return None
    if target.kind == "request" and not found.certain_target:
        return None
    reads = [each for each in reads_of(target, until) if each.rows is not None]
    reads = [each for each in reads if not each.is_write and each.operation in ("SELECT", "WITH")]
    results = [each.rows for each in reads if each.rows is not None]
    if not any(rows.count for rows in results) or not all(map(_is_known, results)):
        return None
    every = [each for each in scope.all_statements() if each.at_us <= until]
    seen = set(_seen(every, scope))
    actual = [leaf.actual for leaf in found.leaves]
    if any(_numbers(value, results) or core(value) in seen for value in actual):
        return None
    if any(_may_be_formed(value, results) for value in actual):
        return None
    if not _is_right(found, results) or not _is_asked(target, reads):
        return None
    return ComputedAfter(
        at_us=found.check.at_us,
        scope=target.name,
        rows=sum(rows.count for rows in results),
        values=len(actual),
        place=known.place(target.handler),
        events=(*(each.event for each in reads[:8]), found.check.event),
    )


def _is_telling(leaf: Leaf) -> bool:
    """Whether a wrong value is a scalar that says something, and another scalar was wanted."""
    plain = is_scalar(leaf.actual) and is_scalar(leaf.expected)
    if not plain or leaf.difference not in _VALUES or isinstance(leaf.actual, bool):
        return False
    found = core(leaf.actual)
    return found is not None and found not in _TRIVIAL


def _is_known(rows: Rows) -> bool:
    return rows.count <= len(rows.values) and not rows.cut


def _seen(statements: Iterable[Statement], scope: Scope) -> Iterator[object]:
    """All that was read, bound or sent in a test, and all numbers of rows."""
    for statement in statements:
        for bind in statement.bind_values:
            yield from _cores(bind)
        rows = statement.rows
        if rows is not None:
            yield rows.count
            yield from (core(cell) for row in rows.values for cell in row)
            yield from (core(key) for entity in rows.entities for key in entity.keys)
    for each in scope.walk():
        for inputs in each.inputs.values():
            yield from _cores(inputs.values)


def _cores(shape: Shape) -> Iterator[object]:
    if isinstance(shape, list):
        for each in shape:
            yield from _cores(each)
    else:
        yield from map(core, scalars(shape))


def _numbers(value: Shape, results: list[Rows]) -> bool:
    """Whether a small number is a sum over a column, or over the numbers of rows."""
    number = core(value)
    if not isinstance(number, int):
        return False
    if number == sum(rows.count for rows in results):
        return True
    for rows in results:
        for index in range(len(rows.columns)):
            cells = [core(row[index]) for row in rows.values if index < len(row)]
            numbers = [cell for cell in cells if isinstance(cell, int)]
            if len(numbers) > 1 and sum(numbers) == number:
                return True
    return False


def _may_be_formed(value: Shape, results: list[Rows]) -> bool:
    """Whether a value may be a cell in another form: a date as text, a decimal as a float."""
    letter = value[:1] if isinstance(value, str) else "i"
    if letter == "i":
        return False
    cells = (cell for rows in results for row in rows.values for cell in row)
    return any(
        isinstance(cell, str) and cell[:1] in _FORMED and cell[:1] != letter for cell in cells
    )


def _is_right(found: FailedCheck, results: list[Rows]) -> bool:
    """Whether the rows are those that the answer shows: single ones, or a list's own."""
    answers: list[Shape] = [found.check.left, found.check.right]
    if found.target is not None and found.target.response is not None:
        answers.append(found.target.response.body)
    lists = [each for answer in answers for each in _lists(answer)]
    for rows in results:
        if rows.count > 1 and not any(_shows(each, rows) for each in lists):
            return False
    if any(rows.count > 1 for rows in results):
        return True
    cells = [cell for rows in results for row in rows.values for cell in row if is_strong(cell)]
    shown = [value for answer in answers for value in scalars(answer)]
    return any(same(cell, value) for cell in cells for value in shown)


def _lists(shape: Shape) -> Iterator[Shape]:
    if isinstance(shape, dict):
        if is_sequence(shape):
            yield shape
        for each in members(shape) if is_sequence(shape) else shape.values():
            yield from _lists(each)


def _shows(shape: Shape, rows: Rows) -> bool:
    """Whether the members of a list are told apart by a column of the rows."""
    shown = members(shape)
    if length(shape) != rows.count or len(shown) != rows.count:
        return False
    for index in range(len(rows.columns)):
        cells = [row[index] for row in rows.values if index < len(row)]
        if len({core(cell) for cell in cells}) < rows.count or None in map(core, cells):
            continue
        if all(_has(member, cell) for member, cell in zip(shown, cells, strict=False)):
            return True
    return False


def _has(member: Shape, cell: Shape) -> bool:
    if is_scalar(member):
        return same(member, cell)
    if isinstance(member, dict):
        parts = members(member) if is_sequence(member) else list(member.values())
        return (is_sequence(member) or is_mapping(member)) and any(
            same(part, cell) for part in parts if is_scalar(part)
        )
    return False


def _is_asked(target: Scope, reads: list[Statement]) -> bool:
    """Whether all that a request asked for by its query reached a statement."""
    asked = target.inputs.get("query")
    if asked is None:
        return True
    bound = {each for read in reads for bind in read.bind_values for each in _cores(bind)}
    return all(core(value) in bound for value in scalars(asked.values) if value not in ("", None))
