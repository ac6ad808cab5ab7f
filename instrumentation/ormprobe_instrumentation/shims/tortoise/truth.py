"""Queries whose truth was asked for: `if Book.exists(...)` without an await, which is always true.

A query object has no truth of its own, and Python takes any such object for true. It goes on doing
so; that it was asked is recorded, once a line.
"""

from __future__ import annotations

import sys
from typing import Any, Set

from ...callsite import APP
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

TOLD = "bool"
"""What the event calls it, behind the query's class."""

_WRITES = frozenset(("UpdateQuery", "DeleteQuery", "BulkUpdateQuery", "BulkCreateQuery"))
"""Told of when they are dropped."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise.queryset import AwaitableQuery

    if hasattr(AwaitableQuery, "__bool__") or hasattr(AwaitableQuery, "__len__"):
        return
    told: Set[Any] = set()

    def __bool__(self: Any) -> bool:
        if switch.on and recorder.on:
            try:
                _asked(recorder, told, type(self).__name__, sys._getframe(1))
            except Exception as error:
                switch.fail(error)
        return True

    hooks.add(AwaitableQuery, "__bool__", __bool__)


def _asked(recorder: Recorder, told: Set[Any], kind: str, frame: Any) -> None:
    if kind in _WRITES or recorder.sites.kind(frame.f_code.co_filename) != APP:
        return
    key = (recorder.scope_id(), frame.f_code, frame.f_lineno)
    if key in told:
        return
    if len(told) > 10_000:
        told.clear()
    told.add(key)
    recorder.event(
        "unawaited",
        at=recorder.at(),
        scope=recorder.scope_id(),
        name="%s.%s" % (kind, TOLD),
        module="tortoise.queryset",
        site=recorder.site(frame),
        frames=[recorder.site(found) for found in recorder.sites.app_stack(frame, 24)] or None,
    )
