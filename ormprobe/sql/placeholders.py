"""Placeholders of every driver, numbered by the bind that they stand for.

Drivers write `?`, `%s`, `%(name)s`, `:name`, `@name`, `$1` or `?1`. Each becomes `:p<position>`,
which every dialect's parser understands, so that a bind is still known in the syntax tree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STRING = r"'(?:[^']|'')*'"
_ESCAPED = r"'(?:[^'\\]|''|\\.)*'"
_PARTS = r"""
    (?P<kept>--[^\n]*|/\*.*?\*/|"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]']*\]|{string}
      |\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$|::)
  | (?P<percent>%%)
  | %\((?P<named>[^)]+)\)s
  | (?P<format>%s)
  | (?P<numbered>[?$](?P<number>\d+))
  | (?P<mark>\?(?![|&]))
  | (?<![\w:])[:@](?P<name>[A-Za-z_]\w*|(?<=:)\d+(?!\s*\]))
"""
_FLAGS = re.VERBOSE | re.DOTALL
_PLAIN = re.compile(_PARTS.format(string=_STRING), _FLAGS)
_MYSQL = re.compile(_PARTS.format(string=_ESCAPED), _FLAGS)
_QUESTION_OPERATORS = re.compile(r"%s|%\(|\$\d")


@dataclass(frozen=True, slots=True)
class Numbered:
    """text: with `:p<position>` for placeholders. binds: how many there are."""

    text: str
    binds: int


def numbered(text: str, system: str | None, names: Sequence[str] | None = None) -> Numbered:
    """A statement with its placeholders numbered from 0.

    names: those of named binds, in the order of the binds; without them, and for a name that is not
    among them, the order is that of their first use in the text.
    """
    marks = not (system == "postgresql" and _QUESTION_OPERATORS.search(text))
    known = {name: position for position, name in enumerate(names or ())}
    counted = 0
    highest = len(known)

    def replace(found: re.Match[str]) -> str:
        nonlocal counted, highest
        if found["kept"] is not None:
            return found[0]
        if found["percent"] is not None:
            return "%"
        if found["mark"] is not None and not marks:
            return found[0]
        name = found["named"] or found["name"]
        if name is not None:
            position = known.setdefault(name, len(known))
        elif found["number"] is not None:
            position = int(found["number"]) - 1
            if not 0 <= position < _MOST:
                return found[0]
        else:
            position = counted
            counted += 1
        highest = max(highest, position + 1)
        return f":p{position}"

    pattern = _MYSQL if system in ("mysql", "mariadb") else _PLAIN
    return Numbered(pattern.sub(replace, text), highest)


_MOST = 100_000


def position_of(name: str) -> int | None:
    """The position that a numbered placeholder stands for; None for any other name."""
    return int(name[1:]) if name[:1] == "p" and name[1:].isdecimal() else None
