"""Transactions: one record at the end of each, with the writes that it settled and who ended it."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.disguise import hide
from ..transaction import Transaction
from .clients import on_client, wrap_own
from .handles import Handle, handle_of, is_transaction
from .operations import app_frame, library

_POINT = "_ormprobe_point"
_BEGINS = ("begin", "start")
_ENDS = ("commit", "rollback")
_POINTS = {"savepoint": "begin", "release_savepoint": "release", "savepoint_rollback": "rollback"}
_NEAR = 6


class Transactions:
    """The recording of transactions and savepoints."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def began(self, client: Any) -> None:
        """A transaction was begun, or a savepoint by the same name."""
        recorder = self.recorder
        if _is_nested(client):
            return  # a savepoint, which says so itself
        handle = handle_of(recorder, client)
        handle.transaction = Transaction(recorder, handle.number)

    def ended(self, client: Any, how: str, frame: Any) -> None:
        """A transaction was ended; on a savepoint's client that may be the savepoint."""
        nested = _is_nested(client)
        if nested and "_savepoint" not in client.__dict__:
            self.point(client, "release" if how == "commit" else "rollback")
            return
        handle = handle_of(self.recorder, client)
        transaction, handle.transaction = handle.transaction, None
        if transaction is not None:
            self._tell(handle, transaction, how, frame)

    def point(self, client: Any, action: str) -> None:
        """A savepoint was made, released or rolled back to."""
        recorder = self.recorder
        values = client.__dict__
        transaction = handle_of(recorder, client).transaction
        if transaction is None:
            return
        if action == "begin":
            values[_POINT] = str(recorder.number())
        name = values.get(_POINT)
        if name is not None:
            transaction.savepoint(recorder, action, name)
            if action != "begin":
                values[_POINT] = None

    def _tell(
        self, handle: Handle, transaction: Transaction, how: str, frame: Optional[FrameType]
    ) -> None:
        """Record the end of a handle's transaction."""
        recorder = self.recorder
        by, raised = _who(how, frame)
        found, _ = app_frame(recorder, frame) if transaction.settles() else (None, False)
        frames = [] if found is None else [recorder.site(found), *recorder.callers(found)]
        transaction.end(recorder, how, by, frames, raised)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    records = Transactions(recorder)

    def act(name: str, client: Any, frame: Any) -> None:
        if name in _BEGINS:
            records.began(client)
        elif _is_part(frame):
            return
        elif name in _POINTS:
            records.point(client, _POINTS[name])
        else:
            records.ended(client, name, frame)

    def make(original: Any) -> Any:
        name = str(original.__name__)

        async def control(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if switch.on and recorder.on:
                try:
                    act(name, self, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return control

    def found(kind: Any) -> None:
        if hasattr(kind, "commit"):
            for name in (*_BEGINS, *_ENDS, *_POINTS):
                wrap_own(hooks, kind, name, make)

    on_client(hooks, found)


def _is_nested(client: Any) -> bool:
    parent = client.__dict__.get("_parent")
    return parent is not None and is_transaction(parent)


def _is_part(frame: Optional[FrameType]) -> bool:
    """Whether Tortoise's own method for savepoints calls that for transactions."""
    return (
        frame is not None
        and frame.f_code.co_name in _POINTS
        and frame.f_code.co_filename.startswith(library())
    )


def _who(how: str, frame: Optional[FrameType]) -> Tuple[str, bool]:
    """Who asked for the end, and whether the app did so with an exception on its way."""
    inside = library()
    near = frame
    for _ in range(_NEAR):
        if near is None or not near.f_code.co_filename.startswith(inside):
            break
        if near.f_code.co_name == "__aexit__":
            raised = near.f_locals.get("exc_type") is not None
            return ("exception" if raised else "exit"), False
        near = near.f_back
    return "app", how == "rollback" and sys.exc_info()[0] is not None
