"""Lines that tell of a run's start, its end and its errors, one notice a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormprobe.logs.model import Item, Line, Notice, NoticeKind
from ormprobe.logs.node_json import traceback_of
from ormprobe.logs.node_lines import head_of
from ormprobe.logs.notice_forms import FORMS, Form
from ormprobe.logs.structured import Fields, fields_of, inner, text_at

LONGEST = 4_096
"""So many characters of a line are looked at."""

_BEGINNING = re.compile(r"(?<![a-z])[a-z]{3}[a-z]?")


def _by_beginning() -> dict[str, tuple[int, ...]]:
    """The forms that a word which begins so may be of: most lines have no such word."""
    found: dict[str, tuple[int, ...]] = {}
    for number, form in enumerate(FORMS):
        for word in form.words:
            beginning = _BEGINNING.findall(word)[0]
            found[beginning] = tuple(dict.fromkeys((*found.get(beginning, ()), number)))
    return found


_FORMS_OF = _by_beginning()

_LEVEL = re.compile(r"\b(?:ERROR|CRITICAL|FATAL|SEVERE|PANIC)\b(?=[\]):|,\s-]|$)")
_OWN = re.compile(
    r"^(?:❌|\[?(?:error|fatal|panic)\]?:|(?:Error|Failed|Failure|Fatal) \w+[^.!?]*:"
    r"|Unhandled (?:error|exception|rejection)|Uncaught exception)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"(?!DEBUG|INFO|TRACE|Executing)\S.{0,100}?[\s)\]](?:error|failed|failure|exception): "
    r"(?!0\b|null|none|undefined|false|no$)\S",
    re.IGNORECASE,
)
"""`GET /ships error: no such table`: what an app prints of an error that it caught."""
_DOTTED = re.compile(r"[A-Za-z_][\w.]{0,200}(?:Error|Exception)(?:: |$)")
_NODE_WARNING = re.compile(
    r"^\(node:\d+\) (?:\[[\w-]+\] )?(?P<class>\w*Warning[\w.-]*): "
    r"|^\(node:\d+\) (?P<any>\w+): "
)
_PYTHON_WARNING = re.compile(r"^(?P<path>[^\s:][^:]*):(?P<line>\d{1,7}): (?P<class>\w*Warning): ")
_PLACE = re.compile(
    r"^\s*(?:File \"(?P<py>[^\"]+)\", line (?P<l>\d{1,7})|(?P<js>/\S+):(?P<m>\d{1,7})$)"
)
_TYPED = re.compile(
    r"^(?P<path>[^\s(:]+)[(:](?P<line>\d{1,7})[,:]\d+\)?:? (?:- )?(?:error TS\d+|ERROR): "
)
_ALARMS = ("error", "fail", "exception", "critical", "fatal", "severe", "panic", "uncaught", "❌")
_SEVERE = frozenset(("error", "err", "fatal", "critical", "crit", "alert", "emerg", "severe"))


@dataclass(frozen=True, slots=True)
class Said:
    kind: NoticeKind
    category: str | None = None
    path: str | None = None
    at: int | None = None


def said_by(text: str) -> Said | None:
    """What a line of plain text says; None where it is ordinary output."""
    text = text[:LONGEST]
    if not text:
        return None
    low = text.lower()
    if "warning" in low or text.startswith("(node:"):
        warned = _warning(text)
        if warned is not None:
            return warned
    beginnings = _FORMS_OF.keys() & _BEGINNING.findall(low)
    for number in sorted({number for key in beginnings for number in _FORMS_OF[key]}):
        if _fits(FORMS[number], text, low):
            typed = _TYPED.match(text)
            if typed is not None:
                return Said(FORMS[number].kind, path=typed["path"], at=int(typed["line"]))
            return Said(FORMS[number].kind)
    return _error(text, low)


def _fits(form: Form, text: str, low: str) -> bool:
    return (
        any(word in low for word in form.words)
        and (form.pattern is None or form.pattern.search(text) is not None)
        and (form.unless is None or form.unless.search(text) is None)
    )


def _warning(text: str) -> Said | None:
    node = _NODE_WARNING.match(text)
    if node is not None:
        return Said(NoticeKind.WARNING, node["class"] or node["any"])
    python = _PYTHON_WARNING.match(text)
    if python is None:
        return None
    kind = NoticeKind.NOT_AWAITED if "was never awaited" in text else NoticeKind.WARNING
    return Said(kind, python["class"], python["path"], int(python["line"]))


def _error(text: str, low: str) -> Said | None:
    if not any(word in low for word in _ALARMS):
        return None
    typed = _TYPED.match(text)
    if typed is not None:
        return Said(NoticeKind.ERROR, path=typed["path"], at=int(typed["line"]))
    if _levelled(text) or _OWN.match(text) or _TOLD.match(text) or _headed(text):
        return Said(NoticeKind.ERROR)
    return None


def _headed(text: str) -> bool:
    """The head of an error, of Python or Node; not one that stands in a value."""
    if _DOTTED.match(text) is not None:
        return True
    head = head_of(text)
    if head is None:
        return False
    lead = head.lead.rstrip()
    return not lead or lead[-1] in ":>-)]|}"


def _levelled(text: str) -> bool:
    """A level stands at the beginning, after a time, or in the brackets of a logging format."""
    found = _LEVEL.search(text, 0, 160)
    if found is None:
        return False
    before = text[: found.start()].rstrip()
    return not before.strip("[(<* ") or before[-1] in "[(|-:" or _TIME.search(before) is not None


_TIME = re.compile(r"\d\d:\d\d")


class Notices:
    """The notices of a log, with the place that stands above an error of syntax."""

    def __init__(self) -> None:
        self._place: tuple[int, str, int] | None = None

    def take(self, line: Line, items: list[Item]) -> bool:
        text = line.text[:LONGEST]
        place = _PLACE.match(text) if text[-1:] not in ("", ".") else None
        if place is not None:
            path, at = place["py"] or place["js"], place["l"] or place["m"]
            self._place = (line.number, path, int(at))
        found = self._notice(line, text)
        if found is None:
            return False
        items.append(found)
        return True

    def end(self, items: list[Item]) -> None:
        """A notice is complete with its line: nothing is open."""

    def _notice(self, line: Line, text: str) -> Notice | None:
        if text[:1] == "{":
            fields = fields_of(line.text)
            if fields is not None:
                return _of_fields(line, fields)
        said = said_by(text)
        if said is None:
            return None
        path, at = said.path, said.at
        if said.kind is NoticeKind.BAD_SYNTAX and path is None and self._place is not None:
            number, found, row = self._place
            if line.number - number <= 8:
                path, at = found, row
        return _made(line, said, text, path, at)


def _made(line: Line, said: Said, text: str, path: str | None, at: int | None) -> Notice:
    return Notice(
        kind=said.kind,
        line=line.number,
        text=text,
        category=said.category,
        path=path,
        at=at,
        source=line.source,
    )


def _of_fields(line: Line, fields: Fields) -> Notice | None:
    """A notice from a line of JSON: by its message, else by its level."""
    if '"stack"' in line.text and traceback_of(fields, line) is not None:
        return None
    message = text_at(fields, ("msg", "message", "event"))
    if message is None:
        message = text_at(inner(fields, "err"), ("message",))
    if message is None:
        return None
    said = said_by(message)
    if said is None and _severe(fields.get("level", fields.get("severity"))):
        said = Said(NoticeKind.ERROR)
    if said is None:
        return None
    return _made(line, said, message[:LONGEST], said.path, said.at)


def _severe(level: object) -> bool:
    if isinstance(level, int):
        return level >= 50
    return isinstance(level, str) and level.lower() in _SEVERE


def notice_of(line: Line) -> Notice | None:
    """The notice of a line of plain text, seen alone."""
    said = said_by(line.text)
    return None if said is None else _made(line, said, line.text[:LONGEST], said.path, said.at)
