"""What statements of a schema say of a table: its columns, and which of them no two rows share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ormprobe.sql.facts import parsed

_UNIQUE_INDEX = re.compile(
    r"\s*CREATE\s+UNIQUE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?\S+\s+ON\s+"
    r"""(?:ONLY\s+)?((?:["`\[]?\w+["`\]]?\.)*["`\[]?\w+["`\]]?)\s*(?:USING\s+\w+\s*)?"""
    r"\(([^()]*)\)(.*)",
    re.IGNORECASE | re.DOTALL,
)
_PARTIAL = re.compile(r"\bWHERE\b", re.IGNORECASE)
_NAME = re.compile(r"""\s*["`\[]?(\w+)["`\]]?""")


@dataclass(frozen=True, slots=True)
class TableShape:
    """columns: empty where they are not known. keys: sets of columns that no two rows share."""

    columns: frozenset[str] = frozenset()
    keys: frozenset[frozenset[str]] = frozenset()

    def and_(self, other: TableShape) -> TableShape:
        return TableShape(self.columns | other.columns, self.keys | other.keys)


@lru_cache(maxsize=512)
def shape_made(text: str) -> TableShape:
    """The shape of the table that a CREATE TABLE makes."""
    from sqlglot import exp

    tree = parsed(text, "mysql" if "`" in text else None)
    if not isinstance(tree, exp.Create):
        return TableShape()
    columns: set[str] = set()
    keys: set[frozenset[str]] = set()
    for column in tree.find_all(exp.ColumnDef):
        columns.add(column.name.lower())
        kinds = (exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint)
        if any(isinstance(each.kind, kinds) for each in column.find_all(exp.ColumnConstraint)):
            keys.add(frozenset((column.name.lower(),)))
    for key in tree.find_all(exp.PrimaryKey, exp.UniqueColumnConstraint):
        inner = key.this if isinstance(key.this, exp.Schema) else key
        names = frozenset(each.name.lower() for each in inner.expressions if each.name)
        if names:
            keys.add(names)
    return TableShape(frozenset(columns), frozenset(keys))


def unique_index(text: str) -> tuple[str, frozenset[str]] | None:
    """The table and the columns of a CREATE UNIQUE INDEX over all rows of it."""
    found = _UNIQUE_INDEX.match(text)
    if found is None or _PARTIAL.search(found[3]):
        return None
    names = [_NAME.match(part) for part in found[2].split(",")]
    columns = frozenset(name[1].lower() for name in names if name)
    return (found[1].rpartition(".")[2].strip('"`[]').lower(), columns) if columns else None
