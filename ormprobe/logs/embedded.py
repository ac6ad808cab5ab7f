"""Tracebacks that lie in one line of a log: in a field of a JSON object, or in escaped text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from ormprobe.logs.model import Frame, Line, Runtime, Thrown, Traceback
from ormprobe.logs.python_errors import thrown_by
from ormprobe.logs.structured import fields_of, text_at
from ormprobe.logs.traceback_text import HEAD, Took, TracebackText

_ESCAPED = HEAD + "\\n"
_DEEPEST = 5
_MOST_LINES = 20_000
_MESSAGES = ("event", "message", "msg", "error")
_ESCAPE = re.compile(r"\\(.)")
_UNESCAPED = {"n": "\n", "t": "\t", "r": ""}
_DOUBLE = re.compile(r'(?:[^"\\]|\\.)*')
_SINGLE = re.compile(r"(?:[^'\\]|\\.)*")


def traceback_in(line: Line) -> Traceback | None:
    """The traceback that a single line holds, None where it holds none."""
    text = line.text
    headed = "Traceback (most recent call last)" in text
    if not headed and '"exc_type"' not in text:
        return None
    chain: tuple[Thrown, ...] = ()
    head = None
    fields = fields_of(text)
    if fields is not None:
        chain = next(_chains(fields, _DEEPEST), ())
        message = text_at(fields, _MESSAGES)
        if message is not None and HEAD not in message:
            head = message.strip()[:500]
    if not chain and _ESCAPED in text:
        chain = chain_of_text(_unescaped(text[text.index(_ESCAPED) :]))
    if not chain:
        return None
    return Traceback(
        runtime=Runtime.PYTHON,
        first=line.number,
        last=line.number,
        chain=chain,
        head=head,
        source=line.source,
    )


def chain_of_text(text: str) -> tuple[Thrown, ...]:
    """The chain of a traceback that is a text of its own; empty where there is none in it."""
    at = text.find(HEAD)
    if at < 0:
        return ()
    reader = TracebackText(certain=True)
    lines = text[text.rfind("\n", 0, at) + 1 :].splitlines()[:_MOST_LINES]
    if "Exception Group " not in lines[0]:
        lines[0] = HEAD
    for one in lines:
        if reader.take(one) is Took.NO:
            break
    chain = reader.thrown()
    return chain if chain and chain[0].type else ()


def _unescaped(text: str) -> str:
    """Text up to the quote that ends it, without its escapes."""
    pattern = _DOUBLE if 'File \\"' in text else _SINGLE
    found = pattern.match(text)
    return _ESCAPE.sub(lambda part: _UNESCAPED.get(part[1], part[1]), found[0] if found else text)


def _chains(value: object, depth: int) -> Iterator[tuple[Thrown, ...]]:
    if isinstance(value, str):
        if HEAD in value:
            chain = chain_of_text(value)
            if chain:
                yield chain
    elif depth and isinstance(value, dict):
        for inner in cast(dict[str, object], value).values():
            yield from _chains(inner, depth - 1)
    elif depth and isinstance(value, list):
        stacks = cast(list[object], value)
        chain = tuple(_of_stacks(stacks))
        if chain:
            yield chain
        else:
            for inner in stacks:
                yield from _chains(inner, depth - 1)


def _of_stacks(stacks: list[object]) -> Iterator[Thrown]:
    """structlog's form: objects with `exc_type`, `exc_value` and `frames`, outermost first."""
    relation = None
    for stack in stacks[:50]:
        if not isinstance(stack, dict):
            return
        fields = cast(dict[str, object], stack)
        name, message = fields.get("exc_type"), fields.get("exc_value")
        if not isinstance(name, str) or not isinstance(message, str):
            return
        if relation is not None:
            relation = "cause" if fields.get("is_cause") is True else "context"
        yield from thrown_by(name, message, tuple(_frames(fields.get("frames"))), relation)
        relation = "context"


def _frames(found: object) -> Iterator[Frame]:
    if not isinstance(found, list):
        return
    for one in cast(list[object], found)[-400:]:
        if not isinstance(one, dict):
            continue
        fields = cast(dict[str, object], one)
        path, line, name = (fields.get(key) for key in ("filename", "lineno", "name"))
        if isinstance(path, str) and isinstance(line, int) and isinstance(name, str):
            yield Frame(path, line, name)
