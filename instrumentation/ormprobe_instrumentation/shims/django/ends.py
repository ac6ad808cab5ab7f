"""The ends of transactions: with the writes that each settled, who asked for it and where."""

from __future__ import annotations

import sys
from typing import Any, List, Optional, Tuple

from ...recorder import Recorder
from .links import Link, app_frames


def end(recorder: Recorder, link: Link, how: str, frame: Any, left: Optional[bool] = None) -> None:
    """End a link's transaction.

    frame: the innermost one that asked for it. left: of the exit of a block that is not on the
    stack any more, whether an exception is on its way.
    """
    transaction, link.transaction = link.transaction, None
    marked, link.marked = link.marked, None
    if transaction is None or not transaction.statements:
        return
    if not transaction.settles():
        transaction.end(recorder, how)
        return
    if left is None:
        by, raised = _who(recorder, how, frame)
    else:
        by, raised = ("exception" if left else "exit"), left
    frames: List[int] = app_frames(recorder, frame, 8)
    if how == "rollback" and by == "exit" and marked is not None:  # the app had marked it for that
        by, raised = marked.by, marked.raised
        frames = marked.frames or frames
    transaction.end(recorder, how, by, frames, raised)


def _who(recorder: Recorder, how: str, frame: Any) -> Tuple[str, bool]:
    """Who asked for an end, and whether an exception is on its way."""
    _, passed = recorder.sites.walk(frame)
    left: Any = None
    for name, found in passed or ():
        if name == "exit":
            left = found
    raised = sys.exc_info()[0] is not None
    if left is not None and left.f_locals.get("exc_type") is not None:
        raised = True
    if how == "commit":
        return ("app" if left is None else "exit"), raised
    if how == "close":
        return ("exception" if raised else "close"), raised
    if left is None:
        return "app", raised
    return ("exception" if raised else "exit"), raised
