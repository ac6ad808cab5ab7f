"""Inputs, answers and handlers, as far as Flask holds them already: nothing is read or run."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

from ...callsite import Site

_BODY_LIMIT = 256 * 1024
_WRAPPERS = 20


def first_of_one(lists: Dict[str, List[Any]]) -> Dict[str, Any]:
    """A multiple mapping; a key with one value has the value itself."""
    return {name: found[0] if len(found) == 1 else found for name, found in lists.items()}


def json_read(request: Any) -> Any:
    """The JSON that the app has read, else None.

    From the cached bytes where they are kept: the app may have changed the parsed object.
    """
    held: Dict[str, Any] = request.__dict__
    data = held.get("_cached_data")
    if isinstance(data, bytes) and is_json(request.mimetype) and len(data) <= _BODY_LIMIT:
        return _parsed(data)[1]
    for found in held.get("_cached_json", ()):
        if found is not Ellipsis:
            return found
    return None


def json_answered(response: Any) -> Tuple[bool, Any]:
    """Whether the body is JSON in memory, and its value."""
    parts = response.response
    if not is_json(response.mimetype) or type(parts) not in (list, tuple):
        return False, None
    if response.headers.get("Content-Encoding"):
        return False, None
    chunks = [part.encode() if isinstance(part, str) else part for part in parts]
    if sum(len(chunk) for chunk in chunks) > _BODY_LIMIT:
        return False, None
    return _parsed(b"".join(chunks))


def is_json(mimetype: Optional[str]) -> bool:
    return mimetype is not None and (mimetype == "application/json" or mimetype.endswith("+json"))


def _parsed(data: bytes) -> Tuple[bool, Any]:
    try:
        return True, json.loads(data)
    except (ValueError, RecursionError):
        return False, None


def site_of_view(view: Any, method: str) -> Optional[Site]:
    """Where the function that answers is written: under its decorators, inside its class."""
    kind = getattr(view, "view_class", None)
    if kind is not None:
        names = (method.lower(), "get" if method == "HEAD" else "", "dispatch_request")
        view = next((getattr(kind, name) for name in names if name and hasattr(kind, name)), view)
    for _ in range(_WRAPPERS):
        inner = getattr(view, "__wrapped__", None) or getattr(view, "func", None)
        if inner is None:
            break
        view = inner
    code = getattr(view, "__code__", None)
    if code is None:
        return None
    name = str(getattr(view, "__qualname__", code.co_name)).replace("<locals>.", "")
    return Site(code.co_filename, code.co_firstlineno, name)
