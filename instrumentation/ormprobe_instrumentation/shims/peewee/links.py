"""Databases and their connections: which database, opened by which thread, from which line.

A link is kept with the driver's own connection, where the shim of that driver keeps what it knows,
so that what the app sends over one by itself bears the same numbers. The app's own state objects
(one that follows contextvars, say) are read and never written.
"""

from __future__ import annotations

import weakref
from _thread import get_ident
from typing import Any, Dict, MutableMapping, Optional, Tuple
from weakref import WeakKeyDictionary

from ...loops import task_number
from ...recorder import Recorder
from ..drivers.adopting import adopt
from ..opening import Opening, Where, where_of

STATE = "_ormprobe"
MADE = "_ormprobe_site"

_KEPT = 512

Closing = Tuple[int, int, Optional[int]]
"""When, at which site, in which task."""


class Link(Opening):
    """What is known of one database connection.

    site, scope, used: of its last statement, or of its opening; used as `at`. out: it is in use,
    not idle in a pool. closed: of its last close or return to a pool. ended: of its last
    transaction that wrote, when and where.
    """

    __slots__ = (
        "site", "scope", "used", "out", "closed", "ended", "recorder", "sqlite", "system",
        "database", "__weakref__",
    )  # fmt: skip

    def __init__(self, recorder: Recorder, database: Any, site: int) -> None:
        Opening.__init__(self, recorder)
        self.recorder = recorder
        self.site = site
        self.scope: Any = recorder.current()
        self.used = self.opened
        self.out = True
        self.closed: Optional[Closing] = None
        self.ended: Optional[Tuple[int, int]] = None
        self.system = system_of(database)
        self.sqlite = self.system == "sqlite"
        self.database: Any = weakref.ref(database)
        links[self.number] = self

    def __del__(self) -> None:
        """The driver's connection was collected: with it goes what it had not committed."""
        try:
            transaction, recorder = self.transaction, self.recorder
            if transaction is not None and recorder.on and self.file == recorder.started:
                self.transaction = None
                transaction.end(recorder, "close", "gc")
        except Exception:
            pass


links: MutableMapping[int, Link] = weakref.WeakValueDictionary()
"""Every connection that a database has open, or a pool holds."""

_closings: WeakKeyDictionary[Any, Dict[Tuple[int, Optional[int]], Closing]] = WeakKeyDictionary()

_others: Dict[int, Link] = {}  # by the id of the connection of a driver that no shim watches


def link_of(recorder: Recorder, database: Any, conn: Any) -> Link:
    """The link of an open connection, made where it was opened unseen."""
    found = known_link(recorder, conn)
    return attach(recorder, database, conn, 0) if found is None else found


def known_link(recorder: Recorder, conn: Any) -> Optional[Link]:
    """The link of a connection, unless it is a parent process's; None for none."""
    state = getattr(conn, STATE, None)
    link: Any = state if type(state) is Link else getattr(state, "link", None)
    if link is None and _others:
        link = _others.get(id(conn))
    return link if type(link) is Link and link.file == recorder.started else None


def attach(recorder: Recorder, database: Any, conn: Any, site: int) -> Link:
    """Number a connection that has just been opened, and record that."""
    link = Link(recorder, database, site)
    inner = getattr(conn, "conn", None)  # of the bridge's own class, around the driver's
    if inner is not None:
        conn.__dict__[STATE] = link
    adopt(conn if inner is None else inner, link)
    if known_link(recorder, conn) is not link:
        if len(_others) >= _KEPT:
            _others.clear()
        _others[id(conn)] = link
    link.tell_open(
        recorder,
        link.system,
        where(recorder, database),
        engine_site=made_at(database),
        driver=driver_of(conn),
        scope=None if link.scope is None else link.scope.id,
        site=site or None,
    )
    return link


def note_closing(link: Link, database: Any, conn: Any, closing: Optional[Closing]) -> None:
    """Keep where a connection was closed or given back; None where it is in use again."""
    link.closed = closing
    state = getattr(conn, STATE, None)
    if state is not None and type(state) is not Link:
        state.closed = closing  # for what the app does with the driver's connection itself
    if closing is not None:
        held = _closings.setdefault(database, {})
        if len(held) >= _KEPT:
            held.clear()
        held[_user()] = closing


def closing_of(database: Any) -> Optional[Closing]:
    """Where this thread, or task, last closed its connection of a database."""
    return _closings.get(database, {}).get(_user())


def _user() -> Tuple[int, Optional[int]]:
    return get_ident(), task_number()


def forget(conn: Any) -> None:
    """A connection was closed: another one may get its place in memory."""
    _others.pop(id(conn), None)


def tell(recorder: Recorder, link: Link, action: str, site: int, scope: Any) -> None:
    """Record a later moment of a connection."""
    link.tell(recorder, action, site, None if scope is None else scope.id)


def system_of(database: Any) -> str:
    """The name of a database's system, by the class of Peewee's that it derives from."""
    for base in type(database).__mro__:
        system = _SYSTEMS.get(base.__name__)
        if system == "mysql" and "maria" in str(_server_of(database)).lower():
            return "mariadb"
        if system is not None:
            return system
    return "other_sql"


_SYSTEMS = {
    "SqliteDatabase": "sqlite",
    "CockroachDatabase": "cockroachdb",
    "PostgresqlDatabase": "postgresql",
    "MySQLDatabase": "mysql",
}


def _server_of(database: Any) -> Any:
    """What the server of an open connection says of its version, as the driver keeps it."""
    try:
        conn = database._state.conn
    except Exception:  # no connection: outside of a task, or of the app's own state
        return None
    conn = getattr(conn, "conn", conn)
    return getattr(conn, "server_version", None)


def where(recorder: Recorder, database: Any) -> Where:
    return where_of(recorder, system_of(database), getattr(database, "database", None))


def driver_of(conn: Any) -> str:
    """The name of the package that a connection's class comes from; of the app's own its base's."""
    conn = getattr(conn, "conn", conn)
    for base in type(conn).__mro__:
        name = base.__module__.partition(".")[0]
        if name in _DRIVERS:
            return name
    return type(conn).__module__.partition(".")[0]


_DRIVERS = frozenset(
    ("sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "asyncpg", "aiosqlite", "aiomysql")
)


def made_at(database: Any) -> Optional[int]:
    """The site of the line that made, or initialised, a database."""
    site: Optional[int] = getattr(database, "__dict__", {}).get(MADE)
    return site
