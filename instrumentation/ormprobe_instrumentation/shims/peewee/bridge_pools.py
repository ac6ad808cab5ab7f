"""Pools of asynchronous databases: a connection is a task's, from its first use to its release."""

from __future__ import annotations

import sys
from typing import Any, Optional

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .connections import closed_of, give_back
from .links import STATE, Link, attach, known_link, note_closing, tell


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["playhouse.pwasyncio"]

    def make_acquire(original: Any) -> Any:
        async def _acquire_conn_async(self: Any) -> Any:
            try:
                conn = await original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    _taken(recorder, self, conn, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return conn

        return _acquire_conn_async

    def make_release(original: Any) -> Any:
        async def _release_conn(self: Any, conn: Any) -> Any:
            link = _link_in(recorder, conn) if switch.on and recorder.on else None
            try:
                result = await original(self, conn)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if link is not None and link.out and switch.on and recorder.on:
                try:
                    give_back(recorder, link, self, conn, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return _release_conn

    def make_close(original: Any) -> Any:
        async def close(self: Any) -> Any:
            link = _link_in(recorder, self) if switch.on and recorder.on else None
            try:
                result = await original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if link is not None and switch.on and recorder.on:
                try:
                    closed_of(recorder, link, link.database(), self, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return close

    hooks.wrap(module.AsyncDatabaseMixin, "_acquire_conn_async", make_acquire)
    hooks.wrap(module.AsyncDatabaseMixin, "_release_conn", make_release)
    base = module.AsyncConnectionWrapper
    for kind in (base, *type.__subclasses__(base)):
        if "close" in vars(kind):
            hooks.wrap(kind, "close", make_close)


def _taken(recorder: Recorder, database: Any, conn: Any, frame: Any) -> None:
    found, _ = recorder.sites.walk(frame)
    if found is None:
        found = recorder.sites.awaiter("playhouse")
    site = recorder.site(found)
    link = _link_in(recorder, conn)
    if link is None:
        attach(recorder, database, conn, site)
        return
    conn.__dict__[STATE] = link
    link.out = True
    note_closing(link, database, conn, None)
    link.site, link.scope, link.used = site, recorder.current(), recorder.at()
    tell(recorder, link, "checkout", site, link.scope)


def _link_in(recorder: Recorder, conn: Any) -> Optional[Link]:
    """The link of a connection that was in the pool before; asyncpg's gets a new wrapper each
    time."""
    found = known_link(recorder, conn)
    if found is None:
        inner = getattr(conn, "conn", None)
        found = known_link(recorder, getattr(inner, "_protocol", inner))
    return found
