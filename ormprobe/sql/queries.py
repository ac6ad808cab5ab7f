"""Walks the statements of a syntax tree and collects what they read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ormprobe.sql.clauses import aggregates_of, joined, limit_of, renamed, values_shown
from ormprobe.sql.conditions import Conditions
from ormprobe.sql.model import Aggregate, Clause, Column, Join, Limit, Predicate
from ormprobe.sql.names import Names, Shown, Source, columns_in

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(slots=True)
class Found:
    """What is found of a statement while it is walked; the fields are those of the facts."""

    sources: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outer: list[str] = field(default_factory=list[str])
    selected: tuple[Column, ...] | None = None
    joins: list[Join] = field(default_factory=list[Join])
    predicates: list[Predicate] = field(default_factory=list[Predicate])
    aggregates: list[Aggregate] = field(default_factory=list[Aggregate])
    grouped_by: tuple[Column, ...] = ()
    order: tuple[Column, ...] = ()
    limit: Limit | None = None
    distinct: bool = False
    subqueries: int = 0
    counts_limited: bool = False
    set_operation: str | None = None
    locked: bool = False


class Reader:
    """Reads one statement and all that stand inside it."""

    def __init__(self) -> None:
        self.found = Found()

    def query(self, node: Expr, names: Names) -> Shown:
        """A SELECT, a set operation, VALUES or one of them in parentheses."""
        from sqlglot import exp

        if isinstance(node, exp.Subquery):
            shown = self.query(node.this, names)
            self._tail(node, shown, names)
            return shown
        self.common(node, names)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, names)
        if isinstance(node, exp.Select):
            return self._select(node, names)
        if isinstance(node, exp.Values):
            return values_shown(node)
        return Shown()

    def inside(self, node: Expr, around: Names) -> Shown:
        """A statement inside another one."""
        self.found.subqueries += 1
        return self.query(node, around.inner())

    def common(self, node: Expr, names: Names) -> None:
        """The statements of a WITH."""
        from sqlglot import exp

        clause = node.args.get("with_")
        for each in clause.expressions if clause is not None else ():
            name = each.alias_or_name.lower()
            names.tables[name] = Shown()  # it may name itself
            query = each.this
            if isinstance(query, exp.Query | exp.Values):
                shown = self.inside(query, names)
                names.tables[name] = renamed(shown, each.args.get("alias"))

    def _set_operation(self, node: Expr, names: Names) -> Shown:
        """Both sides count; names and order outside are those of the first."""
        if names.depth == 0:
            kind = node.key.lower()
            self.found.set_operation = kind if node.args.get("distinct") else f"{kind} all"
        first = self.query(node.this, _side(names))
        selected = self.found.selected
        outer = list(self.found.outer)
        self.query(node.args["expression"], _side(names))
        if names.depth == 0:
            self.found.selected, self.found.outer = selected, outer
            self.found.order, self.found.limit = (), None
        shown = replace(first, order=(), limit=None, whole=None)
        self._tail(node, shown, names)
        return shown

    def _select(self, node: Expr, names: Names) -> Shown:
        outermost = names.depth == 0
        conditions = Conditions(names, self.inside)
        joins = self._sources(node, names, conditions)
        where, having = node.args.get("where"), node.args.get("having")
        self._add(conditions, where.this if where is not None else None, Clause.WHERE)
        self.found.joins.extend(joined(joins, conditions.pairs, names))
        shown = self._projections(node.expressions, names)
        self._add(conditions, having.this if having is not None else None, Clause.HAVING)
        group = node.args.get("group")
        grouped = () if group is None else self._sorted(group.expressions, names, shown)
        aggregates = aggregates_of(node, names)
        if outermost:
            self.found.aggregates.extend(aggregates)
            self.found.grouped_by = grouped
            self.found.distinct = bool(node.args.get("distinct"))
            self.found.locked = bool(node.args.get("locks"))
        whole = not (joins or group or aggregates or node.args.get("distinct"))
        shown.whole = names.sources[0] if whole and len(names.sources) == 1 else None
        self._tail(node, shown, names)
        if outermost:
            self._outermost(shown, names, aggregates)
        return shown

    def _outermost(self, shown: Shown, names: Names, aggregates: list[Aggregate]) -> None:
        """Order and limit of a statement that stands first in FROM are those of the rows."""
        found = self.found
        found.outer = [source.alias for source in names.sources]
        inner = names.sources[0].shown if names.sources else None
        if inner is None:
            return
        if aggregates and not found.grouped_by:
            found.counts_limited = inner.limit is not None and any(
                each.function == "count" for each in aggregates
            )
            return
        found.order = found.order or inner.order
        found.limit = found.limit or inner.limit

    def _tail(self, node: Expr, shown: Shown, names: Names) -> None:
        """ORDER BY and LIMIT, which a statement in parentheses may have too."""
        order, limit = node.args.get("order"), limit_of(node)
        if order is not None:
            parts = [each.this for each in order.expressions]
            shown.order = self._sorted(parts, names, shown)
        shown.limit = limit or shown.limit
        if names.depth == 0:
            self.found.order, self.found.limit = shown.order, shown.limit

    def _sources(self, node: Expr, names: Names, conditions: Conditions) -> list[Join]:
        clause = node.args.get("from_")
        joins: list[Join] = []
        if clause is not None:
            joins += self.source(clause.this, names, conditions)
        for join in (*(node.args.get("joins") or ()), *(node.args.get("laterals") or ())):
            joins += self._join(join, names, conditions)
        return joins

    def source(self, node: Expr, names: Names, conditions: Conditions) -> list[Join]:
        """One source of a FROM, and the joins that stand with it in parentheses."""
        from sqlglot import exp

        if isinstance(node, exp.Lateral):
            alias = node.alias_or_name.lower()
            self._derived(node.this, alias, names, node.args.get("alias"))
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            nested = self.source(node.this, names, conditions)
            for join in node.args.get("joins") or ():
                nested += self._join(join, names, conditions)
            return nested
        elif isinstance(node, exp.Table) and node.name:
            name, alias = node.name.lower(), (node.alias or node.name).lower()
            shown = None if node.args.get("db") else names.common(name)
            names.add(Source(alias, None if shown else name, shown))
            if shown is None:
                self.found.sources.append((alias, name))
        elif isinstance(node, exp.Query | exp.Values):
            self._derived(node, node.alias_or_name.lower(), names, node.args.get("alias"))
        else:
            names.add(Source(node.alias_or_name.lower(), None, Shown()))
        joins: list[Join] = []
        for join in node.args.get("joins") or ():
            joins += self._join(join, names, conditions)
        return joins

    def _derived(self, node: Expr, alias: str, names: Names, naming: Expr | None) -> None:
        from sqlglot import exp

        if not isinstance(node, exp.Query | exp.Values):
            names.add(Source(alias, None, Shown()))  # a function that returns rows
            return
        shown = renamed(self.inside(node, names), naming)
        source = Source(alias, None, shown)
        names.add(source)
        if source.stands_for is not None:
            self.found.sources.append((alias, source.stands_for))

    def _join(self, node: Expr, names: Names, conditions: Conditions) -> list[Join]:
        from sqlglot import exp

        if isinstance(node, exp.Lateral):
            return self.source(node, names, conditions)
        before = names.sources[-1] if names.sources else None
        known = len(names.sources)
        nested = self.source(node.this, names, conditions)
        if len(names.sources) == known:
            return nested
        source = names.sources[known]
        on = node.args.get("on")
        self._add(conditions, on, Clause.ON)
        using = tuple(
            (source.column(each.name.lower(), source.alias),
             before.column(each.name.lower(), before.alias))
            for each in node.args.get("using") or ()
            if before is not None
        )  # fmt: skip
        kind = str(node.args.get("side") or node.args.get("kind") or "inner").lower()
        if str(node.args.get("method") or "").lower() == "natural":
            kind = "natural"
        elif kind not in ("left", "right", "full", "cross"):
            says = on is not None and not isinstance(on, exp.Boolean | exp.Literal)
            kind = "inner" if says or using else "cross"
        table = source.stands_for or source.table or source.alias
        join = Join(kind=kind, table=table, alias=source.alias, on=using, depth=names.depth)
        return [*nested, join]

    def _add(self, conditions: Conditions, node: Expr | None, clause: Clause) -> None:
        self.found.predicates.extend(conditions.read(node, clause))

    def add_conditions(self, node: Expr, names: Names, joins: list[Join]) -> None:
        """The WHERE of a statement that writes."""
        conditions = Conditions(names, self.inside)
        where = node.args.get("where")
        self._add(conditions, where.this if where is not None else None, Clause.WHERE)
        self.found.joins.extend(joined(joins, conditions.pairs, names))

    def _projections(self, nodes: list[Expr], names: Names) -> Shown:
        from sqlglot import exp

        shown = Shown()
        selected: list[Column] = []
        everything = False
        for node in nodes:
            inner = node.unalias()
            name = node.alias_or_name.lower()
            if isinstance(inner, exp.Star):
                everything = True
                shown.star = tuple(names.sources)
            elif isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
                source = names.source(inner.table.lower())
                shown.star = (*shown.star, *((source,) if source else ()))
                table = source.stands_for if source is not None else None
                selected.append(Column(table, "*", inner.table.lower()))
            elif isinstance(inner, exp.Column):
                column = names.column(inner)
                shown.columns[name] = column
                selected.append(column)
            else:
                self.nested(inner, names)
                selected.append(Column(None, node.alias.lower()))
        if len(selected) == 1 and not everything and selected[0].name != "*":
            shown.only = selected[0] if shown.columns else None
        shown.first = names.sources[0] if names.sources else None
        if names.depth == 0:
            self.found.selected = None if everything else tuple(selected)
        return shown

    def nested(self, node: Expr, names: Names) -> None:
        """The statements inside an expression."""
        from sqlglot import exp

        for found in node.dfs(prune=lambda each: isinstance(each, exp.Query)):
            if isinstance(found, exp.Query):
                self.inside(found, names)

    def returned(self, node: Expr | None, names: Names) -> None:
        """The columns of a RETURNING."""
        if node is not None:
            self._projections(node.expressions, names)

    def _sorted(self, nodes: list[Expr], names: Names, shown: Shown) -> tuple[Column, ...]:
        """The columns of ORDER BY or GROUP BY; an expression without any has no name."""
        from sqlglot import exp

        columns: list[Column] = []
        for node in nodes:
            if isinstance(node, exp.Literal) and not node.is_string:
                columns.append(self._at(node.name))
            elif (
                isinstance(node, exp.Column)
                and not node.table
                and node.name.lower() in (shown.columns)
            ):
                columns.append(shown.columns[node.name.lower()])
            else:
                self.nested(node, names)
                columns += columns_in(node, names) or [Column(None, "")]
        return tuple(columns)

    def _at(self, position: str) -> Column:
        """The column that ORDER BY names by its place."""
        selected = self.found.selected or ()
        index = int(position) - 1 if position.isdecimal() else -1
        return selected[index] if 0 <= index < len(selected) else Column(None, "")


def _side(names: Names) -> Names:
    return Names(names.outer, names.depth, tables=names.tables)
