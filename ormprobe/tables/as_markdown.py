"""The tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.tables.counts import Counts
from ormprobe.tables.layout import Row, Table, tables

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~$&!])")


def render(counts: Counts) -> str:
    """Every table under a heading of its own."""
    parts = ["# Runs and why they failed\n", *(table_as_markdown(made) for made in tables(counts))]
    return "\n".join(parts)


def table_as_markdown(table: Table) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    yield f"## {escaped(table.title)}"
    yield ""
    yield _line([escaped(table.corner), *(escaped(name) for name in table.columns)])
    yield _line(["---", *("---:" for _ in table.columns)])
    for row in table.rows:
        yield _line(_cells(row))
    if table.note:
        yield ""
        yield escaped(table.note)


def _cells(row: Row) -> list[str]:
    cells = [escaped(row.name), *(str(cell) for cell in row.cells)]
    return [f"**{cell}**" for cell in cells] if row.strong else cells


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """The text as Markdown shows it, in one line, without what it would obey."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _MARKUP.sub(r"\\\1", line)
