"""Values as a trace holds them: type, length and keyed digest, never the value unless asked for.

The key is random per run and shared by every process of the run, so equal values have equal
digests wherever they are seen: request input, bind value, row, response, operand of a check.
"""

from __future__ import annotations

import datetime
import enum
import json
import os
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from .events import MAX_SCALARS, WEAK_INTEGER

try:  # hashlib would load OpenSSL too: much of what a process pays to be traced
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

HASHED, PLAIN, OFF = "hashed", "plain", "off"

_MEMO_LIMIT = 8192
_MEMO_TEXT = 1000
_PLAIN_LIMIT = 200
LIKE_EDGE = "%_ \t\r\n"

# Any, so that what the app hands in stays Any behind isinstance() and type()
_MAPPING: Any = dict
_SEQUENCE: Any = (list, tuple)
_GROUP: Any = (list, tuple, set, frozenset)
_type_of: Callable[[object], Any] = type


class Instance:
    """What a shape tells of a mapped object: the name of its class and its primary key."""

    __slots__ = ("key", "name")

    def __init__(self, name: str, key: Any) -> None:
        self.name = name
        self.key = key


class Digests:
    """Encodes scalars and shapes under one key; see `events` for the form."""

    def __init__(self, key: bytes, mode: str = HASHED) -> None:
        self.key = key
        self.mode = mode
        self._hash = blake2b(digest_size=8, key=key[:64])
        self._memo: Dict[Any, str] = {}

    def hex(self, text: str) -> str:
        """The keyed digest of a text: 16 hex digits."""
        digest = self._hash.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def scalar(self, value: Any) -> str:
        """The JSON fragment for one scalar."""
        kind = _type_of(value)
        if kind is int:
            if -WEAK_INTEGER <= value <= WEAK_INTEGER:
                return str(value)
        elif value is None:
            return "null"
        elif kind is bool:
            return "true" if value else "false"
        elif kind is str:
            if not value:
                return '""'
        else:
            return self._encode(value)
        memo = self._memo
        found = memo.get(value)
        # 1 == 1.0 == True would share an entry, but only int and str get here
        if found is None:
            found = self._encode(value)
            if len(memo) >= _MEMO_LIMIT:
                memo.clear()
            if kind is int or len(value) <= _MEMO_TEXT:  # or the memo would hold the app's files
                memo[value] = found
        return found

    def scalars(self, values: Iterable[Any]) -> str:
        """A JSON list of encoded scalars."""
        scalar, known = self.scalar, self._memo.get
        return (
            "["
            + ",".join(
                # the type is asked first: a look-up would call the hash of the app's own classes
                [
                    known(v) or scalar(v)
                    if _type_of(v) is str
                    else str(v)
                    if _type_of(v) is int and -WEAK_INTEGER <= v <= WEAK_INTEGER
                    else scalar(v)
                    for v in values
                ]
            )
            + "]"
        )

    def binds(self, parameters: Any) -> str:
        """The binds of one statement: a list, or an object where they are named."""
        if not parameters:
            return "[]"
        if isinstance(parameters, _MAPPING):
            named = [json.dumps(str(name)) + ":" + self.scalar(v) for name, v in parameters.items()]
            return "{" + ",".join(named) + "}"
        if isinstance(parameters, _SEQUENCE):
            return self.scalars(parameters)
        return "[]"

    def _encode(self, value: Any) -> str:
        letter, text = _text_form(value)
        head = '"%s%d' % (letter, len(text))
        if self.mode == OFF or letter == "o":
            return head + '"'
        if len(text) <= 5 and _is_weak(text):
            return head + "#" + text + '"'
        if len(text) > 1_000_000:  # a megabyte is hashed in part: the length still tells them apart
            text = text[:1_000_000]
        tail = self.hex(text)
        if letter == "s":
            folded = text.casefold()
            if folded != text:
                tail += "~" + self.hex(folded)
            stripped = text.strip(LIKE_EDGE)
            if stripped != text:
                tail += "^" + self.hex(stripped)
        if self.mode == PLAIN:
            return head + ":" + tail + "=" + json.dumps(text[:_PLAIN_LIMIT])[1:]
        return head + ":" + tail + '"'

    def shape(self, value: Any) -> Tuple[str, int]:
        """A mapping, sequence or scalar as JSON text, and how many scalars were left out."""
        budget = _Budget(MAX_SCALARS)
        return self._shape(value, budget, 0), budget.cut

    def _shape(self, value: Any, budget: _Budget, depth: int) -> str:
        if isinstance(value, _MAPPING) and depth < 8:
            parts: List[str] = []
            for key, item in list(value.items()):
                parts.append(json.dumps(str(key)[:80]) + ":" + self._shape(item, budget, depth + 1))
            return "{" + ",".join(parts) + "}"
        if isinstance(value, _GROUP) and depth < 8:
            items = list(value)
            shown = _spread(items, max(1, min(12, budget.left)))
            budget.cut += len(items) - len(shown)
            parts = [self._shape(item, budget, depth + 1) for item in shown]
            return '{"#":%d,"of":[%s]}' % (len(items), ",".join(parts))
        if not is_scalar(value):
            if _type_of(value) is Instance:
                key = self.scalar(value.key) if is_scalar(value.key) else "null"
                return '{"?":%s,"key":%s}' % (json.dumps(value.name), key)
            return '{"?":%s}' % json.dumps(_type_of(value).__name__)
        if budget.take():
            return self.scalar(value)
        return '{"?":"cut"}'


