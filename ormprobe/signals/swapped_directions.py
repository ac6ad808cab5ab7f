"""Associations of a table with itself that were read from the side they were not written from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations

from ormprobe.checks import Difference
from ormprobe.checks.differences import extra_members
from ormprobe.checks.values import core, identity, length
from ormprobe.signals.failing_reads import Asked, asked_of, bind_at, tables_of
from ormprobe.signals.known import Known
from ormprobe.signals.references import references_of
from ormprobe.signals.written_rows import Written, written_in
from ormprobe.sql.model import Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Shape, Statement
from ormprobe_taxonomy.signals import DirectionSwapped

READS = ("checks",)

Ends = tuple[str, str, str]
"""An association, the column that is filtered on, and the one of the other end."""


def detect(scope: Scope, known: Known) -> Iterator[DirectionSwapped]:
    written: Written | None = None
    for asked in asked_of(scope, known):
        if asked.leaf is None or asked.is_any(Difference.ORDER):
            continue
        if written is None:
            written = written_in(scope, known)
        for statement in _by_weight(asked):
            found = _of(asked, statement, asked.facts(statement), written)
            if found is not None:
                yield found
                break


def _by_weight(asked: Asked) -> list[Statement]:
    """What the actual value was read off first, then the other reads: a flag is read off none."""
    bearing = list(reversed(asked.bearing))
    return bearing + [each for each in reversed(asked.reads) if each not in bearing]


def _of(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> DirectionSwapped | None:
    for table in tables_of(facts):
        for one, other in _ends(asked.known, table):
            asked_for = [each for each in facts.predicates if _is_on(facts, each, table, one)]
            if len(asked_for) != 1:
                continue
            value = identity(bind_at(statement, asked_for[0].binds[0]))
            pairs = written.pairs(table, one, other)
            own = {b for a, b in pairs if a == value}
            mirror = {a for a, b in pairs if b == value}
            both = [each for each in facts.predicates if _is_on(facts, each, table, other)]
            if len(both) == 1:
                beside = identity(bind_at(statement, both[0].binds[0]))
                found = beside in mirror and beside not in own
                fits = found and _is_not_seen(statement)
            else:
                found = mirror != own and bool(mirror) and _is_as_long(asked, mirror)
                fits = bool(mirror) and _fits(
                    asked, facts, written, (table, one, other), mirror - own, own - mirror
                )
            if found or fits:
                sure = len(both) == 1 or len(mirror) > 1
                return _signal(
                    asked, statement, facts, (table, one, other), fits=fits, mirrored=sure
                )
    return None


def _ends(known: Known, table: str) -> Iterator[tuple[str, str]]:
    """Pairs of columns of a table that refer to one and the same other."""
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for column, (target, _) in references_of(known, table).targets.items():
        targets[target].append(column)
    for columns in targets.values():
        if len(columns) == 2:
            yield from ((one, other) for one, other in permutations(columns))


def _is_on(facts: StatementFacts, predicate: Predicate, table: str, column: str) -> bool:
    """Whether one value is asked of a column, or of the key that it is joined to."""
    if predicate.operator != "=" or predicate.negated or len(predicate.binds) != 1:
        return False
    if (predicate.column.table, predicate.column.name) == (table, column):
        return True
    return any(
        theirs == predicate.column and (mine.table, mine.name) == (table, column)
        for join in facts.joins
        for pair in join.on
        for mine, theirs in permutations(pair)
    )


def _is_not_seen(statement: Statement) -> bool:
    """Whether nothing was found: no row, or a count of none."""
    rows = statement.rows
    if rows is None or not rows.count:
        return True
    return rows.count == 1 and len(rows.columns) == 1 and [list(row) for row in rows.values] in (
        [[0]], [[False]],
    )  # fmt: skip


def _is_as_long(asked: Asked, mirror: set[object]) -> bool:
    """Whether as many were expected as exist the other way round."""
    assert asked.leaf is not None
    wanted = length(asked.leaf.expected)
    return len(mirror) in (wanted, core(asked.leaf.expected))


def _fits(
    asked: Asked,
    facts: StatementFacts,
    written: Written,
    ends: Ends,
    mirror: set[object],
    own: set[object],
) -> bool:
    """Whether the members that were missed belong to the mirror, and none that came besides do."""
    missing = asked.missing()
    assert asked.leaf is not None
    extra = extra_members(asked.leaf)
    if not missing and not extra:
        return False
    for table, column in _met_by(asked, facts, ends):
        if all(_is_of(written, table, column, each, mirror) for each in missing) and all(
            _is_of(written, table, column, each, own) for each in extra
        ):
            return bool(missing)
    return False


def _met_by(asked: Asked, facts: StatementFacts, ends: Ends) -> Iterator[tuple[str, str]]:
    """The columns that the other end was held against, and the key of what it refers to."""
    table, _, other = ends
    for join in facts.joins:
        for pair in join.on:
            for mine, theirs in permutations(pair):
                if mine.table == table and mine.name == other and theirs.table:
                    yield theirs.table, theirs.name
    for each in facts.predicates:
        met = each.other is not None and (each.other.table, each.other.name) == (table, other)
        if met and each.column.table:
            yield each.column.table, each.column.name
    target = references_of(asked.known, table).targets.get(other)
    if target is not None:
        yield target[0], target[1] or "id"


def _is_of(written: Written, table: str, column: str, member: Shape, ends: set[object]) -> bool:
    """Whether a row with a member's value refers to, or is, one of some ends."""
    rows = (*written.rows_with(table, member), *written.shown_with(table, member))
    return any(identity(row[column]) in ends for row in rows if row.get(column) is not None)


def _signal(
    asked: Asked,
    statement: Statement,
    facts: StatementFacts,
    ends: Ends,
    *,
    fits: bool,
    mirrored: bool,
) -> DirectionSwapped:
    table, column, other = ends
    return DirectionSwapped(
        at_us=statement.at_us,
        place=asked.place(statement, column, other),
        table=table,
        column=column,
        other=other,
        difference=asked.difference or "",
        mirrored=mirrored,
        fits=fits,
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )
