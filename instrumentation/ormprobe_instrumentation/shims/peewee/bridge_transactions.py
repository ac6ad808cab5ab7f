"""Transactions of asyncpg's own kind; those of other drivers are ended as synchronous ones are."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..transaction import Transaction
from .bridge_statements import BRIDGE
from .failures import operation_failed
from .links import known_link, link_of
from .markers import mark
from .state import connection_of
from .transactions import ended

_MARKERS = (
    ("exit", "playhouse.pwasyncio", "AsyncPgAtomic.__exit__"),
    ("exit", "playhouse.pwasyncio", "AsyncPgAtomic.__aexit__"),
    ("exit", "playhouse.pwasyncio", "_async_transaction_helper.__aexit__"),
)
_ENDS = {"acommit": "commit", "arollback": "rollback"}
_DEPTH = 6


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["playhouse.pwasyncio"]
    mark(recorder, _MARKERS)

    def make_begin(original: Any) -> Any:
        async def _abegin(self: Any) -> Any:
            before = self.__dict__.get("_tx")
            caller = sys._getframe(1)
            again = _ENDS.get(caller.f_code.co_name)
            if again is not None and switch.on and recorder.on:  # it has just been ended
                try:
                    _ended(recorder, self.db, before, again, caller.f_back)
                except Exception as error:
                    switch.fail(error)
            try:
                result = await original(self)
            except BaseException as error:
                _note(recorder, switch, self.db, error)
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    _begun(recorder, self.db, self._tx)
                except Exception as error:
                    switch.fail(error)
            return result

        return _abegin

    def make_end(original: Any) -> Any:
        how = _ENDS[original.__name__]

        async def end(self: Any, *args: Any, **kwargs: Any) -> Any:
            before = self.__dict__.get("_tx")
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                _note(recorder, switch, self.db, error)
                hide_own_frame(error)
                raise
            if self.__dict__.get("_tx") is before and switch.on and recorder.on:
                try:
                    _ended(recorder, self.db, before, how, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return end

    kind = getattr(module, "AsyncPgAtomic", None)
    if kind is not None:
        hooks.wrap(kind, "_abegin", make_begin)
        for name in _ENDS:
            hooks.wrap(kind, name, make_end)


def _note(recorder: Recorder, switch: Switch, database: Any, error: BaseException) -> None:
    if switch.on and recorder.on:
        try:
            operation_failed(recorder, database, error)
        except Exception as own:
            switch.fail(own)


def _begun(recorder: Recorder, database: Any, begun: Any) -> None:
    conn = connection_of(database)
    link = known_link(recorder, conn) or link_of(recorder, database, conn)
    if link.transaction is None:
        link.transaction = Transaction(recorder, link.number)
    if begun._nested:
        link.transaction.savepoint(recorder, "begin", str(begun._id))


def _ended(recorder: Recorder, database: Any, over: Any, how: str, frame: Any) -> None:
    link = known_link(recorder, connection_of(database))
    if link is None or link.transaction is None:
        return
    if over._nested:
        action = "release" if how == "commit" else "rollback"
        link.transaction.savepoint(recorder, action, str(over._id))
    else:
        ended(recorder, link, how, within(recorder, frame))


def within(recorder: Recorder, frame: Any) -> Any:
    """The frame of the greenlet that a bridge awaits for, where the app's line is in that; else
    the frame itself."""
    outer = frame
    for _ in range(_DEPTH):
        if outer is None:
            break
        if outer.f_code.co_name == BRIDGE:
            inner = getattr(outer.f_locals.get("g"), "gr_frame", None)
            found = None if inner is None else recorder.sites.app_stack(inner, 1)
            return inner if found and found[0] not in _stack(outer) else frame
        outer = outer.f_back
    return frame


def _stack(frame: Any) -> Any:
    while frame is not None:
        yield frame
        frame = frame.f_back
