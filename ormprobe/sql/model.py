"""What a statement asks for, from its syntax tree: names, joins, conditions, order, limits.

Names are lower case, without quotes and schema. A bind is named by its position among the
statement's binds, from 0, whatever its placeholder looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Clause(StrEnum):
    """Where a condition stands."""

    WHERE = "where"
    ON = "on"
    HAVING = "having"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of the statement. table: None where the name does not tell which.

    alias: as it is qualified in the text, None for a bare name. A column of a statement that stands
    in place of a table is the column behind it, with the alias outside. name: `*` for all, empty
    for an expression that holds no column.
    """

    table: str | None
    name: str
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """One condition on a column. What only joins two tables is in a join, not here.

    operator: `=`, `<>`, `<`, `<=`, `>`, `>=`, `like`, `in`, `is`, `between`, `exists` (on the
    column `*` of the first table of the statement inside), else the name of a function that is true
    or false. `x <> y` is an operator of its own, `NOT IN` and `IS NOT` are negated. negated: NOT
    stands before it. binds: positions of the values it compares with. literals: how many of its
    values are written in the text. other: the column on its other side, or the only one that the
    statement inside returns. subquery: it compares with a statement inside. grouped: it is an
    operand of an OR, or of an AND behind a NOT. depth: of the statement that it stands in, 0 for
    the outermost.
    """

    column: Column
    operator: str
    clause: Clause
    negated: bool = False
    binds: tuple[int, ...] = ()
    literals: int = 0
    other: Column | None = None
    subquery: bool = False
    grouped: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A joined table, of whatever depth: by JOIN, or by a comma and a condition of WHERE.

    kind: inner, left, right, full, cross or natural. table, alias: what is joined; of a statement
    in place of a table, the one table whose rows it holds, else its alias. on: pairs of columns
    that it is joined by, the joined table's first; empty for a cartesian product. depth: as of a
    predicate.
    """

    kind: str
    table: str
    alias: str
    on: tuple[tuple[Column, Column], ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """function: count, sum, avg, min or max. column: None for `*`. distinct: of its values."""

    function: str
    column: Column | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """LIMIT and OFFSET. limit, offset: where written in the text; *_bind: where bound."""

    limit: int | None = None
    offset: int | None = None
    limit_bind: int | None = None
    offset_bind: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """A statement. parsed: False where the parser refused it, and only names were searched.

    verb: SELECT, INSERT, UPDATE, DELETE, CREATE, .... digest: of its normal form, the same for
    statements that differ in literals, IN lists, aliases and repetitions of VALUES only. sources:
    alias -> table, of the outermost statement and of those inside; what stands in place of a table
    is there with the one table whose rows it holds. outer: aliases of the outermost
    alone, the first of FROM first. selected: columns that it returns, in their order, None for `*`;
    an expression has no table and the name it was given; of a write, what RETURNING gives. target:
    the table of a write; assigned: its columns with the positions of their binds, row by row;
    computed: those that are made from columns, as by `x = x + ?`. order: columns it is
    sorted by, one without a name for any other expression; order and limit are those of a statement
    that stands first in FROM where it has none itself. aggregates, grouped_by, distinct: of the
    outermost alone. subqueries: how many statements stand inside. counts_limited: it counts the
    rows of a limited statement inside. set_operation: union, `union all` and the like. locked: it
    locks the rows that it reads, as by FOR UPDATE.
    """

    verb: str
    digest: str
    parsed: bool = True
    sources: tuple[tuple[str, str], ...] = ()
    outer: tuple[str, ...] = ()
    selected: tuple[Column, ...] | None = None
    joins: tuple[Join, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    grouped_by: tuple[Column, ...] = ()
    order: tuple[Column, ...] = ()
    limit: Limit | None = None
    distinct: bool = False
    target: str | None = None
    assigned: tuple[tuple[str, tuple[int, ...]], ...] = ()
    computed: tuple[str, ...] = ()
    subqueries: int = 0
    counts_limited: bool = False
    set_operation: str | None = None
    locked: bool = False
    binds: int = 0
