"""Inputs and answers, as far as Django holds them already: nothing is read or run."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ..payloads import INPUT_LIMIT, RESPONSE_LIMIT, first_of_one, is_form, is_json, parsed_json


def inputs_read(request: Any) -> Dict[str, Any]:
    """The form or the JSON that the app has had Django read."""
    held: Dict[str, Any] = request.__dict__
    kind = str(held.get("content_type") or "").lower()
    if is_form(kind):
        post = held.get("_post")
        return {"form": form_of(post)} if post else {}
    data = held.get("_body")
    if is_json(kind) and isinstance(data, bytes) and len(data) <= INPUT_LIMIT:
        return {"json": parsed_json(data)[1]}
    return {}


def form_of(post: Any) -> Dict[str, Any]:
    """The fields of a `QueryDict`."""
    return first_of_one(dict(post.lists()))


def json_answered(response: Any, mimetype: str) -> Tuple[bool, Any]:
    """Whether the body is JSON in memory, and its value."""
    if response.streaming or not is_json(mimetype) or response.has_header("Content-Encoding"):
        return False, None
    if not getattr(response, "is_rendered", True):
        return False, None
    body = response.content
    return parsed_json(body) if len(body) <= RESPONSE_LIMIT else (False, None)
