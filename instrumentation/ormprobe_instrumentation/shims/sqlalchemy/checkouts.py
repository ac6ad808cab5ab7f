"""Connections that are out: lost to the garbage collector, or held beyond the end of a request."""

from __future__ import annotations

import os
import sys
from typing import Any, List

from ...hooks import Hooks
from ...recorder import Recorder, Scope
from ...shim import Switch
from .closings import closed
from .engines import KEY, Link, links
from .transactions import end

_WEAKREF = os.sep + "weakref.py"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.engine import Connection
    from sqlalchemy.pool import base

    close = getattr(Connection.close, "__code__", None)

    def make_finalize(original: Any) -> Any:
        class _Finalize:
            """Calls us, then the original with no frame of ours between: Python calls both itself.

            So a warning of the pool has the place that it has without us.
            """

            __slots__ = ()

            def __new__(cls, connection: Any, record: Any, *args: Any, **kwargs: Any) -> Any:
                if switch.on and record is not None:
                    try:
                        link = record.__dict__.get(KEY)
                        if link is not None:
                            if connection is None and record.fairy_ref is not None:
                                _lost(recorder, link, record, args, kwargs)
                            else:  # the next to use it starts anew
                                if link.scope is not None and link.scope.ended:
                                    _tell(recorder, link, "checkin")
                                link.site = 0
                                link.scope = None
                                closed(recorder, sys._getframe().f_back, close)
                    except Exception as error:
                        switch.fail(error)
                return object.__new__(cls)

            __init__ = staticmethod(original)

        return _Finalize

    def leaving(scope: Scope) -> None:
        if switch.on:
            try:
                _held(recorder, scope)
            except Exception as error:
                switch.fail(error)

    original = base._finalize_fairy
    base._finalize_fairy = make_finalize(original)
    hooks.undo_with(setattr, base, "_finalize_fairy", original)
    recorder.leaving.append(leaving)
    hooks.undo_with(recorder.leaving.remove, leaving)


def _lost(recorder: Recorder, link: Link, record: Any, args: Any, kwargs: Any) -> None:
    """Record a connection that the garbage collector found while it was out."""
    if link.file != recorder.started or _program_has_ended():
        return
    if kwargs.get("is_gc_cleanup"):
        if not record.needs_gc:
            return
    elif len(args) < 2 or args[1] is None or args[1] is not record.fairy_ref:  # before 2.1
        return
    _tell(recorder, link, "lost")
    link.site = 0
    link.scope = None
    if link.transaction is not None:
        link.lost = True
    if args[0]._dialect.is_async:  # it cannot be returned there, and is terminated
        if link.transaction is not None:
            end(recorder, link, "close")
        del record.__dict__[KEY]


def _program_has_ended() -> bool:
    """Whether this is the end of the process: no code of anybody else is running."""
    frame: Any = sys._getframe(2).f_back
    while frame is not None and (
        frame.f_code.co_filename.endswith(_WEAKREF) or frame.f_code.co_name == "<lambda>"
    ):
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
    link.tell(recorder, action, link.site, None if link.scope is None else link.scope.id)
