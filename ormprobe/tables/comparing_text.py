"""A comparison for a person: at a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ormprobe.report.excerpt import printable
from ormprobe.tables.as_markdown import escaped
from ormprobe.tables.comparing import Change, Comparison

_HEADINGS = {
    "ending": "Ending",
    "data layer": "Data layer",
    "category": "Category",
    "subcategory": "Subcategory",
    "cause": "Cause",
}


def render(comparison: Comparison) -> RenderableType:
    """The changes; in bold, and marked, those whose interval excludes 0."""
    names = (comparison.before.name, comparison.after.name)
    grid = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    grid.add_column(no_wrap=True)
    for name in names:
        grid.add_column(Text(printable(name), overflow="fold"), justify="right")
    grid.add_column("change", justify="right", no_wrap=True)
    grid.add_column("95 % interval", justify="right", no_wrap=True)
    grid.add_column("", no_wrap=True)
    for kind, changes in groupby(comparison.changes, lambda change: change.kind):
        grid.add_row(Text(_HEADINGS[kind], style="cyan"))
        for change in changes:
            grid.add_row(*(Text(text) for text in _texts(change)), style=_style(change))
    lines = [Text(line, style="dim") for line in _closing(comparison)]
    return Group(Text(_title(comparison), style="bold"), grid, *lines)


def as_markdown(comparison: Comparison) -> str:
    return "\n".join(_markdown(comparison)) + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    before, after = escaped(comparison.before.name), escaped(comparison.after.name)
    yield f"# {escaped(_title(comparison))}"
    yield ""
    yield f"| | {before} | {after} | change | 95 % interval | |"
    yield "| --- | ---: | ---: | ---: | ---: | :---: |"
    for kind, changes in groupby(comparison.changes, lambda change: change.kind):
        yield f"| *{_HEADINGS[kind]}* | | | | | |"
        for change in changes:
            cells = [escaped(text) for text in _texts(change)]
            if change.sure:
                cells[3] = f"**{cells[3]}**"
            yield f"| {' | '.join(cells)} |"
    yield ""
    for line in _closing(comparison):
        yield f"- {escaped(line)}"


def _title(comparison: Comparison) -> str:
    before, after = comparison.before, comparison.after
    return printable(f"{before.name} ({before.judged} runs) to {after.name} ({after.judged} runs)")


def _texts(change: Change) -> list[str]:
    return [
        printable(change.name),
        f"{change.before} ({change.before_share:.1%})",
        f"{change.after} ({change.after_share:.1%})",
        points(change.change),
        f"{points(change.low)} to {points(change.high)}",
        "*" if change.sure else "",
    ]


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    number = round(100 * share, 1)
    return f"{number:+.1f}" if number else "0.0"


def _style(change: Change) -> str | None:
    return "bold" if change.sure else None


def _closing(comparison: Comparison) -> Iterator[str]:
    pairs = f", compared in {comparison.paired} pairs" if comparison.paired else ""
    yield (
        f"Shares are of the {comparison.of}{pairs}; changes are in percentage points;"
        " * marks an interval without 0."
    )
    for note in comparison.notes:
        yield printable(note)
