"""Where a connection was closed, in case it is used afterwards."""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional, Tuple

from ...hooks import Hooks, hide_own_frame
from ...loops import task_number
from ...recorder import Recorder
from ...shim import Switch
from .endings import current_ending

CLOSED = "_ormprobe_closed"
_NEAR = 6  # frames between `close` and the app's line, where the app itself asked for it

Closing = Tuple[int, int, Optional[int]]
"""When, at which site, in which task."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.engine import Connection

    def make_close(original: Any) -> Any:
        def close(self: Any) -> Any:
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    _closed(recorder, self)
                except Exception as error:
                    switch.fail(error)
            return result

        return close

    hooks.wrap(Connection, "close", make_close)


def _closed(recorder: Recorder, connection: Any) -> None:
    """Note the app's line, where that is near: it does not use a session's connections."""
    if CLOSED in connection.__dict__:
        return
    ending = current_ending()
    if ending is not None:
        site = ending.site
    else:
        frame = recorder.sites.near(sys._getframe(2), _NEAR)
        if frame is None:
            return
        site = recorder.site(frame)
    if site:
        connection.__dict__[CLOSED] = (recorder.at(), site, task_number())


def fields_of(closing: Optional[Closing]) -> Optional[Dict[str, Any]]:
    """A closing as an error event holds it."""
    if closing is None:
        return None
    at, site, task = closing
    found = {"at": at, "site": site or None, "task": task}
    return {name: value for name, value in found.items() if value is not None}
