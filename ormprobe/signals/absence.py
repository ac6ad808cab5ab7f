"""Whether a row that was asked for in vain could have been there at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.known import Known
from ormprobe.signals.memory import Writes, digest_of, writes_of
from ormprobe.timeline.model import Scope, Shape, Statement
from ormprobe.timeline.statements import creations

_REFUSALS = range(400, 500)

_PLACE = re.compile(
    r"(?:[\"`\[]?(?P<table>\w+)[\"`\]]?\.)?[\"`\[]?(?P<column>\w+)[\"`\]]?\s*(?P<op>[<>!]?=|IS|LIKE)"
    r"\s*$",
    re.IGNORECASE,
)
_BIND = re.compile(r"\?|%\((\w+)\)s|%s|(?<!:):([A-Za-z_]\w*)|\$(\d+)")


def is_refusal_wanted(scope: Scope, step: Scope | None) -> bool:
    """Whether the failing check wanted a client's error where the request answered a server's."""
    if step is None or step is scope:
        return False
    if step.status is not None and step.status < 500:
        return False
    operands = [(check.left, check.right) for check in scope.checks]
    return any(
        isinstance(operand, int) and not isinstance(operand, bool) and operand in _REFUSALS
        for pair in operands
        for operand in pair
    )


def exists(scope: Scope, known: Known, statement: Statement) -> bool | None:
    """Whether a row with the values that a statement asked for was written before it: False where
    none can be there, None where it may be."""
    facts = known.facts(statement)
    tables = sorted(facts.reads)
    if not tables:
        return None
    own = writes_of((s for s in scope.all_statements() if s.at_us < statement.at_us), known.run)
    fresh = _made_in(scope)
    for table in tables:
        if table not in fresh and not _is_made(known, table):
            return None
    asked = list(equals(statement))
    writes = {table: own if table in fresh else known.memory.writes for table in tables}
    if any(_is_empty(writes[table], table) for table in tables):
        return False
    for column, value in asked:
        if _cannot_be(known, writes, tables, column, value):
            return False
    if len(asked) == 1 and len(tables) == 1 and tables[0] not in own.deleted:
        column, value = asked[0]
        strong = isinstance(value, str) and ":" in value
        digest = digest_of(value)
        if strong and digest is not None and own.held(tables[0], column, digest):
            return True
    return None


def _is_empty(writes: Writes, table: str) -> bool:
    return not writes.inserted.get(table) and table not in writes.partial


def _cannot_be(
    known: Known, writes: dict[str, Writes], tables: list[str], column: str, value: Shape
) -> bool:
    digest = digest_of(value)
    if digest is None:
        return False
    if isinstance(value, int) and _is_generated(known, tables, column):
        # keys that a database gives are counted up from one
        counted = max(writes[table].inserted.get(table, 0) for table in tables)
        given = any(writes[table].may_hold(table, digest) for table in tables)
        return value > counted and not given
    return not any(writes[table].may_hold(table, digest) for table in tables)


def _is_generated(known: Known, tables: list[str], column: str) -> bool:
    for name in tables:
        table = known.run.tables.get(name)
        found = table.column(column) if table is not None else None
        if found is not None and found.primary_key and "INT" in (found.type or "").upper():
            return found.foreign_key is None
    return False


def _is_made(known: Known, table: str) -> bool:
    return any(name.lower() == table for name in known.run.created_tables)


def _made_in(scope: Scope) -> set[str]:
    """The tables that a scope created itself: what was written before it is not in them."""
    texts = (each.text for each in scope.all_statements() if each.operation == "CREATE")
    return {name.lower() for text in texts for name, _ in creations(text)}


def equals(statement: Statement) -> Iterator[tuple[str, Shape]]:
    """The columns that a statement compares by `=`, each with the value it asks for."""
    text, binds = statement.text, statement.binds
    for index, found in enumerate(_BIND.finditer(text)):
        before = _PLACE.search(text[max(0, found.start() - 120) : found.start()])
        if before is None or before["op"] != "=":
            continue
        name = found.group(1) or found.group(2)
        number = int(found.group(3)) - 1 if found.group(3) else index
        if isinstance(binds, tuple):
            if number < len(binds):
                yield before["column"], binds[number]
        elif name is not None and name in binds:
            yield before["column"], binds[name]
