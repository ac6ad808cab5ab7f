"""Engines and their connections: which database, opened by which thread, from which line."""

from __future__ import annotations

import weakref
from typing import Any, Callable, List, MutableMapping, Optional, Sequence, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.adopting import adopt
from ..opening import Opening, Where, tell_engine, where_of

KEY = "_ormprobe"
MADE = "_ormprobe_site"


class Link(Opening):
    """What is known of one database connection, kept on its pool's record.

    site, scope, used: of its last statement since it was checked out; used as `perf_counter_ns`.
    """

    __slots__ = ("site", "scope", "used", "lost", "ended", "record", "__weakref__")

    def __init__(self, recorder: Recorder, record: Any = None) -> None:
        Opening.__init__(self, recorder)
        self.site = 0
        self.scope: Any = None
        self.used = 0
        self.lost = False  # while the pool takes it back from the garbage collector
        self.ended: Optional[Tuple[int, int]] = None  # its last transaction that wrote: at, site
        self.record: Any = None if record is None else weakref.ref(record)
        links[self.number] = self

    def announce(self, recorder: Recorder, conn: Any) -> None:
        """Record the connection when the first statement shows whose it is."""
        engine = conn.engine
        where = _where(recorder, engine)
        self.tell_open(recorder, _system(engine), where, engine_site=made_at(engine))


links: MutableMapping[int, Link] = weakref.WeakValueDictionary()
"""Every connection that a pool holds, or has given out."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.pool import Pool

    def make_created(original: Any) -> Any:
        def engine_created(cls: Any, engine: Any) -> Any:
            if switch.on and MADE not in engine.__dict__:
                try:
                    _engine_made(recorder, engine)
                except Exception as error:
                    switch.fail(error)
            return original(cls, engine)

        return engine_created

    def connected(dbapi_connection: Any, connection_record: Any) -> None:
        if switch.on:
            try:
                link = connection_record.__dict__[KEY] = Link(recorder, connection_record)
                adopt(getattr(connection_record, "driver_connection", dbapi_connection), link)
            except Exception as error:
                switch.fail(error)

    def closed(dbapi_connection: Any, connection_record: Any) -> None:
        if switch.on:
            try:
                link = current_link(recorder, connection_record)
                if link is not None:
                    link.tell(recorder, "close")
            except Exception as error:
                switch.fail(error)

    # not Engine.__init__: create_engine reads its argument names from that function's code
    hooks.wrap(Dialect, "engine_created", make_created)
    for moment, listener in (("connect", connected), ("close", closed)):
        event.listen(Pool, moment, listener)
        hooks.undo_with(event.remove, Pool, moment, listener)


def links_out() -> List[Link]:
    """The links of the connections that are checked out."""
    found: List[Link] = []
    for link in list(links.values()):
        record = None if link.record is None else link.record()
        if record is not None and record.fairy_ref is not None:
            found.append(link)
    return found


_AS_OF_1_3 = "_Connection__connection"
"""Where SQLAlchemy 1.3 keeps what later versions have as `_dbapi_connection`."""


def connection_link(recorder: Recorder, conn: Any) -> Link:
    """The link of a SQLAlchemy connection that is in use."""
    try:
        fairy = conn._dbapi_connection
    except AttributeError:
        fairy = getattr(conn, _AS_OF_1_3)
    record = fairy._connection_record
    held = (fairy if record is None else record).__dict__  # without a record where it is detached
    link: Optional[Link] = held.get(KEY)
    if link is None or link.file != recorder.started:
        link = held[KEY] = Link(recorder, record)
    if not link.announced:
        link.announce(recorder, conn)
    return link


def made_at(engine: Any) -> Optional[int]:
    """The site of the engine's making; an engine with options of its own stands for another."""
    while engine is not None and MADE not in engine.__dict__:
        engine = engine.__dict__.get("_proxied")  # an app's mock would give another mock for ever
    return None if engine is None else engine.__dict__[MADE]


def known_link(recorder: Recorder, conn: Any) -> Optional[Link]:
    """The link of a connection that may be closed or lost; to look never reconnects it."""
    fairy = getattr(conn, "_dbapi_connection", None) or getattr(conn, _AS_OF_1_3, None)
    return current_link(recorder, getattr(fairy, "_connection_record", None))


def current_link(recorder: Recorder, record: Any) -> Optional[Link]:
    """The link that a pool's record holds, unless it is a parent's."""
    link: Optional[Link] = None if record is None else record.__dict__.get(KEY)
    return link if link is not None and link.file == recorder.started else None


Moments = Sequence[Tuple[str, Callable[[Any], Any]]]
_ABSTRACT = "sqlalchemy.engine.interfaces"


def wrap_own(hooks: Hooks, kind: Any, moments: Moments) -> None:
    """Wrap methods wherever a class or one of its bases defines them, each once.

    A dialect may replace a method without calling the inherited one.
    """
    base: type[object]
    for base in kind.__mro__:
        for name, make in moments:
            own = vars(base).get(name)
            if own is not None and base.__module__ != _ABSTRACT and not hasattr(own, _DONE):
                hooks.wrap(base, name, make)


_DONE = "__wrapped__"


def on_dialect(recorder: Recorder, callback: Callable[[Any], None]) -> None:
    """Call back with the dialect of every engine that is made from now on."""
    recorder.dialect_hooks.append(callback)


def _where(recorder: Recorder, engine: Any) -> Where:
    return where_of(recorder, str(engine.dialect.name), engine.url.database)


def _system(engine: Any) -> str:
    """The database system; MySQL's dialect knows after the first connect whose server it is."""
    dialect = engine.dialect
    is_mariadb = dialect.name == "mysql" and getattr(dialect, "is_mariadb", False)
    return "mariadb" if is_mariadb else str(dialect.name)


def _engine_made(recorder: Recorder, engine: Any) -> None:
    for callback in recorder.dialect_hooks:
        callback(engine.dialect)
    site = recorder.here(3) or None
    engine.__dict__[MADE] = site
    driver = str(engine.dialect.driver)
    tell_engine(recorder, _system(engine), driver, _where(recorder, engine), site)
