"""Where a connection was closed, in case it is used afterwards."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from ...callsite import APP
from ...loops import task_number
from ...recorder import Recorder
from .endings import current_ending

CLOSED = "_ormprobe_closed"
GIVEN = "_ormprobe_given"
"""Marks a connection that a session has handed to the app: who ends the session closes it, too."""

_NEAR = 9  # frames between the pool and the app's line, where the app itself asked for it

Closing = Tuple[int, int, Optional[int]]
"""When, at which site, in which task."""


def closed(recorder: Recorder, frame: Any, close: Any) -> None:
    """Note the app's line, while the pool takes a connection back.

    Only where that is near: nobody uses the connections of a session that is closed, but those that
    it has handed out. close: the code of `Connection.close`.
    """
    kind = recorder.sites.kind
    found: Any = None
    site = 0
    for _ in range(_NEAR):
        if frame is None:
            ending = current_ending()
            site = 0 if ending is None else ending.site
            break
        if frame.f_code is close:
            found = frame
        elif kind(frame.f_code.co_filename) == APP:
            site = recorder.site(frame)
            break
        frame = frame.f_back
    if found is None:
        return
    connection = found.f_locals.get("self")
    if connection is None or CLOSED in connection.__dict__:
        return
    if not site and GIVEN in connection.__dict__:
        stack = recorder.sites.app_stack(found, 1)
        site = recorder.site(stack[0]) if stack else 0
    if site:
        connection.__dict__[CLOSED] = (recorder.at(), site, task_number())


def fields_of(closing: Optional[Closing]) -> Optional[Dict[str, Any]]:
    """A closing as an error event holds it."""
    if closing is None:
        return None
    at, site, task = closing
    found = {"at": at, "site": site or None, "task": task}
    return {name: value for name, value in found.items() if value is not None}
