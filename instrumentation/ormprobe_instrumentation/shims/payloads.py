"""What requests and responses carry, read from bytes that are in memory already."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import parse_qs

RESPONSE_LIMIT = 256 * 1024
INPUT_LIMIT = 64 * 1024

_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data"


def first_of_one(lists: Dict[str, List[Any]]) -> Dict[str, Any]:
    """A multiple mapping; a key with one value has the value itself."""
    return {name: found[0] if len(found) == 1 else found for name, found in lists.items()}


def query_of(text: str) -> Dict[str, Any]:
    """The parameters of a query string."""
    return first_of_one(parse_qs(text, keep_blank_values=True)) if text else {}


def mimetype_of(content_type: Optional[str]) -> str:
    """A content type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_json(mimetype: Optional[str]) -> bool:
    return mimetype is not None and (mimetype == "application/json" or mimetype.endswith("+json"))


def is_form(mimetype: str) -> bool:
    return mimetype in (_FORM, _PARTS)


def parsed_json(data: bytes) -> Tuple[bool, Any]:
    """Whether bytes are JSON, and the value."""
    try:
        return True, json.loads(data)
    except (ValueError, RecursionError):
        return False, None


def parsed_form(content_type: str, data: bytes) -> Dict[str, Any]:
    """The fields of a form; of a multipart one without its files."""
    if mimetype_of(content_type) == _FORM:
        return query_of(data.decode("utf-8", "replace"))
    _, _, boundary = content_type.partition("boundary=")
    boundary = boundary.partition(";")[0].strip().strip('"')
    found: Dict[str, List[Any]] = {}
    if boundary:
        for part in data.split(b"--" + boundary.encode("latin-1"))[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            name = _field_name(head.decode("utf-8", "replace"))
            if name is not None:
                text = value[:-2] if value.endswith(b"\r\n") else value
                found.setdefault(name, []).append(text.decode("utf-8", "replace"))
    return first_of_one(found)


def _field_name(head: str) -> Optional[str]:
    """The name of a part that is a plain field, from its headers."""
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition" and "filename" not in value:
            _, _, quoted = value.partition(' name="')
            return quoted.partition('"')[0] or None
    return None
