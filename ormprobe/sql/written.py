"""What a statement writes: the columns it assigns, with the binds of their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ormprobe.sql.clauses import limit_of
from ormprobe.sql.conditions import Conditions
from ormprobe.sql.model import Join
from ormprobe.sql.names import Names, columns_in, placeholders
from ormprobe.sql.queries import Reader

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(slots=True)
class Written:
    """The fields are those of the facts. computed: columns whose value is made from columns."""

    target: str | None = None
    assigned: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    computed: list[str] = field(default_factory=list[str])

    def assign(self, column: str, binds: tuple[int, ...]) -> None:
        self.assigned[column] = (*self.assigned.get(column, ()), *binds)


def read_write(node: Expr, reader: Reader) -> Written:
    """An INSERT, UPDATE, DELETE or MERGE."""
    from sqlglot import exp

    written = Written()
    names = Names()
    reader.common(node, names)
    target = node.this.find(exp.Table) if node.this is not None else None
    if target is not None:
        written.target = target.name.lower() or None
    if isinstance(node, exp.Insert):
        _insert(node, written, names, reader)
    elif isinstance(node, exp.Update | exp.Delete):
        _change(node, written, names, reader)
    elif node.args.get("using") is not None:
        reader.source(node.args["using"], names, Conditions(names, reader.inside))
    reader.found.outer = [source.alias for source in names.sources]
    if target is not None and not names.sources:
        reader.source(target, names, Conditions(names, reader.inside))
        reader.found.outer = [source.alias for source in names.sources]
    reader.found.order = ()
    reader.found.limit = None if isinstance(node, exp.Insert) else limit_of(node)
    reader.found.selected = ()
    reader.returned(node.args.get("returning"), names)
    return written


def _insert(node: Expr, written: Written, names: Names, reader: Reader) -> None:
    from sqlglot import exp

    columns = [
        each.name.lower() for each in (node.this.expressions if node.this is not None else ())
    ]
    body = node.args.get("expression")
    if isinstance(body, exp.Values):
        for row in body.expressions:
            for column, value in zip(columns, row.expressions, strict=False):
                written.assign(column, placeholders(value))
    elif isinstance(body, exp.Query):
        _select_into(body, columns, written, names, reader)
    conflict = node.args.get("conflict")
    for each in conflict.expressions if conflict is not None else ():
        _set(each, written, names, keeps=("excluded", "new", "values"))


def _select_into(
    body: Expr, columns: list[str], written: Written, names: Names, reader: Reader
) -> None:
    from sqlglot import exp

    inner = names.inner()
    reader.found.subqueries += 1
    reader.query(body, inner)
    first = body.find(exp.Select)
    values: list[Expr] = list(first.expressions) if first is not None else []
    for column, value in zip(columns, values, strict=False):
        binds = placeholders(value)
        for each in value.find_all(exp.Column):
            for source in inner.sources:
                if source.shown is not None:
                    binds += source.shown.binds.get(each.name.lower(), ())
        written.assign(column, binds)


def _change(node: Expr, written: Written, names: Names, reader: Reader) -> None:
    """UPDATE and DELETE, with the tables of FROM, USING or JOIN."""
    conditions = Conditions(names, reader.inside)
    joins: list[Join] = []
    clause, using = node.args.get("from_"), node.args.get("using") or ()
    if node.this is not None:
        joins += reader.source(node.this, names, conditions)
    for each in (*((clause.this,) if clause is not None else ()), *(using or ())):
        known = len(names.sources)
        joins += reader.source(each, names, conditions)
        for source in names.sources[known : known + 1]:
            table = source.stands_for or source.alias
            joins.append(Join(kind="cross", table=table, alias=source.alias))
    for each in node.expressions:
        _set(each, written, names)
        reader.nested(each, names)
    reader.add_conditions(node, names, joins)


def _set(node: Expr, written: Written, names: Names, keeps: tuple[str, ...] = ()) -> None:
    """One `column = value`. keeps: names under which the row to be inserted goes."""
    from sqlglot import exp

    if not isinstance(node, exp.EQ):
        return
    column, value = node.this.name.lower(), node.expression
    written.assign(column, placeholders(value))
    used = columns_in(value, names)
    if any(each.alias not in keeps for each in used) and column not in written.computed:
        written.computed.append(column)
