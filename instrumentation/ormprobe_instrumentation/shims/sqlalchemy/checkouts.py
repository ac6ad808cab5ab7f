"""Connections that are out: lost to the garbage collector, or held beyond the end of a request."""

from __future__ import annotations

import os
import sys
from typing import Any, List

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder, Scope
from ...shim import Switch
from .engines import KEY, Link, current_link, links
from .transactions import end

_WEAKREF = os.sep + "weakref.py"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.pool import base

    def make_finalize(original: Any) -> Any:
        def _finalize_fairy(connection: Any, record: Any, *args: Any, **kwargs: Any) -> Any:
            lost = None
            if switch.on and record is not None:
                try:
                    if connection is None and record.fairy_ref is not None:
                        lost = _lost(recorder, record, args, kwargs)
                    else:  # the next to use it starts anew
                        link = record.info.get(KEY)
                        if link is not None:
                            if link.scope is not None and link.scope.ended:
                                _tell(recorder, link, "checkin")
                            link.site = 0
                            link.scope = None
                except Exception as error:
                    switch.fail(error)
            try:
                return original(connection, record, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                if lost is not None:
                    _terminated(recorder, switch, record, lost)

        return _finalize_fairy

    def leaving(scope: Scope) -> None:
        if switch.on:
            try:
                _held(recorder, scope)
            except Exception as error:
                switch.fail(error)

    hooks.wrap(base, "_finalize_fairy", make_finalize)
    recorder.leaving.append(leaving)
    hooks.undo_with(recorder.leaving.remove, leaving)


def _lost(recorder: Recorder, record: Any, args: Any, kwargs: Any) -> Any:
    """The link of a connection that the garbage collector found while it was out."""
    link = current_link(recorder, record)
    if link is None or _program_has_ended():
        return None
    if kwargs.get("is_gc_cleanup"):
        if not record.needs_gc:
            return None
    elif len(args) < 2 or args[1] is None or args[1] is not record.fairy_ref:  # before 2.1
        return None
    link.lost = True
    _tell(recorder, link, "lost")
    return link


def _terminated(recorder: Recorder, switch: Switch, record: Any, link: Link) -> None:
    """After the pool took a lost connection back, or closed it: asyncio cannot return it."""
    try:
        if link.transaction is not None and switch.on:
            end(recorder, link, "close")
        link.lost = False
        link.site = 0
        link.scope = None
        if record.dbapi_connection is None and record.info.get(KEY) is link:
            del record.info[KEY]
    except Exception as error:
        switch.fail(error)


def _program_has_ended() -> bool:
    """Whether this is the end of the process: no code of anybody else is running."""
    frame: Any = sys._getframe(3)
    while frame is not None and frame.f_code.co_filename.endswith(_WEAKREF):
        frame = frame.f_back
    return frame is None


def _held(recorder: Recorder, scope: Scope) -> None:
    """Record the connections that a request used last and did not give back."""
    held: List[Link] = [link for link in list(links.values()) if link.scope is scope]
    for link in held:
        record = None if link.record is None else link.record()
        if record is not None and record.fairy_ref is not None and link.file == recorder.started:
            _tell(recorder, link, "held")


def _tell(recorder: Recorder, link: Link, action: str) -> None:
    scope = link.scope
    recorder.event(
        "connection",
        id=link.number,
        at=recorder.at(),
        action=action,
        scope=None if scope is None else scope.id,
        site=link.site or None,
    )
