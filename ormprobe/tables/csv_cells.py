"""CSV taken apart without loss: cells as they are written, so that all but ours stays as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

DELIMITERS = (",", ";", "\t", "|")


@dataclass(slots=True)
class Line:
    """A row: its cells as they are written, quotes and all, and the line end after them."""

    cells: list[str] = field(default_factory=list[str])
    end: str = ""

    @property
    def blank(self) -> bool:
        return self.cells == [""]

    def text(self, delimiter: str) -> str:
        return delimiter.join(self.cells) + self.end


LONGEST = 16 << 20
"""Characters of a line, or of a cell of several lines; a file with longer ones is no table."""


class TooLong(ValueError):
    """A line or a cell is longer than any of a table is."""


def lines_of(file: TextIO) -> Iterator[str]:
    """The lines of a file that was opened with `newline=""`, with their ends on."""
    while line := file.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith(("\r", "\n")):
            raise TooLong
        yield line


def taken_apart(lines: Iterable[str], delimiter: str) -> Iterator[Line]:
    """The rows of a text that comes in lines with their ends on; a quoted cell may span several.

    As the csv module reads it: a quote opens a cell only at its start, two are one in it, and one
    that nothing closes goes to the end of the text. Joined again it is the same text.
    """
    row = Line()
    opened: list[str] = []
    length = 0
    for line in lines:
        body = line.rstrip("\r\n")
        position = 0
        while position <= len(body):
            stop = _end_of_cell(body, position, delimiter, bool(opened))
            if stop is None:
                opened.append(line[position:])
                length += len(line)
                if length > LONGEST:
                    raise TooLong
                break
            row.cells.append("".join((*opened, body[position:stop])))
            opened.clear()
            length = 0
            position = stop + len(delimiter)
        else:
            row.end = line[len(body) :]
            yield row
            row = Line()
    if opened:
        row.cells.append("".join(opened))
        yield row


def _end_of_cell(body: str, position: int, delimiter: str, inside: bool) -> int | None:
    """Where the cell at `position` ends; None where it goes on in the next line."""
    if not inside and not body.startswith('"', position):
        return _until(body, delimiter, position)
    start = position if inside else position + 1
    while (quote := body.find('"', start)) >= 0:
        if not body.startswith('"', quote + 1):
            return _until(body, delimiter, quote + 1)
        start = quote + 2
    return None


def _until(body: str, delimiter: str, position: int) -> int:
    stop = body.find(delimiter, position)
    return len(body) if stop < 0 else stop


def value(cell: str) -> str:
    """What a cell says: without its quotes."""
    if not cell.startswith('"'):
        return cell
    closing = 1
    while (closing := cell.find('"', closing)) >= 0 and cell.startswith('"', closing + 1):
        closing += 2
    inner, after = (cell[1:], "") if closing < 0 else (cell[1:closing], cell[closing + 1 :])
    return inner.replace('""', '"') + after


def cell(text: str, delimiter: str, quoted: bool) -> str:
    """A cell that says `text`, in quotes where it needs them or where `quoted` wants them."""
    written = io.StringIO(newline="")
    # beside another cell: one that is empty and alone would be quoted
    csv.writer(
        written, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    ).writerow(["", text])
    return written.getvalue().partition(delimiter)[2].removesuffix("\r\n")
