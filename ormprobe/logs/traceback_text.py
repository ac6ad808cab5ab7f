"""Reads the text of one Python traceback, line by line, with its causes and its group's members.

The forms are those of CPython's `traceback` module from 3.8 on, and of loguru, which writes blank
lines and marks between the frames.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from ormprobe.logs.model import Thrown
from ormprobe.logs.sections import FRAME, Chain, Section

HEAD = "Traceback (most recent call last):"
CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
LINKS = {CAUSE: "cause", CONTEXT: "context"}

EXCEPTION = re.compile(
    r"([A-Za-z_]\w*(?:\.(?:[A-Za-z_]\w*|<locals>|<lambda>))*)(?::(?:[ \t](.*))?)?\s*$", re.DOTALL
)
_ERRORS_NAME = re.compile(
    r"(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group|DoesNotExist|Timeout|Cancelled"
    r"|Returned|Violation|NotFound|Denied|Failed|Failure|Fault|error|exception|timeout)\Z"
)
_LEVELS = frozenset(
    ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "NOTICE", "TRACE")
)

_GROUP_HEAD = re.compile(r"( *)[+|] Exception Group Traceback \(most recent call last\):\s*$")
_MEMBER = re.compile(r" *\+(-\+)?-+ (?:\d+|\.\.\.) -+\s*$")
_MEMBERS_END = re.compile(r" *\+-+\s*$")
_MARGIN = re.compile(r"( *)\|(?: (.*))?$")

RECORD = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[ T]|\[?\d\d/[A-Z][a-z]{2}/\d{4}|\[?\d\d:\d\d:\d\d"
    r"|\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|NOTICE|TRACE)\b"
    r"|\d{1,3}(?:\.\d{1,3}){3}[ :]|(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /|\{\s*\""
    r"|(?:Not Found|Bad Request|Method Not Allowed|Internal Server Error|Forbidden[^:]*"
    r"|Unauthorized|Error handling request|Exception in |Task exception was never|Exception ign)"
    r"|\S+:\d+: \w+Warning: |[\s╭+]*[─-]*\s?Traceback \(most recent call last\)"
)
"""How a line begins that is not the rest of an exception's message."""
_CONTINUED = re.compile(
    r"[ \t]|\[SQL: |\[parameters: |\[cached since |\[generated in |\(Background on this error at: "
    r"|LINE \d+: |(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|WHERE): |SQL: |Params: |- |For further inf"
)
_SQLALCHEMYS = re.compile(
    r"\[SQL: |\[parameters: |\[cached since |\[generated in |\(Background on this error at: "
)
_VALIDATION = re.compile(r"\d+ validation errors?(?: for |:)")
_REPEATED = re.compile(r"\s*\[Previous line repeated \d+ more times?\]")
_GROUP = re.compile(r"  \| [\w.]+: .*\(\d+ sub-exceptions?\)\s*$")
_LOOSE = 20
_DEEPEST = 30
_MESSAGE_LINES = 400


class Took(Enum):
    YES = auto()
    MAYBE = auto()
    """It may be a further line of the message, or somebody else's."""
    FOREIGN = auto()
    """Not of the traceback, which may go on."""
    NO = auto()
    """Not of the traceback, which is over."""


class _State(Enum):
    START = auto()
    FRAMES = auto()
    MESSAGE = auto()


