"""How an actual value can be read off the rows of a statement.

Of a result only the first rows are known, and the keys of its objects: a list is read off a column
where the rows that are known agree with it, and the number of all rows is its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ormprobe.checks.model import How, Leaf, ReadOff
from ormprobe.checks.values import (
    core,
    identity,
    is_entity,
    is_mapping,
    is_opaque,
    is_scalar,
    is_sequence,
    is_strong,
    is_weak_number,
    length,
    members,
    same,
)
from ormprobe.timeline.model import Rows, Shape, Statement

MAX_STATEMENTS = 200
"""Of one scope, the newest, off which values are read."""

MAX_READ = 20

_ORDER = tuple(How)


def readings(
    whole: Shape, leaves: Sequence[Leaf], statements: Sequence[Statement]
) -> tuple[ReadOff, ...]:
    """How a check's actual value, and its parts that differ, are read off each SELECT.

    One reading a statement, the best first, of equals the newest.
    """
    wanted: list[tuple[Shape, str | None]] = []
    if not is_opaque(whole):
        wanted.append((whole, _name_of(leaves[0].path) if len(leaves) == 1 else None))
    for leaf in leaves:
        if leaf.path and not is_opaque(leaf.actual):
            wanted.append((leaf.actual, _name_of(leaf.path)))
    found: list[ReadOff] = []
    for statement in reversed(statements[-MAX_STATEMENTS:]):
        rows = statement.rows
        if statement.is_write or rows is None or statement.operation not in ("SELECT", "WITH"):
            continue
        read = [each for value, name in wanted for each in _off(value, name, statement, rows)]
        if read:
            found.append(min(read, key=_rank))
    return tuple(sorted(found, key=_rank)[:MAX_READ])


def _rank(read: ReadOff) -> tuple[bool, int]:
    return read.is_weak, _ORDER.index(read.how)


def _name_of(path: tuple[str | int, ...]) -> str | None:
    """The innermost key that leads to a value."""
    return next((part for part in reversed(path) if isinstance(part, str)), None)


def _off(value: Shape, name: str | None, statement: Statement, rows: Rows) -> Iterator[ReadOff]:
    if is_entity(value):
        yield from _objects_off([value], statement, rows, one=True)
    elif is_sequence(value):
        yield from _list_off(value, statement, rows)
    elif isinstance(value, dict) and is_mapping(value):
        for key, part in value.items():
            if is_strong(part):
                yield from _scalar_off(part, key, statement, rows)
    elif is_scalar(value):
        yield from _scalar_off(value, name, statement, rows)


def _objects_off(
    objects: list[Shape], statement: Statement, rows: Rows, one: bool = False
) -> Iterator[ReadOff]:
    """Mapped objects, by their keys among those of their class. one: a single one is wanted."""
    named = [each for each in objects if isinstance(each, dict)]
    names = {str(each.get("?")) for each in named}
    wanted = [each.get("key") for each in named]
    for entity in rows.entities:
        keys = [key for key in entity.keys if not isinstance(key, list)]
        if names != {entity.entity.rpartition(".")[2]} or None in wanted:
            continue
        if one and any(same(key, wanted[0]) for key in keys):
            yield ReadOff(statement=statement, how=How.CELL)
        elif not one:
            yield from _by_column(wanted, keys, rows.count, statement, None, True)


def _list_off(value: Shape, statement: Statement, rows: Rows) -> Iterator[ReadOff]:
    size = length(value)
    if size == 0:
        if rows.count == 0:
            yield ReadOff(statement=statement, how=How.EMPTY)
        return
    if all(map(is_entity, members(value))):
        yield from _objects_off(members(value), statement, rows)
    for projected in _projections(value):
        yield from _column_off(projected, statement, rows)
    if size == rows.count:
        yield ReadOff(statement=statement, how=How.LENGTH)


def _projections(value: Shape) -> Iterator[list[Shape]]:
    """The members of a list; of objects or tuples, what all of them have in one place."""
    shown = members(value)
    if all(is_scalar(each) for each in shown):
        yield shown
    elif all(is_sequence(each) for each in shown):
        width = min(length(each) or 0 for each in shown)
        for index in range(width):
            cells = [members(each) for each in shown]
            if all(index < len(each) for each in cells):
                yield [each[index] for each in cells]
    elif all(is_mapping(each) for each in shown):
        objects = [each for each in shown if isinstance(each, dict)]
        for key in objects[0]:
            if all(key in each and is_scalar(each[key]) for each in objects):
                yield [each[key] for each in objects]


def _column_off(wanted: list[Shape], statement: Statement, rows: Rows) -> Iterator[ReadOff]:
    for entity in rows.entities:
        keys = [key for key in entity.keys if not isinstance(key, list)]
        # keys count up from one everywhere: by themselves they say little
        yield from _by_column(wanted, keys, rows.count, statement, None, has_strong_one(wanted))
    for index, column in enumerate(rows.columns):
        cells = [row[index] for row in rows.values if index < len(row)]
        yield from _by_column(wanted, cells, rows.count, statement, column, True)


def has_strong_one(values: Iterable[Shape]) -> bool:
    return any(is_strong(value) for value in values)


def _by_column(
    wanted: list[Shape],
    cells: Sequence[Shape],
    count: int,
    statement: Statement,
    column: str | None,
    telling: bool,
) -> Iterator[ReadOff]:
    """Whether a list is a column of which the first cells are known."""
    if not cells or not wanted:
        return
    alike = len({identity(each) for each in wanted}) < 2 and not has_strong_one(wanted)
    weak = not telling or alike
    if len(wanted) == count and all(same(a, b) for a, b in zip(wanted, cells, strict=False)):
        yield ReadOff(statement=statement, how=How.COLUMN, column=column, weak=weak)
        return
    left = Counter(identity(each) for each in wanted)
    if len(cells) < count or any(identity(cell) not in left for cell in cells):
        return
    if set(left) == {identity(cell) for cell in cells}:
        yield ReadOff(statement=statement, how=How.SET, column=column, weak=weak)


def _scalar_off(
    value: Shape, name: str | None, statement: Statement, rows: Rows
) -> Iterator[ReadOff]:
    strong = is_strong(value)
    for index, column in enumerate(rows.columns):
        cells = [row[index] for row in rows.values if index < len(row)]
        if any(same(cell, value) for cell in cells):
            single = rows.count == 1 and len(rows.columns) == 1
            weak = not strong and not single and column.lower() != (name or "").lower()
            yield ReadOff(statement=statement, how=How.CELL, column=column, weak=weak)
    if not is_weak_number(value):
        return
    yield from _sums(value, statement, rows)
    if core(value) == rows.count:
        yield ReadOff(statement=statement, how=How.LENGTH)


def _sums(value: Shape, statement: Statement, rows: Rows) -> Iterator[ReadOff]:
    """Columns of which all cells are known to be small integers."""
    if not 2 <= rows.count == len(rows.values):
        return
    for index, column in enumerate(rows.columns):
        cells = [core(row[index]) for row in rows.values if index < len(row)]
        numbers = [cell for cell in cells if isinstance(cell, int)]
        if len(numbers) == rows.count and sum(numbers) == core(value):
            yield ReadOff(statement=statement, how=How.SUM, column=column)
