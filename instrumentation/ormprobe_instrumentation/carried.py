"""Errors that a validation library met while it read attributes, and turned into text.

pydantic writes `Error extracting attribute: MissingGreenlet: ...` into an exception of its own and
drops the error: no cause, no context and no traceback leads from one to the other.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, List, Sequence, Tuple

_PACKAGES = frozenset(("pydantic_core", "pydantic", "fastapi"))
_KEPT = 64
_LIMIT = 1_000

Told = Tuple[Tuple[int, str], ...]

_known: Dict[int, Tuple[Any, Told]] = {}


def carried_by(error: BaseException, records: Sequence[Any]) -> Told:
    """The numbers and types of recorded errors that an exception tells of.

    records: of the scope in which it was raised, oldest first; each has `number` and `kind`.
    """
    if type(error).__module__.partition(".")[0] not in _PACKAGES:
        return ()
    held = _known.get(id(error))
    if held is not None and held[0]() is error:
        return held[1]
    found: List[Tuple[int, str]] = []
    waiting = list(reversed(records))
    for name in reversed(_told(error)):
        record = next((record for record in waiting if record.kind == name), None)
        if record is not None:
            waiting.remove(record)
            found.append((record.number, name))
    told = tuple(reversed(found))
    _keep(error, told)
    return told


def _keep(error: BaseException, told: Told) -> None:
    """Remember them by the exception: its next reader is another scope, a test."""
    if told:
        if len(_known) >= _KEPT:
            _known.clear()
        try:
            _known[id(error)] = (weakref.ref(error), told)
        except TypeError:  # not every exception can be referred to
            pass


def _told(error: BaseException) -> List[str]:
    """The types of the errors that an exception tells of, in its order."""
    entries: Any = getattr(error, "_errors", None)  # FastAPI's
    if entries is None:
        errors: Any = getattr(error, "errors", None)
        entries = errors(include_url=False, include_input=False) if callable(errors) else ()
    found: List[str] = []
    entry: Any
    for entry in list(entries)[:_LIMIT]:
        if entry["type"] == "get_attribute_error":
            found.append(str(entry["ctx"]["error"]).partition(":")[0])
    return found
