"""What an error needs to be understood: what had been closed, or was held by others."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ...callsite import APP
from ...exceptions import chain_of
from ...recorder import Recorder
from ...stacks import stack_from
from .links import Closing, closing_of, known_link
from .pools import held_of
from .state import connection_of

_HELD = "timed out acquiring connection"
_CLOSED = ("closed", "not opened", "not open", "released")


def surroundings(recorder: Recorder, error: BaseException, frame: Any) -> Dict[str, Any]:
    """The fields `closed` and `held` of an error, as far as it is about such things."""
    text = _text(error)
    held = _HELD in text
    if not held and not any(words in text for words in _CLOSED):
        return {}
    database = database_of(recorder, frame)
    if database is None:
        return {}
    return {"held": held_of(database)} if held else {"closed": _closing(recorder, database)}


def _text(error: BaseException) -> str:
    words: List[str] = []
    for link, _ in chain_of(error):
        words += [part for part in link.args if type(part) is str]
    return " ".join(words)[:2000].lower()


def database_of(recorder: Recorder, frame: Any) -> Any:
    """The database that the innermost frames of Peewee work for."""
    for outer in stack_from(frame):
        if recorder.sites.kind(outer.f_code.co_filename) == APP:
            continue  # to read the locals of a frame keeps them alive with it
        values = outer.f_locals
        for name in ("self", "database", "db"):
            owner: Any = values.get(name)
            owner = getattr(owner, "__dict__", {}).get("db", owner)
            if hasattr(owner.__class__, "attach_callback"):  # a proxy
                owner = owner.obj
            if hasattr(owner.__class__, "get_sql_context"):
                return owner
    return None


def _closing(recorder: Recorder, database: Any) -> Optional[Dict[str, Any]]:
    """Where the connection was closed that the failing line used: the one that is open here, or the
    last one that this thread had of the database."""
    link = known_link(recorder, connection_of(database))
    closing: Optional[Closing] = None if link is None else link.closed
    closing = closing or closing_of(database)
    if closing is None:
        return None
    at, site, task = closing
    found = {"at": at, "site": site or None, "task": task}
    return {name: value for name, value in found.items() if value is not None}
