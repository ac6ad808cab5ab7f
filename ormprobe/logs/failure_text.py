"""How pytest shows why a test failed: its long, short, line and native forms."""

from __future__ import annotations

import re

from ormprobe.logs.model import Thrown
from ormprobe.logs.sections import Chain
from ormprobe.logs.traceback_text import CAUSE, CONTEXT, HEAD, Took, TracebackText, exception_of

_LINKS = {CAUSE: "cause", CONTEXT: "context"}
_LINK = re.compile(r"(?:The above exception was the direct|During handling of the above exception)")
_SAID = re.compile(r"E(?:   ( *)(.*))?$")
_SHORT = re.compile(r"(\S[^:]*|[A-Za-z]:[^:]+):(\d{1,9}): in (.+)$")
_PLACE = re.compile(r"(\S[^:]*|[A-Za-z]:[^:]+):(\d{1,9}): ?([A-Za-z_][\w.]*)?$")
_ONE_LINE = re.compile(r"(\S[^:]*|[A-Za-z]:[^:]+):(\d{1,9}): (\S.*)$")
_AT = re.compile(r"> +(.*)")
_DEF = re.compile(r"\s*(?:async )?def (\w+)\(")


class FailureText:
    """The text of one failure while it is read, line by line."""

    def __init__(self) -> None:
        self._chain = Chain()
        self._native: TracebackText | None = None
        self._function: str | None = None
        self._code: str | None = None
        self._indent = 0
        self._short = False

    def take(self, text: str) -> None:
        if self._native is not None:
            if self._native.take(text) is Took.NO:
                self._native.certain = False
            return
        if HEAD in text and not text.startswith(("E ", ">")):
            self._native = TracebackText(certain=True)
            self._native.take(text)
            return
        said = _SAID.match(text)
        if said is not None:
            self._say(len(said[1] or ""), (said[1] or "") + (said[2] or ""))
            return
        if _LINK.match(text) is not None and text.strip() in _LINKS:
            self._chain.link(_LINKS[text.strip()])
            self._function = self._code = None
            return
        self._place(text)

    def chain(self) -> tuple[Thrown, ...]:
        """The exceptions of the failure, the one that surfaced first."""
        found = self._chain.thrown() if self._native is None else self._native.thrown()
        return found if found and (found[0].type or found[0].frames) else ()

    def _say(self, indent: int, text: str) -> None:
        section = self._chain.current
        if section.message or section.name:
            section.add_message(text[min(self._indent, indent) :])
            return
        self._indent = indent
        text = text.strip()
        found = exception_of(text, strict=False)
        if found is not None and (": " in text or (not found[1] and " " not in text)):
            section.name = found[0]
            section.add_message(found[1])
        else:
            if text.startswith("assert "):
                section.name = "AssertionError"
            section.add_message(text)

    def _place(self, text: str) -> None:
        section = self._chain.current
        if (short := _SHORT.match(text)) is not None:
            section.add_frame(short[1], short[2], short[3])
            self._short = True
        elif (place := _PLACE.match(text)) is not None:
            section.add_frame(place[1], place[2], self._function)
            if self._code:
                section.add_code(self._code)
            if place[3] and not section.name:
                section.name = place[3]
            self._function = self._code = None
        elif (at := _AT.match(text)) is not None:
            self._code = at[1]
            if self._function is None and (defined := _DEF.match(text[1:])) is not None:
                self._function = defined[1]
        elif text[:1] == " " or text.startswith(("def ", "async def ")):
            if self._short:
                section.add_code(text)
                self._short = False
            elif self._function is None and (defined := _DEF.match(text)) is not None:
                self._function = defined[1]
        elif not section.frames and (line := _ONE_LINE.match(text)) is not None:
            asserted = ("AssertionError", line[3]) if line[3].startswith("assert ") else None
            found = asserted or exception_of(line[3], strict=True)
            if found is not None:
                section.add_frame(line[1], line[2], None)
                section.name = found[0]
                section.add_message(found[1])


def line_form(text: str) -> tuple[Thrown, ...]:
    """The exception of `--tb=line`: `path:7: ValueError: no`."""
    if _ONE_LINE.match(text) is None:
        return ()
    reader = FailureText()
    reader.take(text)
    return reader.chain()
