"""Statements of one process, resolved, and the rows that are told of them later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest

from ormprobe.reading import events
from ormprobe.timeline.definitions import Definitions, Sql
from ormprobe.timeline.model import EntityRows, EventRef, Rows, Scope, Shape, Statement
from ormprobe.timeline.recent import Recent
from ormprobe_instrumentation.events import MAX_KEYS, MAX_VALUE_ROWS

MAX_STATEMENTS = 5_000
"""Statements that rows may still be told of."""

_CREATE = re.compile(
    r"\s*CREATE\s+(?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|VIRTUAL)\s+)*TABLE\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>(?:[^\s(.\"`\[]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|\.)+)",
    re.IGNORECASE,
)
_PART = re.compile(r"\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|[^.\"`\[\]]+")


def created_table(text: str) -> str | None:
    """The table that a CREATE TABLE makes, without its schema and quotes."""
    found = _CREATE.match(text)
    if found is None:
        return None
    parts = [part[0].strip('"`[]') for part in _PART.finditer(found["name"])]
    return parts[-1] if parts else None


def creations(text: str) -> Iterator[tuple[str, str]]:
    """The tables that a script of one or several statements makes, each with its own statement."""
    for part in text.split(";"):
        name = created_table(part)
        if name is not None:
            yield name, part


class Statements:
    """Makes statements out of events. `known` is called when the text of one is known."""

    def __init__(
        self,
        base_us: int,
        definitions: Definitions,
        known: Callable[[Statement, Scope], object],
    ) -> None:
        self._base_us = base_us
        self._definitions = definitions
        self._known = known
        self._recent: Recent[Statement] = Recent(MAX_STATEMENTS)

    def seen(self, event: events.Statement, ref: EventRef, scope: Scope) -> None:
        """Add a statement to its scope."""
        definitions = self._definitions
        binds = event.binds
        statement = Statement(
            number=event.id,
            event=ref,
            scope=event.scope,
            at_us=self._base_us + event.at,
            duration_us=event.duration,
            site=definitions.sites.get(event.site),
            load=definitions.loads.get(event.load),
            parent=event.parent,
            binds=binds if isinstance(binds, dict) else tuple(binds),
            many=event.many,
            rest=tuple(
                tuple(each.values()) if isinstance(each, dict) else tuple(each)
                for each in event.rest or ()
            ),
            affected=event.affected,
            durable=bool(event.durable),
            via=event.via,
            transaction=event.transaction,
            session=event.session,
            connection=event.connection,
            source=event.source,
            library=event.library,
            orm=event.orm,
            entity=event.entity,
            serializer=event.serializer,
        )
        scope.statements.append(statement)
        self._recent.put(event.id, statement)
        if statement.site is None:
            definitions.sites.when(event.site, partial(setattr, statement, "site"))
        if statement.load is None:
            definitions.loads.when(event.load, partial(setattr, statement, "load"))
        definitions.frames(event.callers, partial(setattr, statement, "callers"))
        definitions.frames(event.composed, partial(setattr, statement, "composed"))
        sql = definitions.sql.get(event.sql)
        if sql is not None:
            self._text(statement, scope, sql)
        else:
            definitions.sql.when(event.sql, partial(self._text, statement, scope))

    def _text(self, statement: Statement, scope: Scope, sql: Sql) -> None:
        statement.text, statement.operation = sql
        self._known(statement, scope)

    def rows(self, event: events.Rows, ref: EventRef) -> None:
        """What a statement returned; a result read in chunks is told chunk by chunk."""
        statement = self._recent.get(event.statement)
        if statement is None:
            return
        rows = Rows(
            event=ref,
            count=event.count,
            entities=tuple(_entities(event)),
            columns=event.columns or (),
            values=event.values or (),
            cut=event.cut or 0,
        )
        before = statement.rows
        statement.rows = rows if before is None else _together(before, rows)


def _entities(event: events.Rows) -> Iterator[EntityRows]:
    for found in event.entities or ():
        yield EntityRows(found.entity, found.distinct, tuple(found.keys or ()))


def _together(first: Rows, second: Rows) -> Rows:
    pairs = zip_longest(first.entities, second.entities)  # by place: aliases share a name
    return Rows(
        event=first.event,
        count=first.count + second.count,
        entities=tuple(_entity_together(one, other) for one, other in pairs),
        columns=first.columns or second.columns,
        values=(first.values + second.values)[:MAX_VALUE_ROWS],
        cut=first.cut + second.cut,
    )


def _entity_together(first: EntityRows | None, second: EntityRows | None) -> EntityRows:
    """Counted by their keys while all are shown; beyond that, keys of two chunks may repeat."""
    if first is None or second is None:
        return first or second or EntityRows("", None, ())
    keys = first.keys + second.keys
    distinct: int | None = None
    if len(keys) <= MAX_KEYS:
        distinct = len({_hashable(key) for key in keys})
    elif first.distinct is not None and second.distinct is not None:
        distinct = first.distinct + second.distinct
    return EntityRows(first.entity, distinct, keys[:MAX_KEYS])


def _hashable(key: Shape) -> object:
    return repr(key) if isinstance(key, list | dict) else key
