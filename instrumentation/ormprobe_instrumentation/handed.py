"""Work that was handed to a thread: the app's lines that asked for it, which its stack lacks.

Who hands work on notes them here, and contextvars carry them to the thread. A hook that finds no
line of the app on its own stack asks `handed_by`.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import FrameType
from typing import List, Optional

from .recorder import Recorder


class Handed:
    """The line that handed work on, and the lines that led to it, innermost first.

    site: its number. callers: as of a statement. started: when the trace's file was begun.
    """

    __slots__ = ("site", "callers", "started")

    def __init__(self, site: int, callers: List[int], started: int) -> None:
        self.site = site
        self.callers = callers
        self.started = started


_handed: ContextVar[Optional[Handed]] = ContextVar("ormprobe_handed", default=None)


def handed_by(recorder: Recorder) -> Optional[Handed]:
    """Who handed on the work that runs here; None where that is not known, or nobody did."""
    found = _handed.get()
    return found if found is not None and found.started == recorder.started else None


def handed_at(recorder: Recorder, frame: FrameType) -> Handed:
    """What is noted of an app's frame that hands work on.

    The frame itself is not kept: it would keep its locals alive in every copy of the context.
    """
    return Handed(recorder.site(frame), recorder.callers(frame), recorder.started)


def hand_on(found: Optional[Handed]) -> Token[Optional[Handed]]:
    """Note who hands on what runs from here; None for what nobody handed on."""
    return _handed.set(found)


def take_back(token: Token[Optional[Handed]]) -> None:
    """The work is done."""
    try:
        _handed.reset(token)
    except ValueError:  # another context: closed by the collector
        pass
