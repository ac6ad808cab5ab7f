"""Log lines that are JSON: as pino, winston, Caddy, structlog and many others write them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias, cast

import msgspec

LONGEST = 1 << 20
"""Lines with more characters are not read as JSON."""

Fields: TypeAlias = dict[str, object]


@lru_cache(maxsize=2)  # every parser asks about the same line
def fields_of(text: str) -> Fields | None:
    """The object that a line consists of, None where it is none."""
    if not text.lstrip().startswith("{") or len(text) > LONGEST:
        return None
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return cast(Fields, found) if isinstance(found, dict) else None


def inner(fields: Fields, *path: str) -> Fields:
    """The object at a path of keys; an empty one where there is none."""
    for key in path:
        found = fields.get(key)
        if not isinstance(found, dict):
            return {}
        fields = cast(Fields, found)
    return fields


def text_at(fields: Fields, keys: Iterable[str]) -> str | None:
    """The first of some keys that holds a text which is not empty."""
    for key in keys:
        found = fields.get(key)
        if isinstance(found, str) and found:
            return found
    return None


def number_at(fields: Fields, keys: Iterable[str]) -> int | None:
    """The first of some keys that holds a whole number, or a text of digits."""
    for key in keys:
        found = fields.get(key)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
            return int(found)
    return None
