"""The tables for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from ormprobe.report.excerpt import printable
from ormprobe.runs.record import RunRecord
from ormprobe.tables.counts import Counts, count
from ormprobe.tables.layout import Cell, Table, tables


def render_tables(records: Iterable[RunRecord]) -> RenderableType:
    """The tables of these runs, which are read once."""
    return render(count(records))


def render(counts: Counts) -> RenderableType:
    parts: list[RenderableType] = []
    for table in tables(counts):
        parts += [*_table(table), Text()]
    return Group(*parts[:-1])


def _table(table: Table) -> Iterable[RenderableType]:
    grid = Grid(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, title_justify="left")
    grid.add_column(no_wrap=True)
    for name in table.columns:
        grid.add_column(Text(printable(name), overflow="fold"), justify="right")
    for row in table.rows:
        cells = [_cell(cell) for cell in row.cells]
        grid.add_row(Text(printable(row.name)), *cells, style="bold" if row.strong else None)
    yield Text(printable(table.title), style="bold cyan")
    yield grid
    if table.note:
        yield Text(table.note, style="dim")


def _cell(cell: Cell) -> Text:
    if not cell.count:
        return Text("0", style="dim")
    text = Text(str(cell.count))
    return text if cell.share is None else text.append(f" {cell.share:6.1%}", style="dim")
