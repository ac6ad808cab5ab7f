"""The way from a statement to the app's line that sent it, remembered by the statement's text.

To walk up the stack costs more than the rest of a statement's line, and most statements are sent
from where their text was sent before. A remembered way holds again when the app's frame is as far
away, at the same instruction, and the frame that it called and one halfway are the same.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any, Dict, List, Tuple

_TEXTS = 4096
_WAYS = 4  # of one text
_FIRST = 3  # how far from `Paths.again` the first frame is that a way is made of


class Path:
    """A way that was walked: to which site, and what the statement's line says of it, as JSON."""

    __slots__ = ("depth", "code", "instruction", "below", "halfway", "between", "site", "said")

    def __init__(self, codes: List[CodeType], frame: FrameType, site: int, said: str) -> None:
        self.depth = _FIRST + len(codes)
        self.code = frame.f_code
        self.instruction = frame.f_lasti
        self.below = codes[-1]
        self.halfway = _FIRST + len(codes) // 2
        self.between = codes[len(codes) // 2]
        self.site = site
        self.said = said


class Paths:
    """The ways of statements, by the number of their text."""

    def __init__(self) -> None:
        self.known: Dict[int, List[Path]] = {}

    def learn(self, sql: int, start: FrameType, frame: FrameType, site: int, said: str) -> None:
        """Remember the way from `start`, the frame that the hook was called by, to the app's."""
        ways = self.known.get(sql)
        if ways is None:
            if len(self.known) >= _TEXTS:
                self.known.clear()
            ways = self.known[sql] = []
        if len(ways) < _WAYS:
            codes = _between(start, frame)
            if codes:
                ways.append(Path(codes, frame, site, said))

    def again(self, sql: int) -> Tuple[Any, Any]:
        """The app's frame and the way to it, where that is known; else None.

        To be called by a function that the hook calls.
        """
        ways = self.known.get(sql)
        if ways is not None:
            getframe = sys._getframe
            for path in ways:
                try:
                    frame = getframe(path.depth)
                except ValueError:  # so deep is this stack not
                    continue
                if (
                    frame.f_code is path.code
                    and frame.f_lasti == path.instruction
                    and getframe(path.depth - 1).f_code is path.below
                    and getframe(path.halfway).f_code is path.between
                ):
                    return frame, path
        return None, None


def _between(start: Any, frame: FrameType) -> List[CodeType]:
    """The code from `start` up to the app's frame; nothing where that is on another stack."""
    codes: List[CodeType] = []
    while start is not frame:
        if start is None:
            return []
        codes.append(start.f_code)
        start = start.f_back
    return codes
