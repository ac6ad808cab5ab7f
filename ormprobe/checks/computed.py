"""Whether a wrong value was computed after the rows: they are the right ones, it is in none.

Taken for proof only where everything that the trace may hide is excluded: all rows are known, the
value is no flag and no empty list, no text that may be a date or number in another form, it was
never bound or sent, and the rows are those that the rest of the answer shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ormprobe.checks.calls import line_in_test
from ormprobe.checks.failing import reads_of
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.targets import holds
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
    if target.kind == "request" and not _is_sure(found, scope, target):
        return None
    reads = [each for each in reads_of(target, until) if each.rows is not None]
    reads = [each for each in reads if not each.is_write and each.operation in ("SELECT", "WITH")]
    if target.kind != "request":
        reads = _of_last_call(reads)
    results = [each.rows for each in reads if each.rows is not None]
    if not any(rows.count for rows in results) or not all(map(_is_known, results)):
        return None
    every = [each for each in scope.all_statements() if each.at_us <= until]
    actual = [value for leaf in found.leaves for value in _wrong(leaf)]
    trail = _Trail(every, scope, target, known)
    if any(_numbers(value, results) or not trail.is_new(value) for value in actual):
        return None
    if any(_may_be_formed(value, results) for value in actual) or trail.may_be_stale(actual):
        return None
    if not _is_right(found, reads) or not _is_asked(target, reads):
        return None
    return ComputedAfter(
        at_us=found.check.at_us,
        scope=target.name,
        rows=sum(rows.count for rows in results),
        values=len(actual),
        place=known.place(target.handler),
        events=(*(each.event for each in reads[:8]), found.check.event),
    )


def _of_last_call(reads: list[Statement]) -> list[Statement]:
    """Of a test's own, those that the same line of the test led to as to the last one."""
    line = line_in_test(reads[-1]) if reads else None
    return reads if line is None else [each for each in reads if line_in_test(each) == line]


def _is_sure(found: FailedCheck, scope: Scope, target: Scope) -> bool:
    """Whether the answer was seen to hold the wrong values, a small number in the last one too."""
    if found.certain_target:
        return True
    until = found.check.at_us
    begun = [each for each in scope.walk() if each.kind == "request" and each.started_us <= until]
    last = max(begun, key=lambda each: each.started_us)
    return last is target and all(holds(target, leaf.actual) for leaf in found.leaves)


def _is_telling(leaf: Leaf) -> bool:
    """Whether a wrong value is a scalar that says something, and another scalar was wanted; or a
    list of such, of which as many were wanted."""
    if leaf.difference is Difference.MIXED:
        size = length(leaf.actual)
        alike = size == length(leaf.expected) == len(members(leaf.actual)) and bool(size)
        return alike and all(map(_is_telling_value, members(leaf.actual)))
    scalar = is_scalar(leaf.expected) and leaf.difference in _VALUES
    return scalar and _is_telling_value(leaf.actual)


def _is_telling_value(value: Shape) -> bool:
    if not is_scalar(value) or isinstance(value, bool):
        return False
    found = core(value)
    return found is not None and found not in _TRIVIAL


def _wrong(leaf: Leaf) -> list[Shape]:
    return members(leaf.actual) if leaf.difference is Difference.MIXED else [leaf.actual]


def _is_known(rows: Rows) -> bool:
    return rows.count <= len(rows.values) and not rows.cut


class _Trail:
    """Where values were before they were wrong: read, bound or sent, in the whole test."""

    def __init__(self, every: list[Statement], scope: Scope, target: Scope, known: Known) -> None:
        self.every = every
        self.known = known
        own = target.all_statements() if target.kind == "request" else target.statements
        self.own = {id(each) for each in own}
        self.sent = {
            each
            for found in scope.walk()
            for inputs in found.inputs.values()
            for each in _cores(inputs.values)
        }

    def is_new(self, value: Shape) -> bool:
        """Whether a value was in no row, input or bind before the target itself wrote it, if it
        did, by the only UPDATE of that table."""
        number = core(value)
        if number in self.sent:
            return False
        for statement in self.every:
            rows = statement.rows
            if rows is not None and number in _of_rows(rows):
                return False
            if number in _bound(statement):
                return self._is_only_write(statement)
        return True

    def _is_only_write(self, statement: Statement) -> bool:
        """Whether a statement of the target writes what no other one updates: counted from rows
        that another one changed meanwhile, a value would be a lost update."""
        if not statement.is_write or id(statement) not in self.own:
            return False
        tables = self.known.facts(statement).writes
        return not any(
            each is not statement
            and each.operation == "UPDATE"
            and bool(self.known.facts(each).writes & tables)
            for each in self.every
        )

    def may_be_stale(self, values: list[Shape]) -> bool:
        """Whether the target wrote what it had read, but for the values, and did not read again."""
        numbers = set(map(core, values))
        read: set[str] = set()
        stale: set[str] = set()
        for statement in self.every:
            if id(statement) not in self.own:
                continue
            facts = self.known.facts(statement)
            if not statement.is_write:
                read |= facts.reads
                stale -= facts.reads
            elif numbers.isdisjoint(_bound(statement)):
                stale |= facts.writes & read
        return bool(stale)


def _of_rows(rows: Rows) -> set[object]:
    cells = {core(cell) for row in rows.values for cell in row}
    keys = {each for entity in rows.entities for key in entity.keys for each in _cores(key)}
    return {rows.count, *cells, *keys}


def _bound(statement: Statement) -> set[object]:
    return {each for bind in statement.bind_values for each in _cores(bind)}


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


def _is_right(found: FailedCheck, reads: list[Statement]) -> bool:
    """Whether the rows are those that the answer shows: single ones, or a list's own."""
    target = found.target
    answers: list[Shape] = [found.check.left, found.check.right]
    if target is not None and target.response is not None:
        answers.append(target.response.body)
    lists = [each for answer in answers for each in _lists(answer)]
    shown = {core(value) for answer in answers for value in scalars(answer) if is_strong(value)}
    sent = set(_sent(target)) if target is not None else set[object]()
    single = True
    agrees = False
    for read in reads:
        rows = read.rows
        if rows is None or rows.count == 0:
            continue
        if rows.count > 1:
            if not any(_shows(each, rows) for each in lists):
                return False
            agrees = True
            continue
        cells = {core(cell) for cell in rows.values[0]}
        agrees = agrees or not shown.isdisjoint(cells)
        # looked up by what was sent, or by what a row that was looked up so refers to
        single = single and bool(_bound(read)) and _bound(read) <= sent
        sent |= cells
    return agrees or single


def _sent(target: Scope) -> Iterator[object]:
    for part in ("path", "json", "form"):
        found = target.inputs.get(part)
        if found is not None:
            yield from _cores(found.values)


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
    if all(map(is_scalar, shown)):  # one value for each row
        return True
    for index in range(len(rows.columns)):
        cells = [row[index] for row in rows.values if index < len(row)]
        if len({core(cell) for cell in cells}) < rows.count or None in map(core, cells):
            continue
        if all(_has(member, cell) for member, cell in zip(shown, cells, strict=False)):
            return True
    return False


def _has(member: Shape, cell: Shape) -> bool:
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
