"""The database connection that a client of Tortoise stands for, and its open transaction."""

from __future__ import annotations

from _thread import get_ident
from typing import Any, Optional

from ...loops import loop_number
from ...recorder import Recorder
from ..transaction import Transaction

KEY = "_ormprobe"

_SYSTEMS = {"postgres": "postgresql"}


class Handle:
    """What is known of one connection; of a pool's client, of the pool.

    site, scope: where it was opened. closed: (at, site, task) of its end.
    """

    __slots__ = (
        "number",
        "transaction",
        "thread",
        "loop",
        "opened",
        "announced",
        "file",
        "site",
        "scope",
        "closed",
    )

    def __init__(self, recorder: Recorder) -> None:
        self.number = recorder.number()
        self.transaction: Optional[Transaction] = None
        self.thread = get_ident()
        self.loop = loop_number()
        self.opened = recorder.at()
        self.announced = False
        self.file = recorder.started  # a forked child's file does not know the parent's numbers
        self.site = 0
        self.scope = recorder.scope_id()
        self.closed: Any = None

    def announce(self, recorder: Recorder, client: Any) -> None:
        """Record the connection when the first statement shows whose it is."""
        self.announced = True
        system = system_of(client)
        memory, namespace = database_of(recorder, client, system)
        recorder.rider(
            "connection",
            id=self.number,
            at=self.opened,
            action="open",
            **{"db.system.name": system},
            memory=memory or None,
            namespace=namespace,
            thread=self.thread,
            loop=self.loop or None,
            driver=driver_of(client),
            scope=self.scope,
            site=self.site or None,
        )


def handle_of(recorder: Recorder, client: Any) -> Handle:
    """The handle of a client; a transaction's on the connection of its client is that one's."""
    values = client.__dict__
    found: Optional[Handle] = values.get(KEY)
    if found is None or found.file != recorder.started:
        parent = values.get("_parent")
        if parent is not None and shares(client, parent):
            found = handle_of(recorder, parent)
        else:
            found = Handle(recorder)
        values[KEY] = found
    if not found.announced:
        found.announce(recorder, client)
    return found


def shares(client: Any, parent: Any) -> bool:
    """Whether a transaction's client works on the connection of the one it was made from."""
    own = client.__dict__.get("_connection")
    return own is not None and own is parent.__dict__.get("_connection")


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
    """The driver's name: the module that the client's own module calls it by."""
    for base in type(client).__mro__:
        module = base.__module__
        if module.startswith("tortoise.backends."):
            name = module.split(".")[2]
            return {"sqlite": "aiosqlite", "mysql": _mysql()}.get(name, name)
    return None


def _mysql() -> Optional[str]:
    import sys

    module: Any = sys.modules.get("tortoise.backends.mysql.client")
    return getattr(getattr(module, "mysql", None), "__name__", None)


def database_of(recorder: Recorder, client: Any, system: str) -> Any:
    """Whether the database is private to its connection, and the digest of its name."""
    values = outermost(client).__dict__
    name = values.get("filename") if system == "sqlite" else values.get("database")
    text = str(name or "")
    if system == "sqlite" and (not text or ":memory:" in text or "mode=memory" in text):
        return True, None
    return False, recorder.digests.hex(text) if text else None
