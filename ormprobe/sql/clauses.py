"""Single clauses of a statement: what joins its sources, limits, aggregates, names of columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ormprobe.sql.conditions import Pair
from ormprobe.sql.model import Aggregate, Join, Limit
from ormprobe.sql.names import Names, Shown, columns_in, placeholders

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_AGGREGATES = ("Count", "Sum", "Avg", "Min", "Max")


def joined(joins: list[Join], pairs: list[Pair], names: Names) -> list[Join]:
    """The joins with the columns that conditions hold equal: each with the later of its sources."""
    place = {source.alias: index for index, source in enumerate(names.sources)}
    on: dict[str, list[Pair]] = {}
    for one, other in pairs:
        later = max(one, other, key=lambda column: place.get(column.alias or "", -1))
        earlier = other if later is one else one
        on.setdefault(later.alias or "", []).append((later, earlier))
    return [
        replace(
            join,
            on=(*join.on, *on[join.alias]),
            kind="inner" if join.kind == "cross" else join.kind,
        )
        if join.alias in on
        else join
        for join in joins
    ]


def limit_of(node: Expr) -> Limit | None:
    """LIMIT and OFFSET, or FETCH FIRST; None without either."""
    from sqlglot import exp

    clause, offset = node.args.get("limit"), node.args.get("offset")
    if clause is None and offset is None:
        return None
    value = clause
    if clause is not None:
        value = clause.args.get("count" if isinstance(clause, exp.Fetch) else "expression")
        offset = offset or clause.args.get("offset")
    skipped = offset.args.get("expression") if isinstance(offset, exp.Offset) else offset
    limit, limit_bind = _number(value)
    number, offset_bind = _number(skipped)
    if limit is not None and limit < 0:  # SQLite's way to say none
        limit = None
    if (limit, limit_bind, number, offset_bind) == (None, None, None, None):
        return None
    return Limit(limit=limit, offset=number, limit_bind=limit_bind, offset_bind=offset_bind)


def _number(node: Expr | None) -> tuple[int | None, int | None]:
    binds = placeholders(node)
    if node is None or binds:
        return None, binds[0] if binds else None
    text = node.sql()
    digits = text.removeprefix("-").strip()
    return (int(text.replace(" ", "")) if digits.isdecimal() else None), None


def values_shown(node: Expr) -> Shown:
    """VALUES as a table: the binds of each column, the columns named by their place."""
    shown = Shown()
    for row in node.expressions:
        for index, value in enumerate(row.expressions):
            name = f"column{index + 1}"
            shown.binds[name] = (*shown.binds.get(name, ()), *placeholders(value))
    return shown


def renamed(shown: Shown, naming: Expr | None) -> Shown:
    """With the names that its alias gives its columns."""
    given = [each.name.lower() for each in (naming.args.get("columns") or ())] if naming else []
    if not given:
        return shown
    columns = dict(zip(given, shown.columns.values(), strict=False))
    binds = dict(zip(given, shown.binds.values(), strict=False))
    return replace(shown, columns=columns, binds=binds)


def _aggregate(node: Expr, names: Names) -> Aggregate:
    from sqlglot import exp

    inner = node.this
    distinct = isinstance(inner, exp.Distinct)
    columns = [] if isinstance(inner, exp.Star) else columns_in(inner, names)
    return Aggregate(
        function=type(node).__name__.lower(),
        column=columns[0] if columns else None,
        distinct=distinct,
    )


def aggregates_of(node: Expr, names: Names) -> list[Aggregate]:
    """The aggregates over the rows of a SELECT, each once, without those of windows."""
    from sqlglot import exp

    def ends(one: Expr) -> bool:
        return isinstance(one, exp.Query | exp.Window)

    parts: list[Expr] = [*node.expressions]
    parts += [node.args[each] for each in ("having", "order") if node.args.get(each) is not None]
    found: list[Aggregate] = []
    for part in parts:
        for each in part.dfs(prune=ends):
            if type(each).__name__ in _AGGREGATES:
                aggregate = _aggregate(each, names)
                if aggregate not in found:
                    found.append(aggregate)
    return found
