"""The normal form of a statement, and its digest.

Two statements have one normal form when they differ only in literals and binds, in the length of IN
lists, in repeated rows of VALUES, in the names given to tables and columns by AS, in letter case,
quotes and blanks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

_TOKENS = re.compile(
    r"""(?P<drop>--[^\n]*|/\*.*?\*/|\s+)
      | (?P<value>[EeXxBbNn]?'(?:[^']|'')*'|:p\d+|\$\d+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
      | (?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]']*\]|[^\W\d]\w*)
      | (?P<sign>::|<=|>=|<>|!=|\|\||->>|->|.)""",
    re.VERBOSE | re.DOTALL,
)
_LIST = re.compile(r"\( \?(?: , \?)+ \)")
_ROWS = re.compile(r"(\( \?(?: :: \w+)? \)|\( [^()]* \))(?: , \1)+")


def digest(text: str, sources: Sequence[tuple[str, str]] = ()) -> str:
    """16 hex digits of the normal form of a statement whose placeholders are numbered."""
    return blake2b(normal_form(text, sources).encode(), digest_size=8).hexdigest()


def normal_form(text: str, sources: Sequence[tuple[str, str]] = ()) -> str:
    """sources: alias -> table, as the statement's facts have them."""
    renamed = _renamed(sources)
    out: list[str] = []
    after_as = False
    for found in _TOKENS.finditer(text):
        kind = found.lastgroup
        if kind == "drop":
            continue
        if kind == "value":
            word = "?"
        elif kind == "name":
            word = found[0].strip('"`[]').lower()
        else:
            word = found[0]
        if after_as and kind == "name":
            after_as = False
            continue
        if after_as:
            out.append("as")
            after_as = False
        if kind == "name" and word == "as" and found[0][0] in "Aa":
            after_as = True
            continue
        name = renamed.get(word) if kind == "name" else None
        if name is not None and out and out[-1] == name.partition("#")[0] and word != out[-1]:
            continue  # an alias behind its table, without AS
        out.append(name or word)
    return _ROWS.sub(r"\1", _LIST.sub("( ? )", " ".join(out)))


def _renamed(sources: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """A name for each alias: its table's, with a number from the second of one table on."""
    names: dict[str, str] = {}
    seen: dict[str, int] = {}
    for alias, table in sources:
        if alias in names:
            continue
        seen[table] = seen.get(table, 0) + 1
        names[alias] = table if seen[table] == 1 else f"{table}#{seen[table]}"
    return names
