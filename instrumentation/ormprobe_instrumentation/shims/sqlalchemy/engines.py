"""Engines and their connections: which database, opened by which thread, from which line."""

from __future__ import annotations

import sys
from typing import Any, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

KEY = "_ormprobe"
MADE = "_ormprobe_site"


class Link:
    """What is known of one database connection, kept in its pool record's `info`."""

    __slots__ = ("number", "transaction", "thread", "opened", "site", "announced")

    def __init__(self, recorder: Recorder, site: int) -> None:
        threads = sys.modules.get("_thread")
        self.number = recorder.number()
        self.transaction: Any = None
        self.thread: int = threads.get_ident() if threads is not None else 0
        self.opened = recorder.at()
        self.site = site
        self.announced = False

    def announce(self, recorder: Recorder, conn: Any) -> None:
        """Record the connection when the first statement shows whose it is."""
        self.announced = True
        engine = conn.engine
        memory, namespace = _database(recorder, engine)
        recorder.rider(
            "connection",
            id=self.number,
            at=self.opened,
            action="open",
            **{"db.system.name": str(engine.dialect.name)},
            memory=memory or None,
            namespace=namespace,
            thread=self.thread,
            engine_site=getattr(engine, MADE, None),
        )


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            if switch.on:
                try:
                    _engine_made(recorder, self)
                except Exception as error:
                    switch.fail(error)

        return __init__

    def connected(dbapi_connection: Any, connection_record: Any) -> None:
        if switch.on:
            try:
                link_of(recorder, connection_record.info)
            except Exception as error:
                switch.fail(error)

    def closed(dbapi_connection: Any, connection_record: Any) -> None:
        if switch.on:
            try:
                link = connection_record.info.get(KEY)
                if link is not None and link.announced:
                    recorder.rider("connection", id=link.number, at=recorder.at(), action="close")
            except Exception as error:
                switch.fail(error)

    hooks.wrap(Engine, "__init__", make_init)
    for moment, listener in (("connect", connected), ("close", closed)):
        event.listen(Pool, moment, listener)
        hooks.undo_with(event.remove, Pool, moment, listener)


def link_of(recorder: Recorder, info: Any) -> Link:
    """The link of a connection, made where there is none yet."""
    link: Optional[Link] = info.get(KEY)
    if link is None:
        link = info[KEY] = Link(recorder, recorder.here(2))
    return link


def _database(recorder: Recorder, engine: Any) -> Tuple[bool, Optional[str]]:
    """Whether the database is private to a connection, and the digest of its name."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and (not database or ":memory:" in database):
        return True, None
    return False, recorder.digests.hex(str(database)) if database else None


def _engine_made(recorder: Recorder, engine: Any) -> None:
    memory, namespace = _database(recorder, engine)
    site = recorder.here(3) or None
    engine.__dict__[MADE] = site
    recorder.event(
        "engine",
        id=recorder.number(),
        at=recorder.at(),
        **{"db.system.name": str(engine.dialect.name)},
        driver=str(engine.dialect.driver),
        memory=memory or None,
        namespace=namespace,
        site=site,
    )
