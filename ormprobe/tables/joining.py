"""Our columns joined to somebody's CSV, of which everything else stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ormprobe.errors import OrmprobeError, UnreadableError, UsageError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.columns import KNOWN, Columns, No, columns_for
from ormprobe.tables.csv_cells import (
    DELIMITERS,
    Line,
    TooLong,
    cell,
    lines_of,
    taken_apart,
    value,
)
from ormprobe.tables.places import whole

_BOM = "\ufeff"


@dataclass(slots=True, kw_only=True)
class Updated:
    """What became of a file's rows, blank lines aside.

    matched: a run, or a group with runs in it, belongs to them. unmatched: none does. ambiguous:
    several runs could be theirs, so none is taken. delimiter, columns: of the file, and ours.
    """

    path: Path
    delimiter: str
    columns: tuple[str, ...]
    rows: int = 0
    matched: int = 0
    unmatched: int = 0
    ambiguous: int = 0

    def __str__(self) -> str:
        several = f"; {self.ambiguous} could be of several runs" if self.ambiguous else ""
        return f"{self.path}: labels for {self.matched} of {self.rows} rows{several}."


def update_csv(path: Path, records: Iterable[RunRecord]) -> Updated:
    """Join our columns to a CSV of runs, or of groups of runs, by its run key.

    Our columns of an earlier time are filled anew where they stand; the missing ones are added
    after the last. Rows without a match get empty cells. Delimiter, quotes, line ends, byte order
    mark and the order of everything stay. The file is replaced whole, or not at all.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no file.")
    try:
        delimiter, header = _header(path)
        columns = columns_for(header, records)
        if columns is None:
            raise UsageError(
                f"{path} has no column by which a run is known: none of {', '.join(sorted(KNOWN))}."
            )
        with _opened(path) as file, whole(path) as new:
            updated = Updated(path=path, delimiter=delimiter, columns=columns.names)
            for line in _joined(taken_apart(lines_of(file), delimiter), columns, updated):
                new.write(line.text(delimiter).encode("utf-8", "surrogateescape"))
    except TooLong:
        raise UnreadableError(f"{path} is no table: it has a cell without an end.") from None
    except OSError as error:
        raise OrmprobeError(f"{path} cannot be updated: {error}.") from error
    return updated


def _opened(path: Path) -> TextIO:
    """The file as text, from which the same bytes can be made, whatever they are."""
    return path.open(encoding="utf-8", errors="surrogateescape", newline="")


def _header(path: Path) -> tuple[str, list[str]]:
    """The delimiter with which the header has most of the names that we know, and the header."""
    found: list[tuple[int, str, list[str]]] = []
    for delimiter in DELIMITERS:
        with _opened(path) as file:
            first = next(taken_apart(lines_of(file), delimiter), None)
        if first is None:
            raise UsageError(f"{path} is empty: it has no header.")
        names = _names(first)
        if any("\0" in name for name in names):
            raise UnreadableError(f"{path} is no text in UTF-8.")
        found.append((len(KNOWN.intersection(names)), delimiter, names))
    best = max(found, key=lambda item: item[0])
    return best[1], best[2]


def _names(header: Line) -> list[str]:
    texts = [value(cell) for cell in header.cells]
    texts[0] = value(header.cells[0].removeprefix(_BOM))
    return [text.strip().casefold() for text in texts]


def _joined(lines: Iterator[Line], columns: Columns, updated: Updated) -> Iterator[Line]:
    header = next(lines)
    names = _names(header)
    width = len(names)
    quoted = all(cell.removeprefix(_BOM).startswith('"') for cell in header.cells)
    ours = {name: [i for i, other in enumerate(names) if other == name] for name in columns.names}
    missing = [name for name in columns.names if not ours[name]]
    for added, name in enumerate(missing):
        ours[name] = [width + added]

    def write(line: Line, texts: Sequence[str]) -> None:
        line.cells[width:width] = [""] * len(missing)
        for name, text in zip(columns.names, texts, strict=True):
            for place in ours[name]:
                line.cells[place] = cell(_encodable(text), updated.delimiter, quoted)

    header.cells[width:width] = [cell(name, updated.delimiter, quoted) for name in missing]
    yield header
    for line in lines:
        if line.blank:
            yield line
            continue
        found = columns.cells(_named(names, line))
        updated.rows += 1
        updated.matched += not isinstance(found, No)
        updated.unmatched += found is No.MATCH
        updated.ambiguous += found is No.ONE_MATCH
        texts = [""] * len(columns.names) if isinstance(found, No) else found
        line.cells += [""] * (width - len(line.cells))
        write(line, texts)
        yield line


def _named(names: Sequence[str], line: Line) -> dict[str, str]:
    """The row's cells by their columns; of two columns with one name the first counts."""
    named: dict[str, str] = {}
    for name, written in zip(names, line.cells, strict=False):
        named.setdefault(name, value(written).strip())
    return named


def _encodable(text: str) -> str:
    """The text without what UTF-8 cannot hold, nor NUL, which many readers stop at."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
