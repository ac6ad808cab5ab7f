"""Gives lines to parsers as a reader of logs does: in turn, until one takes the line."""

from __future__ import annotations

from ormprobe.logs.model import Access, Item, Line, Notice, Parser, Traceback


def read(text: str, *parsers: Parser, source: str | None = None) -> list[Item]:
    items: list[Item] = []
    for number, line in enumerate(text.split("\n"), 1):
        for parser in parsers:
            if parser.take(Line(number, line, source), items):
                break
    for parser in parsers:
        parser.end(items)
    return items


def traces(items: list[Item]) -> list[Traceback]:
    return [item for item in items if isinstance(item, Traceback)]


def accesses(items: list[Item]) -> list[tuple[str, str, int | None]]:
    return [(one.method, one.path, one.status) for one in items if isinstance(one, Access)]


def notices(items: list[Item]) -> list[Notice]:
    return [item for item in items if isinstance(item, Notice)]
