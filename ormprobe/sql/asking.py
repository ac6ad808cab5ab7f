"""The facts of a run's statements, resolved against what the run knows of its schema so far."""

from __future__ import annotations

from ormprobe.sql.model import StatementFacts
from ormprobe.sql.resolving import Schema, resolved, schema_of
from ormprobe.sql.statements import statement_facts
from ormprobe.timeline.model import Statement
from ormprobe.timeline.run import Run

_CACHED = 4096

Asked = tuple[str, "str | None", "tuple[str, ...] | None"]


class Asking:
    """Remembers the facts of the texts that it was asked for, until the schema grows; bounded."""

    def __init__(self) -> None:
        self._size = (-1, -1, -1)
        self._schema = Schema()
        self._facts: dict[Asked, StatementFacts] = {}

    def schema(self, run: Run) -> Schema:
        size = (
            len(run.created_tables),
            sum(map(len, run.unique_indexes.values())),
            len(run.tables) + len(run.entities),
        )
        if size != self._size:
            self._size, self._schema = size, schema_of(run)
            self._facts.clear()
        return self._schema

    def facts(self, statement: Statement, run: Run) -> StatementFacts:
        """Positions of binds are those of `statement.bind_values`."""
        schema = self.schema(run)
        system = run.system(statement.process, statement.connection)
        binds = statement.binds
        names = None if isinstance(binds, tuple) else tuple(binds)
        key = (statement.text, system, names)
        found = self._facts.get(key)
        if found is None:
            if len(self._facts) >= _CACHED:
                self._facts.clear()
            found = self._facts[key] = resolved(statement_facts(*key), schema)
        return found
