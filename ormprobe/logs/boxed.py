"""Rich's tracebacks, in a frame of lines: rewritten as Python writes them, line by line."""

from __future__ import annotations

import re

from ormprobe.logs.traceback_text import HEAD

_TOP = re.compile(r"\s*[╭┌+][─-]+\s*Traceback \(most recent call last\)\s*[─-]+[╮┐+]\s*$")
_BOTTOM = re.compile(r"\s*[╰└+][─-]{10,}[╯┘+]\s*$")
_FRAME = re.compile(r"\s*[│|] (\S.*?):(\d{1,9})(?: in (\S.*?))?\s*[│|]\s*$")
_CODE = re.compile(r"\s*[│|] [❱>] +\d+ ?(.*?)\s*[│|]\s*$")
_INSIDE = re.compile(r"\s*[│|].*[│|]\s*$")


def is_top(text: str) -> bool:
    return "most recent call last) " in text and _TOP.match(text) is not None


class Box:
    """The lines of one frame. `take` gives the line that Python would have written, "" for none.

    None is given for what does not lie in the frame; after its lower edge nothing does.
    """

    def __init__(self) -> None:
        self.open = False

    def take(self, text: str) -> str | None:
        if is_top(text):
            self.open = True
            return HEAD
        if not self.open:
            return None
        if _BOTTOM.match(text) is not None:
            self.open = False
            return ""
        code = _CODE.match(text)
        if code is not None:
            return "    " + code[1]
        frame = _FRAME.match(text)
        if frame is not None:
            return f'  File "{frame[1]}", line {frame[2]}, in {frame[3] or "<module>"}'
        return "" if _INSIDE.match(text) is not None else None
