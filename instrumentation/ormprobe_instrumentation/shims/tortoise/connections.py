"""Connections of clients: made, opened, taken out of pools, closed; and who had none left."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, List, Optional

from ...hooks import Hooks
from ...loops import running_task, task_number
from ...recorder import Recorder, Scope
from ...shim import Switch
from ..drivers.adopting import adopt
from ..drivers.disguise import hide
from ..opening import tell_engine
from .clients import on_client, wrap_own
from .failures import ENDED, failed
from .handles import KEY, MADE, Handle, driver_of, out, physical, system_of, where
from .operations import app_frame, current_operation, leave

last_closed: Any = [None]
"""(at, site, task) of the last close of a client that the app asked for."""

closing: ContextVar[int] = ContextVar("ormprobe_tortoise_closing", default=0)
"""The site of who asked for all connections to be closed, which tasks of their own do."""


class Connections:
    """The recording of connections."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def made(self, client: Any, frame: Any) -> None:
        """A client was made for a configured database; it connects when it is first used."""
        recorder = self.recorder
        found, _ = app_frame(recorder, frame)
        site = client.__dict__[MADE] = recorder.site(found)
        tell_engine(recorder, system_of(client), driver_of(client), where(recorder, client), site)

    def opened(self, client: Any, frame: Any) -> None:
        """A client has connected, or made its pool."""
        recorder = self.recorder
        handle = Handle(recorder)
        found, _ = app_frame(recorder, frame)
        handle.site = recorder.site(found)
        client.__dict__[KEY] = handle
        connection = client.__dict__.get("_connection")
        if connection is not None:
            adopt(connection, handle)

    def closed(self, client: Any, frame: Any) -> None:
        """A client is no longer connected."""
        recorder = self.recorder
        site = closing.get()
        if not site:
            found, _ = app_frame(recorder, frame)
            site = recorder.site(found)
        last_closed[0] = (recorder.at(), site, task_number())
        handle: Optional[Handle] = client.__dict__.pop(KEY, None)
        if handle is not None and handle.file == recorder.started:
            handle.closed = last_closed[0]
            if handle.announced:
                handle.tell(self.recorder, "close", site, recorder.scope_id())

    # -- pools ----------------------------------------------------------------------------------

    def taken(self, client: Any, connection: Any, frame: Any) -> Handle:
        """A pool has given a connection out."""
        recorder = self.recorder
        handle = physical(recorder, client, connection)
        if not handle.announced:
            handle.announce(recorder, client)
        operation = current_operation()
        handle.taken = 0
        if operation is not None:
            operation.handle = handle
        elif frame is not None:
            found, _ = app_frame(recorder, frame)
            handle.taken = recorder.site(found)
        handle.out = (recorder.at(), running_task())
        handle.owner = recorder.current()
        handle.told = False
        out[handle.number] = handle
        return handle

    def given_back(self, client: Any, connection: Any) -> None:
        """A connection goes back to its pool."""
        self.is_back(physical(self.recorder, client, connection))

    def is_back(self, handle: Handle) -> None:
        out.pop(handle.number, None)
        handle.out = None
        if handle.told:
            handle.tell(self.recorder, "checkin", handle.taken)

    def over(self, client: Any, frame: Any) -> Optional[Handle]:
        """A transaction's block ends, and with it what its client was for; its connection."""
        recorder = self.recorder
        found, _ = app_frame(recorder, frame)
        client.__dict__[ENDED] = (recorder.at(), recorder.site(found), task_number())
        connection = client.__dict__.get("_connection")
        return None if connection is None else physical(recorder, client, connection)

    def left(self, scope: Scope) -> None:
        """A request ends: what it took and still holds is told of."""
        for handle in list(out.values()):
            if handle.owner is scope and handle.file == self.recorder.started:
                handle.told = True
                handle.tell(self.recorder, "held", self._line(handle), scope.id)

    def waited(self, client: Any, error: BaseException, frame: Any) -> None:
        """A pool gave no connection before who asked was told to stop waiting."""
        if error_is_wait(error):
            failed(self.recorder, error, client, frame, held=self._held(client) or None)

    def _held(self, client: Any) -> Any:
        found: List[Any] = []
        for handle in list(out.values())[:32]:
            if handle.out is None or handle.file != self.recorder.started:
                continue
            fields: Any = {"connection": handle.number, "at": handle.out[0]}
            site = self._line(handle)
            if site:
                fields["site"] = site
            if handle.owner is not None:
                fields["scope"] = handle.owner.id
                fields["ended"] = handle.owner.ended
            found.append(fields)
        return found

    def _line(self, handle: Handle) -> int:
        """Where who holds a connection is now, else where the app took it."""
        task = None if handle.out is None else handle.out[1]
        frame = None
        if task is not None and not task.done():
            frame = self.recorder.sites.innermost(task)
        return self.recorder.site(frame) or handle.taken


