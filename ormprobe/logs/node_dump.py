"""The text of one error, line by line: frames, then properties as `util.inspect` prints them.

Nested errors (`parent`, `original`, `[cause]`, `[errors]`) are told by their lines' indents, so a
line costs the same whatever stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormprobe.logs.node_error import KEPT, Made
from ormprobe.logs.node_lines import Head, frame_line, head_of

MOST_LINES = 4_000
MOST_ERRORS = 50
MOST_BRACKET_LINES = 20
LONGEST_TEXT = 65_536

_RELATIONS = {"parent": "orig", "original": "orig", "cause": "cause", "[cause]": "cause"}
_PROPERTY = re.compile(r"([\w$]+|\[[\w.]+\]|'[^']{0,80}'): (.*)", re.DOTALL)
_REFERENCE = re.compile(r"^<ref \*\d+> ")
_CAUSED = re.compile(r"^\s*caused by: (?=\w)", re.IGNORECASE)
_EMITTED = re.compile(r"^Emitted 'error' event ")
_SAME_FRAMES = re.compile(r"^\s+\.\.\. \d+ lines matching (?:cause )?stack trace \.\.\.")
_VERBOSE = re.compile(r"^\s*--> in \w+#\w+\(")
_STRING = re.compile(r"(['\"`])((?:(?!\1)[^\\]|\\.)*)\1?( \+)?,?$", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(slots=True)
class _Context:
    """An error or another value that is still open."""

    indent: int
    error: Made | None
    braced: bool
    key: str = ""


class Dump:
    """Takes the lines below an error's head. `errors`: all of them, the outermost first."""

    def __init__(self, head: Head, indent: int = 0) -> None:
        root = Made(head.type, head.tag, head.message)
        self.errors = [root]
        self.done = head.stackless and not head.opens and not head.unclosed
        self._bracket = MOST_BRACKET_LINES if head.unclosed else 0
        self._open = [_Context(indent, root, head.opens)]
        self._lines = 0
        self._skip_frames = False
        self._text: tuple[Made | None, str] | None = None

    @property
    def told(self) -> bool:
        """Whether more than frames was read: something that an error has, and a stack has not."""
        return bool(self.errors[0].properties) or len(self.errors) > 1

    def take(self, text: str) -> bool:
        """Whether the line is part of the error; what ends it is not."""
        if self.done or self._lines >= MOST_LINES or len(text) > LONGEST_TEXT:
            return False
        self._lines += 1
        if self._bracket:
            return self._in_bracket(text)
        return self._goes_on(text) or self._frame(text) or self._below(text)

    def _in_bracket(self, text: str) -> bool:
        """A message of several lines in brackets, of an error without a stack."""
        top = self._open[-1]
        bare = text.rstrip().removesuffix(",")
        top.braced = bare.endswith("] {")
        self._bracket = 0 if bare.endswith(("]", "] {")) else self._bracket - 1
        if top.error is not None and not _EMITTED.match(text) and bare.strip(" ]{"):
            top.error.more(bare.removesuffix(" {").removesuffix("]"))
        if not self._bracket and not top.braced:
            self._open.pop()
            self.done = not self._open
        return True

    def _goes_on(self, text: str) -> bool:
        """Another part of a long string: `'...' +`."""
        if self._text is None:
            return False
        part = _STRING.fullmatch(text.strip())
        error, key = self._text
        if part is None:
            self._text = None
            return False
        if error is not None and len(error.properties[key]) < LONGEST_TEXT:
            error.properties[key] += _plain(part[2])
        if not part[3]:
            self._text = None
        return True

    def _frame(self, text: str) -> bool:
        top = self._open[-1]
        if top.braced:
            return False
        found = frame_line(text)
        if found is not None:
            if top.error is not None and not self._skip_frames:
                top.error.add(found.frame)
            top.braced = found.opens
        elif _SAME_FRAMES.match(text):
            top.braced = text.rstrip().endswith("{")
        elif _EMITTED.match(text):
            self._skip_frames = True
            return True
        elif top.error is not None and _VERBOSE.match(text):
            _statement(top.error, text)
        else:
            return False
        if top.braced:
            self._skip_frames = False
        return True

    def _below(self, text: str) -> bool:
        indent = len(text) - len(text.lstrip())
        bare = text.strip()
        while self._open and not self._open[-1].braced:
            top = self._open[-1]
            if len(self._open) == 1:
                return self._after_frames(top, text)
            if top.error is not None and not top.error.frames and indent > top.indent:
                top.error.more(bare)  # a message of several lines
                return True
            self._open.pop()
        if bare.startswith(("}", "]")):
            self._close(indent)
            return True
        if bare and indent <= self._open[0].indent:
            self.done = True  # torn: this is of another text
            return False
        if bare:
            self._property(bare, indent)
        return True

    def _after_frames(self, root: _Context, text: str) -> bool:
        caused = _CAUSED.match(text)
        head = head_of(text[caused.end() :]) if caused else None
        if head is None or len(self.errors) >= MOST_ERRORS:
            self.done = True
            return False
        self._open[0] = _Context(root.indent, self._error(head, "cause"), False)
        return True

    def _close(self, indent: int) -> None:
        while self._open and self._open[-1].indent >= indent:
            self._open.pop()
        self.done = not self._open

    def _property(self, bare: str, indent: int) -> None:
        top = self._open[-1]
        key, value, head = _value(bare, in_list=top.error is None)
        if head is not None and not head.lead and len(self.errors) < MOST_ERRORS:
            self._bracket = MOST_BRACKET_LINES if head.unclosed else 0
            if head.stackless and not head.opens and not head.unclosed:
                self._error(head, self._relation(key))
            else:
                error = self._error(head, self._relation(key))
                self._open.append(_Context(indent, error, head.opens))
        elif value.endswith(("{", "[", "(")) and len(self._open) < MOST_ERRORS:
            self._open.append(_Context(indent, None, True, key))
        elif key:
            self._keep(top.error, key, value)

    def _keep(self, error: Made | None, key: str, value: str) -> None:
        text = _STRING.fullmatch(value) if len(value) < LONGEST_TEXT else None
        if error is not None and key in KEPT:
            plain = _plain(text[2]) if text else value.rstrip(",")
            if plain not in ("undefined", "null"):
                error.properties[key] = plain
        if text and text[3]:
            kept = error is not None and key in error.properties
            self._text = (error if kept else None, key)

    def _error(self, head: Head, relation: str | None) -> Made:
        made = Made(head.type, head.tag, head.message, relation)
        if relation is not None:
            self.errors.append(made)
        return made

    def _relation(self, key: str) -> str | None:
        """None for what some other object holds: it is not of the chain."""
        top = self._open[-1]
        if top.error is None:
            members = not key and top.key.strip("[]") in ("errors", "aggregateErrors")
            return "member" if members else None
        return _RELATIONS.get(key, "cause")


def _value(bare: str, *, in_list: bool) -> tuple[str, str, Head | None]:
    """The key of a property, its value, and the head of the error that the value is."""
    bare = _REFERENCE.sub("", bare)
    if in_list:
        head = head_of(bare)
        if head is not None and not head.lead:
            return "", bare, head
    named = _PROPERTY.fullmatch(bare)
    key, value = (named[1], named[2]) if named else ("", bare)
    value = _REFERENCE.sub("", value)
    quoted = value.startswith(("'", '"', "`"))
    return key, value, None if quoted else head_of(value)


def _statement(error: Made, text: str) -> None:
    """The SQL of sqlite3's verbose mode: `--> in Database#get('SELECT ...', [...], ...)`."""
    start = text.index("(") + 1
    found = _FIRST_STRING.match(text[start : start + LONGEST_TEXT])
    if found is not None:
        error.sql = _plain(found[2])


_FIRST_STRING = re.compile(r"(['\"`])((?:(?!\1)[^\\]|\\.)*)\1", re.DOTALL)


def _plain(text: str) -> str:
    """A string as it was before `util.inspect` escaped it."""
    return _ESCAPED.sub(lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)
