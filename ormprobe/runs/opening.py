"""Texts of unknown origin as lines: any encoding, any length, never more than a bound in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from ormprobe.errors import UnreadableError

MAX_LINE = 64 * 1024
"""Characters of a line that are looked at."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(slots=True)
class Reading:
    """What was met while a file was read. characters: so far; cut: its rest was left out."""

    characters: int = 0
    cut: bool = False


def encoding_of(file: BinaryIO) -> str:
    """The encoding that a file's first bytes tell of; the file stands at its beginning again."""
    head = file.read(4)
    file.seek(0)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    return "utf-8"


def open_text(path: Path, newline: str = "") -> TextIOWrapper:
    """A file's text with its line ends as they are; bytes that are no text become U+FFFD.

    newline: the only end of a line; any of the three where it is empty.

    Raises UnreadableError where there is no such file, or it may not be read.
    """
    try:
        if not path.is_file():
            # a pipe would be waited for, for ever
            raise UnreadableError(f"{path} is not a file")
        file = path.open("rb")
        return TextIOWrapper(file, encoding_of(file), errors="replace", newline=newline)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error


def lines_of(
    path: Path, reading: Reading, *, limit: int, max_line: int = MAX_LINE
) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1, without their ends.

    limit: characters after which the rest is left out. What a line has beyond `max_line` is left
    out. Raises UnreadableError where the file cannot be read.
    """
    # a bare carriage return may stand within a line, as that of a progress bar does
    with open_text(path, "\n") as text:
        number = 0
        while True:
            try:
                line = text.readline(max_line)
                whole = line
                while line and not line.endswith("\n"):
                    line = text.readline(max_line)
                    reading.characters += len(line)
            except (OSError, UnicodeError) as error:
                raise UnreadableError(f"{path}: {error}") from error
            if not whole:
                return
            number += 1
            reading.characters += len(whole)
            yield number, whole.rstrip("\r\n")
            if reading.characters > limit:
                reading.cut = True
                return