_WAITS = ("PoolTimeout", "TimeoutError", "CancelledError", "TooManyRequests", "PoolClosed")


def error_is_wait(error: BaseException) -> bool:
    """Whether an error ends a wait for a connection."""
    return any(base.__name__ in _WAITS for base in type(error).__mro__)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise.backends.base import client as base
    from tortoise.connection import ConnectionHandler

    records = Connections(recorder)

    def guarded(function: Any, *args: Any) -> Any:
        if switch.on and recorder.on:
            try:
                return function(*args)
            except Exception as error:
                switch.fail(error)
        return None

    def make_create(original: Any) -> Any:
        def _create_connection(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                made = original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if isinstance(made, base.BaseDBAsyncClient):
                guarded(records.made, made, sys._getframe(1))
            return made

        return _create_connection

    def make_open(original: Any) -> Any:
        async def create_connection(self: Any, *args: Any, **kwargs: Any) -> Any:
            before = _connected(self)
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                if current_operation() is None:  # which tells of it, maybe as Tortoise's own error
                    guarded(failed, recorder, error, self, sys._getframe(1))
                hide(error)
                raise
            if _connected(self) is not before:
                guarded(records.opened, self, sys._getframe(1))
            return result

        return create_connection

    def make_close(original: Any) -> Any:
        async def close(self: Any, *args: Any, **kwargs: Any) -> Any:
            before = _connected(self)
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                guarded(failed, recorder, error, self, sys._getframe(1))
                hide(error)
                raise
            if before is not None and _connected(self) is None:
                guarded(records.closed, self, sys._getframe(1))
            return result

        return close

    def make_close_all(original: Any) -> Any:
        async def close_all(self: Any, *args: Any, **kwargs: Any) -> Any:
            found = guarded(app_frame, recorder, sys._getframe(1))
            token = closing.set(recorder.site(found[0]) if found else 0)
            try:
                return await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                leave(closing, token)

        return close_all

    def make_take(original: Any) -> Any:
        async def __aenter__(self: Any) -> Any:
            try:
                connection = await original(self)
            except BaseException as error:
                guarded(records.waited, self.client, error, sys._getframe(1))
                hide(error)
                raise
            guarded(records.taken, self.client, connection, sys._getframe(1))
            return connection

        return __aenter__

    def make_give(original: Any) -> Any:
        async def __aexit__(self: Any, *args: Any) -> Any:
            guarded(records.given_back, self.client, self.connection)
            try:
                return await original(self, *args)
            except BaseException as error:
                hide(error)
                raise

        return __aexit__

    def make_begin(original: Any) -> Any:
        async def __aenter__(self: Any) -> Any:
            try:
                client = await original(self)
            except BaseException as error:
                guarded(records.waited, _client_of(self), error, sys._getframe(1))
                hide(error)
                raise
            guarded(records.taken, client, client._connection, sys._getframe(1))
            return client

        return __aenter__

    def make_end(original: Any) -> Any:
        async def __aexit__(self: Any, *args: Any) -> Any:
            # a connection that is back in its pool cannot be told from others
            handle = guarded(records.over, _client_of(self), sys._getframe(1))
            try:
                return await original(self, *args)
            except BaseException as error:
                hide(error)
                raise
            finally:
                if handle is not None:
                    guarded(records.is_back, handle)

        return __aexit__

    def found(kind: Any) -> None:
        wrap_own(hooks, kind, "create_connection", make_open)
        wrap_own(hooks, kind, "close", make_close)

    on_client(hooks, found)
    hooks.wrap(ConnectionHandler, "_create_connection", make_create)
    hooks.wrap(ConnectionHandler, "close_all", make_close_all)
    hooks.wrap(base.PoolConnectionWrapper, "__aenter__", make_take)
    hooks.wrap(base.PoolConnectionWrapper, "__aexit__", make_give)
    hooks.wrap(base.TransactionContextPooled, "__aenter__", make_begin)
    hooks.wrap(base.TransactionContextPooled, "__aexit__", make_end)

    def leaving(scope: Scope) -> None:
        guarded(records.left, scope)

    recorder.leaving.append(leaving)
    hooks.undo_with(recorder.leaving.remove, leaving)


def _connected(client: Any) -> Any:
    """The connection or pool that a client has now."""
    values = client.__dict__
    return values.get("_pool") or values.get("_connection")


def _client_of(context: Any) -> Any:
    """The client of a transaction's block; before 0.22 it has another name."""
    found = getattr(context, "client", None)
    return context.connection if found is None else found
