"""The facts of a statement. Texts are cached, failures too; bounded."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ormprobe.sql.facts import DIALECTS
from ormprobe.sql.model import StatementFacts
from ormprobe.sql.names import Names
from ormprobe.sql.normal import digest
from ormprobe.sql.placeholders import numbered
from ormprobe.sql.queries import Reader
from ormprobe.sql.written import Written, read_write

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_CACHED = 4096
_VERB = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*([A-Za-z]+)", re.DOTALL)
_READ = frozenset(
    ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "VALUES", "TABLE")
)
_WRITTEN = frozenset(("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"))
_TABLE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?)\s+"
    r"""((?:["`\[]?\w+["`\]]?\.)*["`\[]?\w+)""",
    re.IGNORECASE,
)
_DEFINED = re.compile(
    r"\s*(?:CREATE|DROP|ALTER|TRUNCATE)\s+(?:\w+\s+)*?TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
    r"""((?:["`\[]?\w+["`\]]?\.)*["`\[]?\w+)""",
    re.IGNORECASE,
)
_REPLACE = re.compile(r"\A(\s*)REPLACE(\s+INTO\b)", re.IGNORECASE)


@lru_cache(maxsize=_CACHED)
def statement_facts(
    text: str, system: str | None, names: tuple[str, ...] | None = None
) -> StatementFacts:
    """The facts of a statement in the dialect of a database system (its OpenTelemetry name).

    names: those of named binds in the order of the binds; without them their first use in the text
    numbers them. Never raises: what cannot be parsed has parsed=False, and names alone.
    """
    found = _VERB.match(text)
    verb = found[1].upper() if found else ""
    plain = numbered(text, system, names)
    if verb not in _READ:
        defined = _DEFINED.match(text)
        target = _bare(defined[1]) if defined else None
        return StatementFacts(
            verb=verb, digest=digest(plain.text), target=target, binds=plain.binds
        )
    from sqlglot.errors import SqlglotError

    try:
        tree = _parse(plain.text, DIALECTS.get(system or "", system))
        if tree is not None:
            return _from_tree(tree, plain.text, plain.binds, replaces=verb == "REPLACE")
    except (SqlglotError, ValueError, RecursionError, AttributeError, TypeError, LookupError):
        pass  # a text, or a tree, of a shape that no system would take
    return _searched(text, verb, plain.text, plain.binds)


def _parse(text: str, dialect: str | None) -> Expr | None:
    """The tree of a statement; None where the parser only keeps the words of it."""
    import logging

    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    tree = sqlglot.parse_one(_REPLACE.sub(r"\1INSERT\2", text), read=dialect)
    known = exp.Query | exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Values
    return tree if isinstance(tree, known) else None


def _from_tree(tree: Expr, text: str, binds: int, *, replaces: bool) -> StatementFacts:
    from sqlglot import exp

    reader = Reader()
    written = Written()
    if isinstance(tree, exp.Query | exp.Values):
        reader.query(tree, Names())
        verb = "SELECT"
    else:
        written = read_write(tree, reader)
        verb = "REPLACE" if replaces else tree.key.upper()
    found = reader.found
    return StatementFacts(
        verb=verb,
        digest=digest(text, found.sources),
        sources=tuple(found.sources),
        outer=tuple(found.outer),
        selected=found.selected,
        joins=tuple(found.joins),
        predicates=tuple(found.predicates),
        aggregates=tuple(found.aggregates),
        grouped_by=found.grouped_by,
        order=found.order,
        limit=found.limit,
        distinct=found.distinct,
        target=written.target,
        assigned=tuple(written.assigned.items()),
        computed=tuple(written.computed),
        subqueries=found.subqueries,
        counts_limited=found.counts_limited,
        set_operation=found.set_operation,
        locked=found.locked,
        binds=binds,
    )


def _searched(text: str, verb: str, plain: str, binds: int) -> StatementFacts:
    """Names behind the keywords that introduce tables, for what the parser refuses."""
    tables = [_bare(name) for name in _TABLE.findall(text)]
    return StatementFacts(
        verb=verb,
        digest=digest(plain),
        parsed=False,
        sources=tuple((name, name) for name in dict.fromkeys(tables)),
        outer=tuple(tables[:1]),
        target=tables[0] if tables and verb in _WRITTEN else None,
        binds=binds,
    )


def _bare(name: str) -> str:
    """A table's name without schema and quotes."""
    return name.rpartition(".")[2].strip('"`[]').lower()
