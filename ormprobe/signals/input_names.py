"""Which columns of a statement's tables an input is called like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.signals.failing_reads import tables_of
from ormprobe.signals.known import Known
from ormprobe.signals.references import references_of
from ormprobe.sql.model import StatementFacts

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_PADDING = frozenset(("id", "ids", "pk", "by", "filter", "only", "name"))


@dataclass(frozen=True)
class Namesake:
    """A column, or a table as a whole. own: of the rows of the table that is read first."""

    table: str
    column: str | None
    own: bool


def norm(name: str) -> str:
    """A name as it is compared: its words in lower case, in the singular, without `id`."""
    words = [_singular(word.lower()) for word in _WORD.findall(name)]
    kept = [word for word in words if word not in _PADDING]
    return "_".join(kept or words)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


def namesakes(known: Known, name: str, facts: StatementFacts) -> list[Namesake]:
    """The columns and tables that a name is that of: of a statement's own tables, the first one
    first, then of tables that these refer to."""
    wanted = norm(name)
    tables = [table for table in tables_of(facts) if table in known.run.tables]
    found = list(_in_tables(known, wanted, tables, own=tables[:1]))
    beyond = [
        target
        for table in tables
        for target, _ in references_of(known, table).targets.values()
        if target not in tables
    ]
    found.extend(_in_tables(known, wanted, list(dict.fromkeys(beyond)), own=[]))
    return found


def _in_tables(known: Known, wanted: str, tables: list[str], own: list[str]) -> Iterator[Namesake]:
    for table in tables:
        mapped = known.run.tables.get(table)
        if mapped is None:
            continue
        for column in mapped.columns:
            if not column.primary_key and norm(column.name) == wanted:
                yield Namesake(table, column.name.lower(), table in own)
        if table not in own and norm(table) == wanted:
            yield Namesake(table, None, False)