def _is_weak(text: str) -> bool:
    """Whether a text is that of an integer which is stored plain: `7` and `"7"` must meet."""
    digits = text[1:] if text[:1] == "-" else text
    decimal = digits.isascii() and digits.isdigit()  # a superscript is a digit, too
    return decimal and str(int(text)) == text and abs(int(text)) <= WEAK_INTEGER


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left
        self.cut = 0

    def take(self) -> bool:
        if self.left <= 0:
            self.cut += 1
            return False
        self.left -= 1
        return True


def _spread(items: List[Any], count: int) -> List[Any]:
    """First, last, and evenly between."""
    if len(items) <= count:
        return items
    if count == 1:
        return items[:1]
    step = (len(items) - 1) / (count - 1)
    return [items[round(index * step)] for index in range(count)]


def is_scalar(value: Any) -> bool:
    return value is None or _text_form(value)[0] != "o"


def _moment(letter: str) -> Callable[[Any], Tuple[str, str]]:
    return lambda value: (letter, value.isoformat())


_FORMS: Dict[type, Callable[[Any], Tuple[str, str]]] = {
    str: lambda value: ("s", value),
    int: lambda value: ("i", str(value)),
    bool: lambda value: ("i", str(int(value))),
    float: lambda value: ("f", str(int(value)) if value.is_integer() else repr(value)),
    datetime.datetime: _moment("t"),
    datetime.date: _moment("d"),
    datetime.time: _moment("h"),
    datetime.timedelta: lambda value: ("h", str(value)),
    bytes: lambda value: ("y", value.decode("latin-1")),
    bytearray: lambda value: ("y", bytes(value).decode("latin-1")),
    memoryview: lambda value: ("y", bytes(value).decode("latin-1")),
}


def _text_form(value: Any) -> Tuple[str, str]:
    """The type letter and the canonical text of a scalar; never calls the app's own code."""
    kind = _type_of(value)
    form = _FORMS.get(kind)
    if form is not None:
        return form(value)
    if isinstance(value, enum.Enum):
        return "e", str(value._value_)
    # by name: importing decimal or uuid would import what the app did not
    if kind.__module__ in ("decimal", "_decimal", "_pydecimal") and kind.__name__ == "Decimal":
        return "n", format(value, "f")
    if kind.__module__ == "uuid" and kind.__name__ == "UUID":
        return "u", str(value)
    for known in (str, int, float):
        if isinstance(value, known) and getattr(kind, "__str__", None) is known.__str__:
            return _FORMS[known](known(value))
    return "o", ""


def run_key(environ: Optional[Dict[str, str]] = None) -> bytes:
    """The run's key: `ORMPROBE_KEY`, made here and handed to children when it is absent."""
    environment: Any = os.environ if environ is None else environ
    text = environment.get("ORMPROBE_KEY")
    if not text:
        text = os.urandom(16).hex()
        environment["ORMPROBE_KEY"] = text
    return str(text).encode("ascii", "replace")
