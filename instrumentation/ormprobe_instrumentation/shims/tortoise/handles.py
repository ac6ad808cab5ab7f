"""The database connection that a client of Tortoise works on, and its open transaction."""

from __future__ import annotations

import sys
from typing import Any, Dict, MutableMapping, Optional, Tuple
from weakref import WeakKeyDictionary

from ...loops import number_of
from ...recorder import Recorder, Scope
from ..drivers.adopting import adopt
from ..opening import Opening, Where, where_of

KEY = "_ormprobe"
MADE = "_ormprobe_site"

_SYSTEMS = {"postgres": "postgresql"}


class Handle(Opening):
    """What is known of one connection of a driver; of a pool itself before it gives one out.

    site: where it was opened. closed: (at, site, task) of its end. out: (at, task) of its leaving
    the pool, with the scope that has it and the line, where the app took it by itself.
    """

    __slots__ = ("site", "scope", "closed", "out", "owner", "taken", "told")

    def __init__(self, recorder: Recorder) -> None:
        Opening.__init__(self, recorder)
        self.site = 0
        self.scope = recorder.scope_id()
        self.closed: Any = None
        self.out: Optional[Tuple[int, Any]] = None
        self.owner: Optional[Scope] = None
        self.taken = 0
        self.told = False

    def announce(self, recorder: Recorder, client: Any) -> None:
        """Record the connection when the first statement shows whose it is."""
        self.tell_open(
            recorder,
            system_of(client),
            where(recorder, client),
            driver=driver_of(client),
            engine_site=outermost(client).__dict__.get(MADE) or None,
            scope=self.scope,
            site=self.site or None,
        )


_physical: MutableMapping[Any, Handle] = WeakKeyDictionary()
"""By connections of drivers, that pools give out."""

out: Dict[int, Handle] = {}
"""By number, what is out of a pool."""


def handle_of(recorder: Recorder, client: Any) -> Handle:
    """The handle of a client: of its connection; of a pool's client that of the pool."""
    values = client.__dict__
    found: Optional[Handle] = values.get(KEY)
    if found is None or found.file != recorder.started:
        parent = values.get("_parent")
        connection = values.get("_connection")
        if parent is not None and (
            connection is None or connection is parent.__dict__.get("_connection")
        ):
            found = handle_of(recorder, parent)
        elif parent is not None:
            found = physical(recorder, client, connection)
        else:
            found = Handle(recorder)
        values[KEY] = found
    if not found.announced:
        found.announce(recorder, client)
    return found


def physical(recorder: Recorder, client: Any, connection: Any) -> Handle:
    """The handle of a connection that the pool of a client has given out."""
    made = getattr(connection, "_con", connection)  # asyncpg's stands behind a proxy
    try:
        found = _physical.get(made)
    except TypeError:  # no weak reference to it can be made
        return Handle(recorder)
    if found is None or found.file != recorder.started:
        found = _physical[made] = Handle(recorder)
        found.loop = _loop_of(client, made) or found.loop
        adopt(made, found)
    return found


def _loop_of(client: Any, connection: Any) -> Optional[int]:
    """The number of the event loop that a pool's connection was opened in."""
    loop = getattr(connection, "_loop", None)
    if loop is not None:
        return number_of(loop)
    pool: Optional[Handle] = outermost(client).__dict__.get(KEY)
    return None if pool is None else pool.loop


def is_transaction(client: Any) -> bool:
    """Whether a client stands for a transaction."""
    return "_finalized" in client.__dict__


def outermost(client: Any) -> Any:
    """The client that a transaction was begun on, by whatever savepoints."""
    parent = client.__dict__.get("_parent")
    while parent is not None:
        client, parent = parent, parent.__dict__.get("_parent")
    return client


def system_of(client: Any) -> str:
    """The database's name in the conventions, by the client's dialect."""
    dialect = str(getattr(getattr(client, "capabilities", None), "dialect", ""))
    return _SYSTEMS.get(dialect, dialect)


def driver_of(client: Any) -> Optional[str]:
    """The driver's name: by the module of the client's class."""
    for base in type(client).__mro__:
        module = base.__module__
        if module.startswith("tortoise.backends."):
            name = module.split(".")[2]
            return {"sqlite": "aiosqlite", "mysql": _mysql()}.get(name, name)
    return None


def _mysql() -> Optional[str]:
    """Which of two drivers Tortoise has found."""
    module: Any = sys.modules.get("tortoise.backends.mysql.client")
    name = getattr(getattr(module, "mysql", None), "__name__", None)
    return name if isinstance(name, str) else None


def where(recorder: Recorder, client: Any) -> Where:
    values, system = outermost(client).__dict__, system_of(client)
    name = values.get("filename") if system == "sqlite" else values.get("database")
    return where_of(recorder, system, name)
