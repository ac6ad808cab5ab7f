"""Single lines of what V8 and Node print of an error: its head and its frames."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormprobe.logs.model import Frame

LONGEST = 8_192
"""Longer lines are neither a frame nor the head of an error."""

_FRAME = re.compile(r"\s+at (?=\S)")
_PLACE = re.compile(r"^(.+?):(\d{1,9})(?::(\d{1,9}))?$")
_EVALED = re.compile(r"\(([^()]+:\d+:\d+)\)")
_ALIAS = re.compile(r" \[as [^\]]*\]$")

_NAME = r"[A-Za-z_$][\w$]{0,80}"
_HEAD = re.compile(
    r"(?P<word>Error|Exception|Rejection|(?<![\w$])error)(?: \[(?P<tag>[\w$.]{1,80})\])?"
    r"(?:: (?P<message>.*)|(?P<close>\])?(?P<brace> \{)?$|:$)",
    re.DOTALL,
)
_LONGEST_NAME = 80
_MOST_TRIES = 8
_LABELLED = re.compile(
    r"\[?[A-Z][\w$]{0,80}(?:Error|Exception)\b|\[?Error\b|(?:null|undefined|true|false|\d+),?$"
)
"""What stands behind `error: ` where that is a label of a value, or of another error."""
_VALUE = ("'", '"', "`", "{", "[")
_LOOSE = re.compile(
    rf"^\s*(?P<type>[A-Z]{_NAME})(?: \[(?P<tag>[\w$.]{{1,80}})\])?(?:: (?P<message>.*))?$"
)
_HINT = re.compile("rror|xception|Rejection")


@dataclass(frozen=True, slots=True)
class Head:
    """The line that begins an error. `lead`: what stands before it; `stackless`: in brackets.

    opens: the properties of the error stand below it, in braces. unclosed: its message goes on
    below, up to the bracket that closes it.
    """

    lead: str
    type: str
    tag: str | None
    message: str
    stackless: bool = False
    opens: bool = False
    unclosed: bool = False


@dataclass(frozen=True, slots=True)
class FrameLine:
    """A line `at ...`. `frame` is None where it names no file; `opens` as in `Head`."""

    frame: Frame | None
    opens: bool


def frame_line(text: str) -> FrameLine | None:
    """Reads `    at fn (/app/x.js:1:2)` and its relatives."""
    start = _FRAME.match(text)
    if start is None or len(text) > LONGEST:
        return None
    rest = text[start.end() :].rstrip()
    opens = rest.endswith(" {")
    rest = rest.removesuffix(" {").rstrip(",")
    if rest.endswith(")") and " (" in rest:
        function, _, place = rest[:-1].partition(" (")
        return FrameLine(_frame(function, place), opens)
    rest = rest.removeprefix("async ")
    if _PLACE.match(rest) is not None and not rest.startswith(" "):
        return FrameLine(_frame("<anonymous>", rest), opens)
    return FrameLine(None, opens) if rest in ("<anonymous>", "native") else None


def _frame(function: str, place: str) -> Frame | None:
    if place.startswith("eval at "):
        inner = _EVALED.search(place)
        if inner is None:
            return None
        place = inner[1]
    found = _PLACE.match(place)
    if found is None:
        return None
    name = _ALIAS.sub("", function.removeprefix("async ").strip())
    return Frame(path=found[1], line=int(found[2]), function=name)


def head_of(text: str) -> Head | None:
    """Reads `Error: ...`, `TypeError [ERR_X]: ...`, `error: ...`, `[Error: ...] {`."""
    if len(text) > LONGEST or _HINT.search(text) is None:
        return None
    at = 0
    for _ in range(_MOST_TRIES):
        found = _HEAD.search(text, at)
        if found is None:
            return None
        at = found.end("word")
        start = _start_of_name(text, found.start())
        if start is None:
            continue
        opened = text[start - 1 : start] == "["
        lead = text[: start - opened]
        if found["message"] is None and lead.strip() and not lead.rstrip().endswith(":"):
            continue
        if found["word"] == "error" and not _names_itself(lead, found["message"]):
            continue
        return _made(found, text[start : found.end("word")], lead, opened)
    return None


def _names_itself(lead: str, message: str | None) -> bool:
    """Whether `error` is the class of pg's errors; else a label, or a level, of what follows."""
    if lead.strip() and not lead.endswith(": "):
        return False
    if message is None:
        return True
    indented = bool(lead) and not lead.strip()
    return _LABELLED.match(message) is None and not (indented and message.startswith(_VALUE))


def _start_of_name(text: str, end: int) -> int | None:
    """Where the name begins whose last part stands at `end`; None where it is part of another."""
    start = end
    while (
        start > 0
        and end - start < _LONGEST_NAME
        and (text[start - 1].isalnum() or text[start - 1] in "_$")
    ):
        start -= 1
    before = text[start - 1 : start]
    if (before and (before in ".$/@-" or before.isalnum())) or text[start].isdigit():
        return None
    return start


def loose_head_of(text: str) -> Head | None:
    """The head of an error whose class is not named like one; a frame stands below it."""
    if len(text) > LONGEST:
        return None
    found = _LOOSE.match(text)
    if found is None:
        return None
    return Head("", found["type"], found["tag"], found["message"] or "")


def _made(found: re.Match[str], name: str, lead: str, opened: bool) -> Head | None:
    message = found["message"] or ""
    if not opened:
        return Head(lead, name, found["tag"], message, opens=bool(found["brace"]))
    bare = message.rstrip().removesuffix(",")
    opens = bare.endswith("] {")
    bare = bare.removesuffix(" {")
    unclosed = not bare.endswith("]") and not found["close"]
    if unclosed and lead.strip():
        return None
    return Head(
        lead,
        name,
        found["tag"],
        bare.removesuffix("]"),
        stackless=True,
        opens=opens or bool(found["brace"]),
        unclosed=unclosed,
    )
