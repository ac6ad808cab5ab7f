"""The tables as LaTeX, for `\\input`: booktabs, and graphicx to fit the width."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.tables.counts import Counts
from ormprobe.tables.layout import Cell, Row, Table, tables

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": "`{}",  # or two of them become one sign, as two of the next
    "'": "'{}",
}
_NO_WIDER = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"


def render(counts: Counts) -> str:
    head = "% Needs \\usepackage{booktabs,graphicx}.\n"
    return head + "".join(f"\n{table_as_latex(table)}" for table in tables(counts))


def table_as_latex(table: Table) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    yield r"\begin{table}[htbp]"
    yield r"  \centering"
    yield rf"  \caption{{{escaped(table.title)}. {escaped(table.note)}}}"
    yield rf"  \label{{tab:{_label(table.slug)}}}"
    yield rf"  {_NO_WIDER}"
    yield rf"  \begin{{tabular}}{{l{'r' * len(table.columns)}}}"
    yield r"    \toprule"
    yield _line([escaped(table.corner), *(escaped(name) for name in table.columns)])
    for number, row in enumerate(table.rows):
        if not number or (row.strong and not table.rows[number - 1].strong):
            yield r"    \midrule"
        yield _line(_cells(row))
    yield r"    \bottomrule"
    yield r"  \end{tabular}}"
    yield r"\end{table}"


def _cells(row: Row) -> list[str]:
    cells = [escaped(row.name), *(_cell(cell) for cell in row.cells)]
    return [rf"\textbf{{{cell}}}" for cell in cells] if row.strong else cells


def _cell(cell: Cell) -> str:
    return escaped(str(cell))


def _line(cells: list[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"


def _label(slug: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in slug)


def escaped(text: str) -> str:
    """The text as pdflatex sets it with its own fonts; characters they lack are question marks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    spelled = "".join(_ESCAPES.get(c, c if _is_set(c) else "?") for c in line)
    return spelled.replace("--", "-{}-{}")  # or they become a dash


def _is_set(character: str) -> bool:
    return character.isascii() or "\N{LATIN CAPITAL LETTER A WITH GRAVE}" <= character <= "ÿ"
