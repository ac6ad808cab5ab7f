"""Values that a failing check missed in an answer, though the rows that were read held them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ormprobe.checks import Difference, FailedCheck, Leaf, failed_checks, reads_of
from ormprobe.checks.differences import actual_of
from ormprobe.checks.values import (
    core,
    is_mapping,
    is_opaque,
    is_scalar,
    is_strong,
    length,
    members,
    same,
)
from ormprobe.signals.answer_objects import has_key, in_answer, object_at, objects
from ormprobe.signals.answer_places import answering, put_together
from ormprobe.signals.answer_rows import Cell, is_tied, rows_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.linking import Linking
from ormprobe.source.answer_keys import folded
from ormprobe.timeline.model import Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import ValueNotShown

READS = ("checks",)

_VALUES = (Difference.VALUE, Difference.MORE, Difference.LESS)
_FLAGS = (0, 1)
_SUBSCRIPT = re.compile(r"""(?:\[|\.get\(\s*)["'](\w+)["']""")


def detect(scope: Scope, known: Known) -> Iterator[ValueNotShown]:
    linking = Linking(scope, known)
    for failed in failed_checks(scope, known):
        target = failed.target
        if target is None or (target.status or 0) >= 400:
            continue
        read = [each for each in reads_of(target, failed.check.at_us) if _is_read(each)]
        for leaf in failed.leaves if read else ():
            found = _Missed(failed, leaf, target, read, known, linking).signal()
            if found is not None:
                yield found
                break


def _is_read(statement: Statement) -> bool:
    """Whether rows are known of a statement of the app: read, or handed in to be inserted."""
    rows = statement.rows
    select = statement.operation == "SELECT" and rows is not None and bool(rows.values)
    return (select or statement.operation == "INSERT") and not in_tests(statement.site)


class _Missed:
    """One place where an answer differs from what was expected."""

    def __init__(
        self,
        failed: FailedCheck,
        leaf: Leaf,
        target: Scope,
        read: Sequence[Statement],
        known: Known,
        linking: Linking,
    ) -> None:
        self.failed, self.leaf, self.target, self.read = failed, leaf, target, read
        self.known, self.linking = known, linking
        self.key = leaf.path[-1] if leaf.path else None
        self.body = target.response.body if target.response is not None else None

    def signal(self) -> ValueNotShown | None:
        if self.leaf.difference is Difference.MISSING_KEY:
            return self._lacking(self.key) if isinstance(self.key, str) else None
        pair = self._scalars()
        if pair is None:
            return None
        for key in [self.key] if isinstance(self.key, str) else self._keys(pair[0]):
            found = self._misplaced(key, *pair)
            if found is not None:
                return found
        return None

    def _scalars(self) -> tuple[Shape, Shape] | None:
        """The value found and the one expected; of two lists, the first members that differ."""
        actual, expected = self.leaf.actual, self.leaf.expected
        if self.leaf.difference in _VALUES:
            return (actual, expected) if is_scalar(actual) and is_scalar(expected) else None
        if self.leaf.difference is Difference.MIXED and length(actual) == length(expected):
            pairs = zip(members(actual), members(expected), strict=False)
            return next((p for p in pairs if all(map(is_strong, p)) and not same(*p)), None)
        return None

    def _keys(self, actual: Shape) -> Iterator[str]:
        """Keys that a value may have been taken from: those that show it, else those on the line
        of the check."""
        site = self.failed.check.site
        if is_strong(actual) and self.body is not None:
            held = {
                k: None for each in objects(self.body) for k, v in each.items() if same(v, actual)
            }
            yield from held
        elif site is not None:
            line = self.known.source.line(site.path, site.line)
            yield from dict.fromkeys(_SUBSCRIPT.findall(line))

    def _lacking(self, key: str) -> ValueNotShown | None:
        if self.body is not None and has_key(self.body, key) and not self.failed.certain_target:
            return None
        expected = self.leaf.expected
        if not is_scalar(expected) and not is_opaque(expected):
            return self._wrapped(key)
        if any(folded(name) == folded(key) for name in self._holder()):
            return self._renamed(key, expected)  # it is there, in another spelling
        fetched = [
            Cell(each, row, column)
            for each in self.read
            for row in rows_of(self.known, each)
            for column, cell in row.items()
            if folded(column) == folded(key) and (cell is not None or expected is None)
        ]
        if not fetched:
            return self._renamed(key, expected) or self._wrapped(key) or self._asked_for(key)
        fits = [each for each in fetched if same(each.value, expected)]
        if not fits and not is_opaque(expected) and not is_strong(expected):
            return None  # a small number that the row does not hold: another row, or none
        tied = [each for each in fits or fetched if is_tied(self._holder(), each)]
        exact = bool(fits) and is_strong(expected)
        if is_opaque(expected) or not fits:
            exact = is_opaque(expected) and bool(tied)
        return self._told("lacking", key, (tied or fits or fetched)[-1], None, exact)

    def _asked_for(self, key: str) -> ValueNotShown | None:
        """A column that was read, of which no value is known: that of an object joined to others.
        The answer's object shows other columns of its table."""
        shown = {folded(name) for name in self._holder()}
        for statement in reversed(self.read):
            selected = self.known.asked(statement).selected or ()
            for column in selected:
                beside = {folded(each.name) for each in selected if each.table == column.table}
                if folded(column.name) == folded(key) and len(beside & shown) >= 2:
                    cell = Cell(statement, {}, column.name)
                    return self._told("lacking", key, cell, None, False)
        return None

    def _renamed(self, key: str, expected: Shape) -> ValueNotShown | None:
        if not is_strong(expected):
            return None
        holder = self._holder()
        shown = [name for name, value in holder.items() if same(value, expected)]
        for statement in reversed(self.read):
            for row in rows_of(self.known, statement):
                columns = [name for name, cell in row.items() if same(cell, expected)]
                if columns and len(shown) == 1 and _is_name(key, shown[0], columns):
                    cell = Cell(statement, row, columns[0])
                    return self._told("renamed", key, cell, shown[0], True)
        return None

    def _wrapped(self, key: str) -> ValueNotShown | None:
        """An object that stands at another level of the answer than where it was looked for."""
        expected = self.leaf.expected
        if self.body is None:
            return None
        if isinstance(expected, dict) and is_mapping(expected):
            strong = [value for value in expected.values() if is_strong(value)]
            if not strong or not in_answer(self.body, expected):
                return None
            for statement in reversed(self.read):
                for row in rows_of(self.known, statement):
                    cells = {core(cell) for cell in row.values()}
                    if all(core(value) in cells for value in strong):
                        return self._told("wrapped", key, Cell(statement, row, None), None, True)
        elif is_opaque(expected):
            return self._unwrapped(key)
        return None

    def _unwrapped(self, key: str) -> ValueNotShown | None:
        """A KeyError on the name of what was read, where the answer is that object itself."""
        called = {folded(key), folded(key).removesuffix("s"), folded(key) + "s"}
        for statement in reversed(self.read):
            entities = statement.rows.entities if statement.rows is not None else ()
            names = {folded(each.entity.rpartition(".")[2]) for each in entities}
            facts = self.known.facts(statement)
            if not called & (names | {folded(each) for each in facts.reads | facts.writes}):
                continue
            for row in rows_of(self.known, statement):
                cell = Cell(statement, row, None)
                if is_tied(self._holder(), cell):
                    return self._told("wrapped", key, cell, None, False)
        return None

    def _misplaced(self, key: str, actual: Shape, expected: Shape) -> ValueNotShown | None:
        if expected is None:
            return None
        rows = [(each, row) for each in self.read for row in rows_of(self.known, each)]
        named = [
            (each, row, name) for each, row in rows for name in row if folded(name) == folded(key)
        ]
        if any(same(row[name], actual) for _, row, name in named):
            return None  # the answer shows that very column, of this row or of another
        exact = is_strong(expected)
        for statement, row, name in reversed(named):
            if not same(row[name], expected) or (core(expected) in _FLAGS and not exact):
                continue
            if actual is None:
                single = statement.rows is not None and statement.rows.count == 1
                if exact or single:
                    return self._told("unset", key, Cell(statement, row, name), None, exact)
                continue
            others = [other for other, cell in row.items() if other != name and same(cell, actual)]
            if others and (core(actual) not in _FLAGS) and (exact or len(others) == 1):
                sure = exact and is_strong(actual)
                return self._told("swapped", key, Cell(statement, row, name), others[0], sure)
        if named or not exact or not is_strong(actual):
            return None
        for statement, row in reversed(rows):
            if statement.rows is None or statement.rows.count != 1:
                continue
            held = [name for name, cell in row.items() if same(cell, expected)]
            shown = [name for name, cell in row.items() if same(cell, actual)]
            if held and shown:
                return self._told("swapped", key, Cell(statement, row, held[0]), shown[0], True)
        return None

    def _holder(self) -> dict[str, Shape]:
        """The object that should have the key, as far as it is known."""
        whole = actual_of(self.failed.check)
        found = object_at(whole, self.leaf.path[:-1])
        if not found and self.body is not None:
            columns = {
                folded(name)
                for each in self.read
                for row in rows_of(self.known, each)
                for name in row
            }
            alike = [
                (sum(folded(name) in columns for name in each), each) for each in objects(self.body)
            ]
            found = max(alike, key=lambda pair: pair[0])[1] if alike else found
        return found

    def _told(
        self,
        how: str,
        key: str,
        cell: Cell,
        shown: str | None,
        exact: bool,
    ) -> ValueNotShown:
        statement, column = cell.statement, cell.column
        known, holder = self.known, self._holder()
        handler = answering(self.target, statement, self.linking)
        keys = () if how == "wrapped" else tuple(holder)
        order = tuple(cell.row) or (statement.rows.columns if statement.rows is not None else ())
        made = put_together(known.source, keys, key, how, shown, order, handler)
        place = known.place(handler)
        return ValueNotShown(
            at_us=statement.at_us,
            place=place if made is None else known.place(Site(made.path, made.line, made.function)),
            handler=place,
            how=how,
            key=key,
            column=column,
            shown=shown,
            exact=exact,
            valued=not is_opaque(self.leaf.expected),
            named=column is not None and folded(column) == folded(key),
            sure=is_tied(holder, cell),
            tables=tuple(sorted(known.facts(statement).reads)),
            events=(statement.event, self.failed.check.event),
        )


def _is_name(key: str, shown: str, columns: Sequence[str]) -> bool:
    """Whether an answer that shows a column may be meant to show it as another key: not where it
    has the column's own name, but for its spelling."""
    own = folded(shown) in {folded(column) for column in columns}
    return not own or folded(key) == folded(shown)
