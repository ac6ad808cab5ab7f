"""Names of a statement against the schema that the run knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ormprobe.sql.model import Aggregate, Column, Join, Predicate, StatementFacts
from ormprobe.sql.tables import TableShape, shape_made
from ormprobe.timeline.run import Run


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a run by their names, lower case and without schema."""

    tables: Mapping[str, TableShape] = field(default_factory=dict[str, TableShape])

    def has(self, table: str, column: str) -> bool:
        """Whether a table is known to have a column."""
        found = self.tables.get(table)
        return found is not None and column in found.columns

    def lacks(self, table: str, column: str) -> bool:
        """Whether a table is known, and has no such column."""
        found = self.tables.get(table)
        return found is not None and bool(found.columns) and column not in found.columns


def schema_of(run: Run) -> Schema:
    """The schema as the mappings and the statements that made tables tell it."""
    tables: dict[str, TableShape] = {}

    def add(name: str, shape: TableShape) -> None:
        name = name.rpartition(".")[2].lower()
        tables[name] = tables.get(name, TableShape()).and_(shape)

    for made in run.created_tables.values():
        add(made.name, shape_made(made.text))
    for name, keys in run.unique_indexes.items():
        add(name, TableShape(keys=frozenset(keys)))
    for table in (*run.tables.values(), *run.entities.values()):
        own = {frozenset((each.name.lower(),)) for each in table.columns if each.unique}
        primary = frozenset(each.name.lower() for each in table.columns if each.primary_key)
        keys_found = frozenset((*own, primary)) if primary else frozenset(own)
        columns = frozenset(each.name.lower() for each in table.columns)
        add(table.name, TableShape(columns, keys_found))
    return Schema(tables)


def resolved(facts: StatementFacts, schema: Schema) -> StatementFacts:
    """The facts with the table of each bare column that exactly one of the statement's tables has.

    Of a statement inside another the parser took its own table; where that one lacks the column,
    the table around it is meant. NATURAL joins get the pairs that both tables have.
    """
    tables = tuple(dict.fromkeys(table for _, table in facts.sources))

    def column(found: Column) -> Column:
        if found.alias is not None or found.name in ("", "*"):
            return found
        if found.table is not None and not schema.lacks(found.table, found.name):
            return found
        having = [table for table in tables if schema.has(table, found.name)]
        if len(having) == 1:
            return replace(found, table=having[0])
        return found

    def maybe(found: Column | None) -> Column | None:
        return None if found is None else column(found)

    def predicate(found: Predicate) -> Predicate:
        return replace(found, column=column(found.column), other=maybe(found.other))

    def aggregate(found: Aggregate) -> Aggregate:
        return replace(found, column=maybe(found.column))

    selected = facts.selected
    return replace(
        facts,
        selected=None if selected is None else tuple(map(column, selected)),
        joins=tuple(
            replace(
                join,
                on=tuple((column(one), column(other)) for one, other in join.on)
                or _natural(join, facts, schema),
            )
            for join in facts.joins
        ),
        predicates=tuple(map(predicate, facts.predicates)),
        aggregates=tuple(map(aggregate, facts.aggregates)),
        grouped_by=tuple(map(column, facts.grouped_by)),
        order=tuple(map(column, facts.order)),
    )


def _natural(
    join: Join, facts: StatementFacts, schema: Schema
) -> tuple[tuple[Column, Column], ...]:
    if join.kind != "natural":
        return ()
    own = schema.tables.get(join.table, TableShape()).columns
    pairs: list[tuple[Column, Column]] = []
    for alias, table in facts.sources:
        if alias == join.alias:
            break
        shared = own & schema.tables.get(table, TableShape()).columns
        pairs += [
            (Column(join.table, name, join.alias), Column(table, name, alias))
            for name in sorted(shared)
        ]
    return tuple(pairs)


def to_many(join: Join, schema: Schema) -> bool | None:
    """Whether a join can give a row of what stands before it several times.

    It cannot where the joined columns hold a key of the joined table. None: nothing is known of
    that table. A cartesian product can.
    """
    found = schema.tables.get(join.table)
    if found is None or not (found.columns or found.keys):
        return None
    joined = {one.name for one, _ in join.on}
    return not any(key <= joined for key in found.keys)
