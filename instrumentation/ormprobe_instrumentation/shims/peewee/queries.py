"""What a statement was sent for: a query of the app's, its own SQL, or Peewee's own work."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Optional, Tuple

from ...callsite import APP
from ...recorder import Recorder

_BETWEEN = frozenset(("execute_sql", "_execute_cursor", "_reconnect", "aexecute_sql"))
"""Between the execution of a query and the hook; the database of an app may override them."""

_EXECUTING = frozenset(("execute", "iterate"))
"""What has the query itself, of a database and of an asynchronous one."""

_DEPTH = 12

Asked = Tuple[Any, bool, Optional[FrameType]]
"""The query, None for SQL that was handed in; whether the app itself handed it in; the frame from
which to walk to the app's line."""


def asked_by(recorder: Recorder, database: Any, start: Optional[FrameType]) -> Asked:
    """Who had a statement sent. start: the hook's caller."""
    frame = start
    for _ in range(_DEPTH):
        if frame is None:
            break
        code = frame.f_code
        name = code.co_name
        own = recorder.sites.kind(code.co_filename) == APP
        if name in _EXECUTING and not own:
            query = frame.f_locals.get("query")
            return query, False, start if query is None else frame
        if name not in _BETWEEN or (own and not _overrides(database, name, code)):
            return None, own, frame if own else start
        frame = frame.f_back
    return None, False, start


def _overrides(database: Any, name: str, code: CodeType) -> bool:
    """Whether a function of the app's is a method of its own database class.

    Its frame is not asked for `self`: to read the locals of a frame keeps them alive with it.
    """
    for base in type(database).__mro__:
        if getattr(vars(base).get(name), "__code__", None) is code:
            return True
    return False


def entity_of(query: Any, passed: Any) -> Optional[str]:
    """The name of the model that a query is about; of a count that of what is counted."""
    model = getattr(query, "model", None)
    if model is None:
        for name, frame in passed or ():
            if name == "asked":
                model = getattr(frame.f_locals.get("self"), "model", None)
                break
    found = getattr(model, "__name__", None)
    return found if isinstance(found, str) else None
