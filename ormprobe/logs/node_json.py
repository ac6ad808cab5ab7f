"""Errors in log lines of JSON: pino's `err`, winston's `stack`."""

from __future__ import annotations

from ormprobe.logs.model import Line, Runtime, Traceback
from ormprobe.logs.node_dump import Dump
from ormprobe.logs.node_error import KEPT, Made, chain_of
from ormprobe.logs.node_lines import Head, frame_line, head_of, loose_head_of
from ormprobe.logs.structured import Fields, inner, text_at

_KEYS = ("err", "error", "exception")
_INNER = (("parent", "orig"), ("original", "orig"), ("cause", "cause"))
_DEEPEST = 8


def traceback_of(fields: Fields, line: Line) -> Traceback | None:
    """The error that a line of JSON carries with its stack, None where there is none."""
    for found in (*(inner(fields, key) for key in _KEYS), inner(fields, "meta"), fields):
        stack = text_at(found, ("stack",))
        if stack is not None:
            errors = _errors(found, stack, None, 0)
            if errors:
                return Traceback(
                    runtime=Runtime.NODE,
                    first=line.number,
                    last=line.number,
                    chain=chain_of(errors),
                    head=text_at(fields, ("msg",)) if found is not fields else None,
                    source=line.source,
                )
    return None


def _errors(fields: Fields, stack: str, relation: str | None, depth: int) -> list[Made]:
    errors = _of_stack(stack, fields)
    if not errors:
        return []
    errors[0].relation = relation
    for key in KEPT:
        value = fields.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            errors[0].properties[key] = str(value)
    for key, follows in _INNER:
        deeper = inner(fields, key)
        told = text_at(deeper, ("stack",))
        below = _errors(deeper, told, follows, depth + 1) if told and depth < _DEEPEST else []
        if not below and (deeper.get("message") or deeper.get("code")):
            below = [_stackless(deeper, follows)]
        errors.extend(below)
    return errors


def _stackless(fields: Fields, relation: str) -> Made:
    name = text_at(fields, ("type", "name")) or "Error"
    made = Made(name, None, text_at(fields, ("message",)) or "", relation)
    for key in KEPT:
        value = fields.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            made.properties[key] = str(value)
    return made


def _of_stack(stack: str, fields: Fields) -> list[Made]:
    """The errors of a stack's text; nothing where it has no frame of Node."""
    lines = stack.split("\n")
    framed = next((at for at, text in enumerate(lines) if frame_line(text) is not None), None)
    if framed is None:
        return []
    head = head_of(lines[0]) or loose_head_of(lines[0]) or Head("", "Error", None, lines[0])
    message = text_at(fields, ("message",)) or "\n".join((head.message, *lines[1:framed]))
    name = text_at(fields, ("type",)) or head.type
    dump = Dump(Head("", name, head.tag, message))
    for text in lines[framed:]:
        if not dump.take(text):
            break
    return dump.errors
