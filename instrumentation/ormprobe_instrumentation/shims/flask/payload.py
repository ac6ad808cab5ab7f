"""Inputs, answers and views, as far as Flask holds them already: nothing is read or run."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ..handlers import method_of
from ..payloads import RESPONSE_LIMIT, is_json, parsed_json

_BODY_LIMIT = 256 * 1024


def json_read(request: Any) -> Any:
    """The JSON that the app has read, else None.

    From the cached bytes where they are kept: the app may have changed the parsed object.
    """
    held: Dict[str, Any] = request.__dict__
    data = held.get("_cached_data")
    if isinstance(data, bytes) and is_json(request.mimetype) and len(data) <= _BODY_LIMIT:
        return parsed_json(data)[1]
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
    if sum(len(chunk) for chunk in chunks) > RESPONSE_LIMIT:
        return False, None
    return parsed_json(b"".join(chunks))


def view_of(view: Any, method: str) -> Any:
    """The function that answers: of a class-based view its method."""
    kind = getattr(view, "view_class", None)
    if kind is None:
        return view
    found = method_of(kind, method, ("dispatch_request",))
    return view if found is kind else found