class TracebackText:
    """One traceback while it is read."""

    def __init__(self, *, certain: bool = False) -> None:
        self.certain = certain
        """Whether every line is known to be the traceback's, as in a field of a JSON object."""
        self._chains = [Chain()]
        self._states = [_State.START]
        self._loose: list[str] = []
        self._blank = False
        self._in_sql = False
        self._lines = 0
        self._in_group = False

    @classmethod
    def after(cls, name: str, message: str, link: str) -> TracebackText:
        """One whose first exception was printed without a stack, as one that was never raised."""
        made = cls()
        made._current.name = name
        made._current.add_message(message)
        made._chains[0].link(LINKS[link])
        return made

    @property
    def complete(self) -> bool:
        """Whether the exception that surfaced has been named."""
        return len(self._chains) == 1 and self._states[-1] is _State.MESSAGE

    @property
    def empty(self) -> bool:
        chain = self._chains[0]
        return not chain.done and not chain.current.name and not chain.current.frames

    def thrown(self, *, at_end: bool = False) -> tuple[Thrown, ...]:
        """The chain. at_end: the log is over, so what followed the message belonged to it."""
        if at_end or self.certain:
            self._keep_loose()
        while len(self._chains) > 1:
            self._close_member()
        return self._chains[0].thrown()

    def take(self, text: str, *, adjacent: bool = True) -> Took:
        """Read a line. adjacent: the line before it was taken."""
        if "|" in text or "+" in text:
            took = self._take_group(text)
            if took is not None:
                return took
        return self._content(text, certain=self.certain, adjacent=adjacent)

    def _take_group(self, text: str) -> Took | None:
        """Read a line in a group's margin, None where it is none."""
        if _GROUP_HEAD.match(text) is not None and not self._in_group:
            if self._states[-1] is not _State.START:
                return Took.NO
            self._in_group = True
            self._states[-1] = _State.FRAMES
            return Took.YES
        if not self._in_group:
            # a group that was never raised itself has no head
            self._in_group = self.empty and is_group_without_stack(text)
            if not self._in_group:
                return None
        if (member := _MEMBER.match(text)) is not None:
            if member[1] is None and len(self._chains) > 1:
                self._close_member()
            if len(self._chains) < _DEEPEST:
                self._chains.append(Chain())
                self._states.append(_State.START)
            return Took.YES
        if _MEMBERS_END.match(text) is not None:
            if len(self._chains) > 1:
                self._close_member()
            return Took.YES
        margin = _MARGIN.match(text)
        if margin is None:
            return None
        while len(self._chains) > max(len(margin[1]) // 2, 1):
            self._close_member()
        self._content(margin[2] or "", certain=True, adjacent=True)
        return Took.YES

    def _close_member(self) -> None:
        self._keep_loose()  # before 3.13 only a message's first line stands in the margin
        chain = self._chains.pop()
        self._states.pop()
        found = chain.thrown("member")
        if found and found[0].type:
            self._chains[-1].current.members.append(found)

    @property
    def _current(self) -> Section:
        return self._chains[-1].current

    def _content(self, text: str, *, certain: bool, adjacent: bool) -> Took:
        state = self._states[-1]
        if state is _State.MESSAGE:
            return self._in_message(text, certain=certain, adjacent=adjacent)
        if not text.strip():
            return Took.YES
        if text.startswith(HEAD) or (certain and text.endswith("Traceback " + HEAD[10:])):
            if state is _State.FRAMES:
                return Took.NO
            self._states[-1] = _State.FRAMES
            return Took.YES
        frame = FRAME.match(text)
        if frame is not None:
            self._states[-1] = _State.FRAMES
            self._current.add_frame(frame[1], frame[2], frame[3])
            return Took.YES
        if state is _State.FRAMES and text[0] in " \t>":
            if _REPEATED.match(text) is None:
                self._current.add_code(text)
            return Took.YES
        if self._take_exception(text, certain=certain, adjacent=adjacent):
            return Took.YES
        return Took.FOREIGN

    def _take_exception(self, text: str, *, certain: bool, adjacent: bool) -> bool:
        found = exception_of(text, strict=not (certain or adjacent))
        if found is None:
            return False
        self._current.name, message = found
        self._current.add_message(message)
        self._states[-1] = _State.MESSAGE
        self._blank, self._lines = False, 0
        self._loose.clear()
        self._in_sql = message.startswith("[SQL: ") and not message.endswith("]")
        return True

    def _in_message(self, text: str, *, certain: bool, adjacent: bool) -> Took:
        relation = LINKS.get(text.strip())
        if relation is not None:
            self._keep_loose()
            self._chains[-1].link(relation)
            self._states[-1] = _State.START
            self._in_group = len(self._chains) > 1
            return Took.YES
        if self._in_sql:
            return self._more(text)
        if not text.strip():
            self._blank = True
            if certain:
                self._loose.append("")
            return Took.YES
        if certain:
            if text.startswith(HEAD):
                return Took.NO
            self._keep_loose()
            return self._more(text)
        if self._lines > _MESSAGE_LINES or HEAD in text:
            return Took.NO
        if self._continues(text, adjacent):
            self._keep_loose()
            return self._more(text)
        if RECORD.match(text) or len(self._loose) >= _LOOSE:
            return Took.NO
        self._loose.append("" if self._blank else text)
        return Took.MAYBE

    def _continues(self, text: str, adjacent: bool) -> bool:
        if _SQLALCHEMYS.match(text):
            return True
        validation = _VALIDATION.match(self._current.message[0]) is not None
        if self._blank:
            return validation and text[0] in " \t"
        if not adjacent:
            return False
        return _CONTINUED.match(text) is not None or (validation and not RECORD.match(text))

    def _more(self, text: str) -> Took:
        self._current.add_message(text)
        self._lines += 1
        self._blank = False
        if text.startswith("[SQL: "):
            self._in_sql = True
        if self._in_sql and (text.rstrip().endswith("]") or self._lines > _MESSAGE_LINES):
            self._in_sql = False
        return Took.YES

    def _keep_loose(self) -> None:
        """Lines that followed the message are the message's, up to the first blank one."""
        for text in self._loose:
            if not text and not self.certain:
                break
            if text != '"""':  # around the traceback of another process
                self._current.add_message(text)
        self._loose.clear()


def exception_of(text: str, *, strict: bool) -> tuple[str, str] | None:
    """The name and message of an exception's line. strict: the name must look like an error's."""
    found = EXCEPTION.match(text)
    if found is None or found[1] in _LEVELS:
        return None
    name = found[1]
    last = name.rpartition(".")[2]
    named = _ERRORS_NAME.search(last) is not None
    if not named and (strict or ("." not in name and not last.lstrip("_")[:1].isupper())):
        return None
    return name, (found[2] or "").rstrip()


def is_group_without_stack(text: str) -> bool:
    return text.startswith("  | ") and _GROUP.match(text) is not None
