"""What the names of a statement stand for while its syntax tree is walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ormprobe.sql.model import Column, Limit
from ormprobe.sql.placeholders import position_of

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(slots=True)
class Shown:
    """What a statement shows to the one around it.

    columns: by the name they have outside; what is no column of a table is not there. star: the
    sources whose columns it shows all. order, limit: its own. only: the one column it returns.
    whole: its rows are those of one table. binds: of VALUES, positions by column.
    """

    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    star: tuple[Source, ...] = ()
    order: tuple[Column, ...] = ()
    limit: Limit | None = None
    only: Column | None = None
    first: Source | None = None
    whole: Source | None = None
    binds: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])

    def column(self, name: str, alias: str | None) -> Column:
        """The column behind a name that is used outside."""
        found = self.columns.get(name)
        if found is not None:
            return Column(found.table, found.name, alias)
        if len(self.star) == 1:
            return self.star[0].column(name, alias)
        return Column(None, name, alias)


@dataclass(slots=True)
class Source:
    """A table, or a statement that stands in place of one. table: None for the latter."""

    alias: str
    table: str | None
    shown: Shown | None = None

    @property
    def stands_for(self) -> str | None:
        """The table whose rows it holds, one for one."""
        if self.shown is None:
            return self.table
        return None if self.shown.whole is None else self.shown.whole.stands_for

    def column(self, name: str, alias: str | None) -> Column:
        if self.shown is None:
            return Column(self.table, name, alias)
        return self.shown.column(name, alias)


@dataclass(slots=True)
class Names:
    """The sources of a statement in the order they stand, and those of the statement around it.

    tables: of WITH, by name. depth: 0 for the outermost.
    """

    outer: Names | None = None
    depth: int = 0
    sources: list[Source] = field(default_factory=list[Source])
    tables: dict[str, Shown] = field(default_factory=dict[str, Shown])

    def inner(self) -> Names:
        return Names(self, self.depth + 1)

    def add(self, source: Source) -> None:
        self.sources.append(source)

    def own(self, alias: str) -> Source | None:
        return next((found for found in self.sources if found.alias == alias), None)

    def source(self, alias: str) -> Source | None:
        names: Names | None = self
        while names is not None:
            found = names.own(alias)
            if found is not None:
                return found
            names = names.outer
        return None

    def common(self, name: str) -> Shown | None:
        """The statement of a WITH, by its name."""
        names: Names | None = self
        while names is not None:
            if name in names.tables:
                return names.tables[name]
            names = names.outer
        return None

    def column(self, node: Expr) -> Column:
        """What a column's name stands for. A bare one belongs to the only source there is."""
        name, alias = node.name.lower(), str(getattr(node, "table", "") or "").lower()
        if alias:
            source = self.source(alias)
            return Column(None, name, alias) if source is None else source.column(name, alias)
        if len(self.sources) == 1:
            return self.sources[0].column(name, None)
        return Column(None, name)


def placeholders(node: Expr | None) -> tuple[int, ...]:
    """Positions of the binds in an expression, in the order in which they stand in it."""
    from sqlglot import exp

    if node is None:
        return ()
    found = (position_of(each.name) for each in _of(node, exp.Placeholder))
    return tuple(position for position in found if position is not None)


def columns_in(node: Expr | None, names: Names) -> list[Column]:
    """The columns in an expression, without those of statements inside it."""
    from sqlglot import exp

    return [] if node is None else [names.column(each) for each in _of(node, exp.Column)]


def _of(node: Expr, kind: type[Expr]) -> Iterator[Expr]:
    from sqlglot import exp

    def ends(found: Expr) -> bool:
        return isinstance(found, exp.Query) and found is not node

    for found in node.dfs(prune=ends):
        if isinstance(found, kind):
            yield found
