"""Reads unified diffs, of git or plain, as a stream of the lines that they add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_GIT = re.compile(r'diff --git (?:"?a/.*?"?) (?P<path>"b/.*"|b/.*)')
_ESCAPED = re.compile(r'\\([0-7]{3}|[abfnrtv"\\])')
_LETTERS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class Added:
    """A line that a diff adds. `number`: in the new file. None for `text`: the file is named."""

    path: str
    number: int
    text: str | None


@dataclass(slots=True)
class _State:
    path: str | None = None
    told: set[str] = field(default_factory=set[str])
    number: int = 0
    old_left: int = 0
    new_left: int = 0
    in_binary: bool = False


def added_lines(lines: Iterable[tuple[int, str]]) -> Iterator[Added]:
    """Each file that a diff adds or changes, by one item without text, and each line it adds.

    lines: of the diff, numbered, without their ends. Hunks are read by their lengths, so that a
    line of a file is never taken for a header; what stands between them is passed over.
    """
    state = _State()
    for _, text in lines:
        if state.old_left > 0 or state.new_left > 0:
            found = _in_hunk(state, text)
            if found is not None:
                yield found
                continue
            if state.old_left > 0 or state.new_left > 0:
                continue
        named = _header(state, text)
        if named is not None and named not in state.told:
            state.told.add(named)
            yield Added(named, 0, None)


def _in_hunk(state: _State, text: str) -> Added | None:
    mark = text[:1]
    if mark == "+":
        state.new_left -= 1
        state.number += 1
        return Added(state.path, state.number - 1, text[1:]) if state.path else None
    if mark == "-":
        state.old_left -= 1
    elif mark in (" ", ""):
        state.old_left -= 1
        state.new_left -= 1
        state.number += 1
    elif mark != "\\":
        # the hunk was torn: what follows is read as headers again
        state.old_left = state.new_left = 0
    return None


def _header(state: _State, text: str) -> str | None:
    """Takes a line outside hunks. Returns the path of the file that it names as there."""
    if text.startswith("diff --git "):
        match = _GIT.fullmatch(text)
        state.path = _path(match["path"]) if match else None
        state.in_binary = False
        return None
    if state.in_binary:
        return None
    if text.startswith("+++ "):
        state.path = _path(text[4:])
        return state.path
    if text.startswith("rename to "):
        state.path = _path(text[len("rename to ") :])
        return state.path
    if text.startswith(("GIT binary patch", "Binary files ")):
        state.in_binary = text.startswith("GIT")
        return None if text.endswith("/dev/null differ") else state.path
    if text.startswith("deleted file mode"):
        state.path = None
        return None
    if text.startswith("new file mode"):
        # an empty file has no other header
        return state.path
    hunk = _HUNK.match(text)
    if hunk is not None:
        state.old_left = int(hunk[1] or 1)
        state.new_left = int(hunk[3] or 1)
        state.number = int(hunk[2])
    return None


def _path(text: str) -> str | None:
    text = text.split("\t", 1)[0].strip()
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = _unescaped(text[1:-1])
    if text == "/dev/null":
        return None
    if text.startswith(("a/", "b/")):
        text = text[2:]
    return text.removeprefix("./") or None


def _unescaped(text: str) -> str:
    # git writes the bytes of a name that is not plain as octal numbers
    raw = bytearray()
    at = 0
    for match in _ESCAPED.finditer(text):
        raw += text[at : match.start()].encode("utf-8", "replace")
        code = match[1]
        raw.append(int(code, 8) & 0xFF if code.isdecimal() else _LETTERS[code])
        at = match.end()
    raw += text[at:].encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")
