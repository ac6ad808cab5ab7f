"""Reads Newman's reports: the table of newman-reporter-csv, and Newman's own JSON.

Both were made with Newman 6.2 and newman-reporter-csv 1.3 to see what they hold: `executed` of the
table are the checks that passed, `failed` those that failed, by name and joined with ", "; `code`
is empty where no answer came; a request without checks has counts of 0.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ormprobe.errors import UnreadableError
from ormprobe.runs.model import Request
from ormprobe.runs.opening import open_text

MAX_CHARACTERS = 64 * 1024 * 1024
MAX_REQUESTS = 20_000
MAX_MESSAGES = 64
MAX_MESSAGE = 300
MAX_PATH = 2_000
_HEADER_LINES = 10
_MAX_HEADER = 16 * 1024
_MAX_LINE = 4 * 1024 * 1024
_NEEDED = ("requestname", "method", "failedcount")
_SPELT = {"requestname": "requestName", "method": "method", "failedcount": "failedCount"}
_NOT_WORD = re.compile(r"[^a-z0-9]")
_SERVER = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*|\{\{[^}]*\}\}(?=/|$)", re.IGNORECASE)


def read_newman(path: Path, notes: list[str] | None = None) -> tuple[Request, ...]:
    """The requests of a report in their order. notes: gets a sentence for what was left out.

    Raises UnreadableError where the file cannot be read, or is no report of Newman's.
    """
    said = notes if notes is not None else []
    with open_text(path) as text:
        head = text.read(256).lstrip("\ufeff \t\r\n")
    if head.startswith("{"):
        from ormprobe.runs.newman_json import read_newman_json

        return read_newman_json(path, said)
    if "\0" in head:
        raise UnreadableError(f"{path} is no text")
    return tuple(_requests(path, said))


def _requests(path: Path, notes: list[str]) -> Iterator[Request]:
    with open_text(path) as text:
        lines = _Lines(text)
        columns, delimiter = _header(lines, path)
        position = bad = 0
        for line, cells, is_last in _rows(lines, delimiter, path, notes):
            row = _Row(cells, columns, is_last=is_last)
            request = _request(row, position, path.name, line)
            if request is None:
                bad += 1
                continue
            if position >= MAX_REQUESTS:
                notes.append(f"{path.name}: only its first {MAX_REQUESTS:,} requests were read")
                break
            position += 1
            yield request
        if lines.cut:
            notes.append(f"{path.name}: its rest was left out, it is too large")
        if bad:
            notes.append(
                f"{path.name}: {bad} line{'s' if bad > 1 else ''} told of no request"
                " (torn, or without a name or a count of failed checks)"
            )


def _rows(
    lines: _Lines, delimiter: str, path: Path, notes: list[str]
) -> Iterator[tuple[int, list[str], bool]]:
    """The rows below the header: the first line of each, its cells, whether it is the last."""
    # the module has one limit for all; the body of an answer may stand in a cell
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    reader = csv.reader(lines, delimiter=delimiter)
    waiting: tuple[int, list[str]] | None = None
    while True:
        line = lines.number + 1
        try:
            cells = next(reader, None)
        except (csv.Error, OSError, UnicodeError) as error:
            notes.append(f"{path.name}: what follows line {line} was not read: {error}")
            cells = None
        if waiting is not None and (cells is None or cells):
            yield (*waiting, cells is None)
        if cells is None:
            return
        waiting = (line, cells) if cells else waiting


class _Lines:
    """The lines of a text for csv, counted and bounded."""

    def __init__(self, text: TextIO) -> None:
        self.number = 0
        self.cut = False
        self._left = MAX_CHARACTERS
        self._text = text

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._left <= 0:
            self.cut = True
            raise StopIteration
        line = self._text.readline(_MAX_LINE)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if line.endswith(("\n", "\r")) or self._left <= 0:
            self.number += 1
        return line


def _header(lines: _Lines, path: Path) -> tuple[dict[str, int], str]:
    """Where each column stands, and the delimiter. Lines may stand above the header."""
    nearest: list[str] = []
    is_empty = True
    for _ in range(_HEADER_LINES):
        line = next(lines, None)
        if line is None:
            break
        is_empty = False
        for delimiter in (",", ";", "\t", "|"):
            cells = _cells(line[:_MAX_HEADER].lstrip("\ufeff"), delimiter)
            columns = {_NOT_WORD.sub("", cell.lower()): at for at, cell in enumerate(cells)}
            missing = [name for name in _NEEDED if name not in columns]
            if not missing:
                return columns, delimiter
            if len(missing) < len(_NEEDED) and (not nearest or len(missing) < len(nearest)):
                nearest = missing
    if is_empty:
        raise UnreadableError(f"{path} is empty")
    if nearest:
        names = " and ".join(_SPELT[name] for name in nearest)
        raise UnreadableError(f"{path} is no report of Newman's: it has no column {names}")
    raise UnreadableError(
        f"{path} is no report of Newman's: no line names the columns requestName, method and"
        " failedCount"
    )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell for row in csv.reader([line], delimiter=delimiter) for cell in row]
    except csv.Error:
        return []


class _Row:
    """The cells of a row by their columns. is_last: its last cell may be torn where others miss."""

    def __init__(self, cells: list[str], columns: dict[str, int], *, is_last: bool) -> None:
        self._cells = cells
        self._columns = columns
        is_torn = is_last and len(cells) <= max(columns.values())
        self._whole = len(cells) - (1 if is_torn else 0)

    def text(self, name: str) -> str | None:
        at = self._columns.get(name)
        if at is None or at >= self._whole:
            return None
        return self._cells[at].strip() or None

    def number(self, name: str) -> int | None:
        text = self.text(name)
        try:
            # a spreadsheet makes 5.0 of 5
            value = float(text) if text is not None else -1.0
        except ValueError:
            return None
        return int(value) if 0 <= value < 1_000_000 else None


def _request(row: _Row, position: int, file: str, line: int) -> Request | None:
    name, method = row.text("requestname"), row.text("method")
    failed = row.number("failedcount")
    if name is None or method is None or failed is None:
        return None
    status = row.number("code")
    url = row.text("url")
    return Request(
        position=position,
        file=file,
        line=line,
        name=name[:MAX_MESSAGE],
        method=method.upper()[:16],
        path=path_of(url) if url is not None else None,
        status=status if status is not None and 100 <= status < 600 else None,
        failed=failed,
        executed=_executed(row, failed),
        messages=_messages(row.text("failed"), failed),
    )


def _executed(row: _Row, failed: int) -> int | None:
    total = row.number("totalassertions")
    if total is not None:
        return max(total, failed)
    passed = row.number("executedcount")
    return passed + failed if passed is not None else None


def _messages(text: str | None, failed: int) -> tuple[str, ...]:
    if text is None or failed == 0:
        return ()
    names = re.split(r",\s*", text)
    if len(names) != failed:
        # names with commas in them cannot be told apart
        names = [text]
    return tuple(name[:MAX_MESSAGE] for name in names[:MAX_MESSAGES])


def path_of(url: str) -> str:
    """The path and query of a URL, or of a Postman template that begins with a variable."""
    path = _SERVER.sub("", url[:MAX_PATH], count=1) if _SERVER.match(url) else url[:MAX_PATH]
    return path.partition("#")[0] or "/"
