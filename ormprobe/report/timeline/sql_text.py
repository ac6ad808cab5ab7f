"""A statement's text for people: short, without quotes around names, its binds where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

_PART = re.compile(
    r"""(?P<literal>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]']*\])
      | (?P<hole>%\((?P<named>\w+)\)s|%s|\?|\$(?P<number>\d+)
              |(?<![:\w]):(?P<colon>[A-Za-z_]\w*))""",
    re.VERBOSE,
)
HOLE = re.compile("\x00([^\x00]*)\x00")
"""A bind's place in a shortened text: its position, or its name."""

_H = "\x00[^\x00]*\x00"
_LIST = re.compile(rf"({_H}(?:\s*,\s*{_H}){{2}})((?:\s*,\s*{_H}){{3,}})")
_COMPARED = re.compile(
    rf"""(?P<column>\w+)\)?\s*
    (?:[<>!]?=|<>|[<>]|\bI?LIKE|\b(?:NOT\s+)?BETWEEN(?:\s*{_H}\s*AND)?
      |\b(?:NOT\s+)?IN\s*\((?:\s*{_H}\s*,)*|\bIS(?:\s+NOT)?)\s*\(?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PAGE = re.compile(r"\b(LIMIT|OFFSET)\s*$", re.IGNORECASE)
_LOOK_BACK = 4_000
_CACHED = 1_024
_INSERT = re.compile(
    r"(?P<head>(?:INSERT|REPLACE)\b[^(]*?)\s*\((?P<columns>[^()]*)\)\s*VALUES\s*\(", re.IGNORECASE
)
_SELECT = re.compile(r"SELECT(?:\s+DISTINCT)?\s+", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
_DIGEST = re.compile(r"'(\d+):([0-9a-f]{4})[0-9a-f]*'")
_TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS\s+(\w+))?", re.IGNORECASE)
_JOINED = re.compile(r"\bJOIN\b|\bFROM\s+\w+\s*(?:AS\s+\w+)?\s*,", re.IGNORECASE)
LONGEST_LIST = 34
"""Characters of a list of selected columns that are shown; of a longer one, how many they are."""

T = TypeVar("T")


@lru_cache(_CACHED)
def _marked(text: str) -> tuple[str, tuple[str, ...]]:
    """The text on one line with marks for its binds, and the key of each in order."""
    keys: list[str] = []

    def mark(found: re.Match[str]) -> str:
        if found["literal"]:
            return _DIGEST.sub(r"'str\1:\2'", found[0])
        if found["name"]:
            return found[0][1:-1]
        number = str(int(found["number"]) - 1) if found["number"] else None
        key = found["named"] or found["colon"] or number or str(len(keys))
        keys.append(key)
        return f"\x00{key}\x00"

    marked = _PART.sub(mark, text.replace("\x00", " "))
    return " ".join(marked.split()), tuple(keys)


@lru_cache(_CACHED)
def columns(text: str) -> tuple[tuple[str, str | None], ...]:
    """The binds of a text in order, each with the column that it is compared with or written to."""
    marked, _ = _marked(text)
    inserted = _INSERT.match(marked)
    names = [] if inserted is None else _split(inserted["columns"])
    start = len(marked) if inserted is None else inserted.end()
    return tuple(_named(marked, start, names))


def _named(marked: str, start: int, names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    written = 0
    for hole in HOLE.finditer(marked):
        before = marked[max(0, hole.start() - _LOOK_BACK) : hole.start()]
        found = _PAGE.search(before)
        if found is not None:
            yield hole[1], found[1].lower()
        elif hole.start() >= start and names and " ON CONFLICT" not in marked[: hole.start()]:
            yield hole[1], names[written % len(names)]
            written += 1
        else:
            compared = _COMPARED.search(before)
            yield hole[1], compared["column"] if compared else None


def bound(text: str, binds: Sequence[T] | Mapping[str, T]) -> tuple[tuple[str, str | None, T], ...]:
    """The binds of a statement with their keys and columns; those that the text has no place for
    stand last."""
    values: Mapping[str, T]
    if isinstance(binds, Mapping):
        values = binds
    else:
        values = {str(index): value for index, value in enumerate(binds)}
    placed = dict(columns(text))
    found = [(key, column, values[key]) for key, column in placed.items() if key in values]
    return (*found, *((key, None, value) for key, value in values.items() if key not in placed))


@lru_cache(_CACHED)
def short(text: str) -> str:
    """The text shortened, with `HOLE` where its binds stand."""
    marked, _ = _marked(text)
    marked = _without_prefix(_pairs(_select(marked)))
    return _LIST.sub(_cut_list, marked)


def _cut_list(found: re.Match[str]) -> str:
    return f"{found[1]}, ... {len(HOLE.findall(found[2]))} more"


def _select(text: str) -> str:
    """Counts the columns of a long list of them."""
    head = _SELECT.match(text)
    if head is None:
        return text
    end = _top_level(text, head.end(), _FROM)
    chosen = text[head.end() : end].strip()
    if end is None or len(chosen) <= LONGEST_LIST or HOLE.search(chosen):
        return text
    return f"{head[0]}{len(_split(chosen))} columns {text[end:]}"


def _pairs(text: str) -> str:
    """An INSERT's columns beside what is written to them."""
    head = _INSERT.match(text)
    if head is None:
        return text
    names = _split(head["columns"])
    end = _closing(text, head.end())
    values = _split(text[head.end() : end])
    if len(names) != len(values):
        return text
    rest = text[end + 1 :]
    more = 0
    while rest.lstrip(" ,").startswith("("):
        rest = rest.lstrip(" ,")
        rest = rest[_closing(rest, 1) + 1 :]
        more += 1
    pairs = ", ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    again = f" and {more} more rows" if more else ""
    return f"{head['head']} ({pairs}){again}{rest}"


def _without_prefix(text: str) -> str:
    """Drops the table before its columns where there is but one."""
    tables = set(_TABLE.findall(text))
    if len(tables) != 1 or _JOINED.search(text):
        return text
    table, alias = tables.pop()
    return re.sub(rf"\b{re.escape(alias or table)}\.(?=\w)", "", text)


def _split(text: str) -> list[str]:
    """The parts of a list between its commas."""
    parts: list[str] = []
    depth = start = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()]


def _closing(text: str, start: int) -> int:
    """Where the parenthesis closes that was opened before `start`."""
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return len(text)


def _top_level(text: str, start: int, wanted: re.Pattern[str]) -> int | None:
    for found in wanted.finditer(text, start):
        between = text[start : found.start()]
        if between.count("(") == between.count(")"):
            return found.start()
    return None
