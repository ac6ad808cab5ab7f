"""Facts of one statement from its syntax tree. Texts are cached, failures too; bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_CACHED = 4096
DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
"""The dialects of sqlglot by the OpenTelemetry names of systems."""

_KIN = {"mariadb": "mysql"}
_PLACEHOLDERS = re.compile(r"%\((\w+)\)s|%s")
_TABLE = re.compile(
    r'\b(?:FROM|JOIN|INTO|UPDATE|TABLE(?:\s+IF\s+NOT\s+EXISTS)?)\s+["`\[]?([\w.]+)', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """What a statement touches; names without schema and quotes, lower case.

    reads, writes: tables. sources: alias or table name -> table. parsed: False where only the text
    was searched.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    sources: tuple[tuple[str, str], ...]
    parsed: bool


@lru_cache(maxsize=_CACHED)
def sql_facts(text: str, system: str | None) -> SqlFacts:
    """The facts of a statement in the dialect of a database system (its OpenTelemetry name)."""
    tree = parsed(text, DIALECTS.get(system or "", system))
    return _searched(text) if tree is None else _from_tree(tree)


def dialect_of(system: str) -> str:
    """The system whose words a system speaks: MariaDB those of MySQL."""
    return _KIN.get(system, system)


def parsed(text: str, dialect: str | None) -> Expr | None:
    """The syntax tree of a statement in a dialect of sqlglot; None for what it refuses."""
    import logging

    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    numbered = _PLACEHOLDERS.sub("?", text)
    try:
        return sqlglot.parse_one(numbered, read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None


def _from_tree(tree: Expr) -> SqlFacts:
    from sqlglot import exp

    written: set[str] = set()
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        target = tree.this.find(exp.Table) if tree.this is not None else None
        if target is not None:
            written.add(target.name.lower())
    common = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    sources: dict[str, str] = {}
    reads: set[str] = set()
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name and name not in common:
            sources[(table.alias or table.name).lower()] = name
            reads.add(name)
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        reads -= written
    return SqlFacts(frozenset(reads), frozenset(written), tuple(sources.items()), True)


@lru_cache(maxsize=256)
def columns_made(text: str) -> frozenset[str] | None:
    """The columns that a CREATE TABLE makes, lower case; None where they are not to be known.

    Of `IF NOT EXISTS` nothing is known: an older table may have been there.
    """
    from sqlglot import exp

    if re.search(r"\bIF\s+NOT\s+EXISTS\b", text, re.IGNORECASE):
        return None
    tree = parsed(text, "mysql" if "`" in text else None)
    if not isinstance(tree, exp.Create):
        return None
    return frozenset(column.name.lower() for column in tree.find_all(exp.ColumnDef)) or None


@lru_cache(maxsize=256)
def is_nested(text: str) -> bool:
    """Whether a statement holds another one, so that a bare name may belong to either."""
    return len(re.findall(r"\bSELECT\b", text, re.IGNORECASE)) > 1


def _searched(text: str) -> SqlFacts:
    """Names behind the keywords that introduce tables, for what the parser refuses."""
    names = [name.rpartition(".")[2].lower() for name in _TABLE.findall(text)]
    head = text.lstrip()[:6].upper()
    writes: frozenset[str] = (
        frozenset(names[:1]) if head in ("INSERT", "UPDATE", "DELETE", "REPLAC") else frozenset()
    )
    reads = frozenset(names) - writes
    return SqlFacts(reads, writes, tuple((name, name) for name in names), False)
