"""Warnings of Python, and those that SQLAlchemy's pool and asyncio write to the log."""

from __future__ import annotations

import re

from ormprobe.logs.model import Item, Line, Notice, NoticeKind

_WARNING = re.compile(
    r"(?:.{0,200}?py\.warnings[\s:|\])>-]{1,4})?"
    r"(\S[^:]*|[A-Za-z]:[^:]+):(\d{1,9}): ((?:\w+\.)*\w*Warning): (.*)$"
)
_BARE = re.compile(r"(RuntimeWarning|ResourceWarning): (?=coroutine |Enable tracemalloc|unclosed )")
_NEVER_AWAITED = re.compile(r"coroutine '[^']+' was never awaited")
_POOL = "The garbage collector is trying to clean up non-checked-in connection"
_CREATED = re.compile(r"Coroutine created at \(most recent call last\)")


class Warnings:
    """One notice for each warning; the source line that Python prints below it belongs to it."""

    def __init__(self) -> None:
        self._after: dict[str | None, int] = {}

    def take(self, line: Line, items: list[Item]) -> bool:
        expected = self._after.pop(line.source, None) if self._after else None
        text = line.text
        if text[:2] == "  " and expected == line.number and not text[2:3].isspace():
            return True
        if "Warning: " in text:
            return self._warning(line, items)
        if _POOL in text:
            items.append(_notice(NoticeKind.WARNING, line, "SAWarning"))
            return True
        if _NEVER_AWAITED.search(text) is not None:
            items.append(_notice(NoticeKind.NOT_AWAITED, line, "RuntimeWarning"))
            return True
        return False

    def end(self, items: list[Item]) -> None:
        self._after.clear()

    def _warning(self, line: Line, items: list[Item]) -> bool:
        found = _WARNING.match(line.text)
        if found is None:
            bare = _BARE.match(line.text)
            if bare is None:
                return False
            if "Enable tracemalloc" not in line.text:
                items.append(_notice(_kind(line.text), line, bare[1]))
            return True
        path, number, category, message = found.groups()
        if message.startswith("Enable tracemalloc"):
            return True
        if len(self._after) < 200:
            self._after[line.source] = line.number + 1
        known = path != "sys"
        items.append(
            Notice(
                kind=_kind(message),
                line=line.number,
                text=line.text,
                category=category.rpartition(".")[2],
                path=path if known else None,
                at=int(number) if known else None,
                source=line.source,
            )
        )
        return True


def _kind(message: str) -> NoticeKind:
    found = _NEVER_AWAITED.search(message)
    return NoticeKind.WARNING if found is None else NoticeKind.NOT_AWAITED


def _notice(kind: NoticeKind, line: Line, category: str) -> Notice:
    return Notice(
        kind=kind, line=line.number, text=line.text, category=category, source=line.source
    )
