"""Events as lines of JSON."""

from __future__ import annotations

import json
from typing import Any, Dict

_encode = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make one each time


def line_of(kind: str, fields: Dict[str, Any]) -> str:
    """One event as a line; None is left out, `Raw` fragments stand as they are."""
    parts = ['{"kind":"%s"' % kind]
    for name, value in fields.items():
        if value is not None:
            if type(value) is Raw:
                text = value.text
            else:
                text = str(value) if type(value) is int else _encode(value)
            parts.append('"%s":%s' % (name, text))
    return ",".join(parts) + "}\n"


class Raw:
    """A field that is JSON already."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
