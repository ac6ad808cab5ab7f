"""What an error needs to be understood: what had been closed, was busy, or was held by others."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ...callsite import APP
from ...exceptions import chain_of, code_of
from ...recorder import Recorder
from ...stacks import stack_from
from .busy import busy
from .closings import CLOSED, Closing, fields_of
from .engines import known_link, links_out
from .transactions import ended

_HELD = 32
_BUSY = (
    "another operation is in progress",
    "another operation (",
    "another command is already in progress",
    "concurrent operations are not permitted",
    "is already in progress",
    "manually started transaction",
    "session is already flushing",
    "while another coroutine is already waiting",
    "packet sequence number wrong",
    "out of sync",
)
_EITHER = "closed transaction inside context manager"
"""Said of a session whose block has ended, and of one that another task makes connect just now."""

_CLOSED = ("closed", "released", "no active connection", "no further sql can be emitted")


def surroundings(recorder: Recorder, error: BaseException, frame: Any) -> Dict[str, Any]:
    """The fields `closed`, `busy` and `held` of an error, as far as it is about such things."""
    code = code_of(error)
    if code == "3o7r":
        return {"held": _held(recorder, frame)}
    text = _text(error)
    if code == "isce" or any(words in text for words in _BUSY):
        return {"busy": busy(recorder, frame)}
    other = busy(recorder, frame) if _EITHER in text else None
    if other is not None:
        return {"busy": other}
    if any(words in text for words in _CLOSED):
        return {"closed": fields_of(_closing(recorder, frame))}
    return {}


def _text(error: BaseException) -> str:
    words: List[str] = []
    for link, _ in chain_of(error):
        words += [part for part in link.args if type(part) is str]
    return " ".join(words)[:2000].lower()


def _held(recorder: Recorder, frame: Any) -> Optional[List[Dict[str, Any]]]:
    """The connections of the pool that are out, with what used each last."""
    pool = None
    for outer in stack_from(frame):
        if recorder.sites.kind(outer.f_code.co_filename) == APP:
            continue  # to read the locals of a frame keeps them alive with it
        owner: Any = outer.f_locals.get("self")
        if hasattr(owner.__class__, "_do_get"):
            pool = owner
            break
    found: List[Dict[str, Any]] = []
    for link in links_out():
        record = link.record()
        if getattr(record, "_ConnectionRecord__pool", pool) is not pool:
            continue
        fields: Dict[str, Any] = {"connection": link.number}
        if link.site:
            scope = link.scope
            fields["at"] = (link.used - recorder.started) // 1000
            fields["site"] = link.site
            fields["scope"] = None if scope is None else scope.id
            fields["ended"] = None if scope is None else scope.ended
        found.append({name: value for name, value in fields.items() if value is not None})
    return found[:_HELD] or None


def _closing(recorder: Recorder, frame: Any) -> Optional[Closing]:
    """Where the connection, session or transaction was closed that the failing stack is about."""
    for outer in stack_from(frame):
        path = outer.f_code.co_filename
        if "sqlalchemy" not in path or recorder.sites.kind(path) == APP:
            continue
        values = outer.f_locals
        for name in ("self", "target", "subject"):
            owner = values.get(name)
            found = None if owner is None else _closing_of(recorder, owner)
            if found is not None:
                return found
    return None


def _closing_of(recorder: Recorder, owner: Any) -> Optional[Closing]:
    values = getattr(owner, "__dict__", {})
    own: Optional[Closing] = values.get(CLOSED)
    if own is not None:
        return own
    connection = values.get("connection")  # of a result
    if connection is not None and CLOSED in getattr(connection, "__dict__", {}):
        closing: Closing = connection.__dict__[CLOSED]
        return closing
    number = values.get("hash_key")  # a session: its last transaction that wrote
    if number is not None and number in ended:
        return (*ended[number], None)
    if "_dbapi_connection" in values:
        link = known_link(recorder, owner)
        if link is not None and link.ended is not None:
            return (*link.ended, None)
    return None
