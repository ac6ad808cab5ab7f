"""What was written in a run, table by table, as far as it tells that a row cannot exist; bounded.

Values are kept as the trace has them: digests, or small integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ormprobe.sql.facts import sql_facts
from ormprobe.timeline.model import Scope, Shape, Statement
from ormprobe.timeline.run import Run

MAX_VALUES = 100_000
MAX_FUNCTIONS = 5_000
MAX_SITES = 20_000

_INSERT = re.compile(r"\s*INSERT\s+INTO\s+[^\s(]+\s*\(([^()]*)\)\s*VALUES", re.IGNORECASE)

Function = tuple[str, str]
"""The file and the name of a function."""


@dataclass(slots=True)
class Writes:
    """What was written to the tables of a run or a scope.

    values: by table, by themselves and as `column=value`. partial: tables of which not every value
    is known. inserted: the most rows that were inserted. deleted: tables of which rows were
    deleted. full: values were left out.
    """

    values: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    partial: set[str] = field(default_factory=set[str])
    inserted: dict[str, int] = field(default_factory=dict[str, int])
    deleted: set[str] = field(default_factory=set[str])
    count: int = 0
    full: bool = False

    def take(self, write: Statement, system: str | None) -> None:
        """Note one INSERT, UPDATE or DELETE."""
        for table in sql_facts(write.text, system).writes:
            if write.operation == "DELETE":
                self.deleted.add(table)
                continue
            if write.operation != "UPDATE":
                rows = max(write.many or 1, write.affected or 1, write.text.count("), (") + 1)
                self.inserted[table] = self.inserted.get(table, 0) + rows
            if (write.many or 1) > 1 or "'" in write.text or " SELECT " in write.text.upper():
                self.partial.add(table)
            values = self.values.setdefault(table, set())
            for column, value in _columns(write):
                digest = digest_of(value)
                if digest is not None:
                    self._add(values, digest)
                    self._add(values, f"{column}={digest}")

    def _add(self, values: set[str], value: str) -> None:
        if value in values:
            return
        if self.count >= MAX_VALUES:
            self.full = True
        else:
            values.add(value)
            self.count += 1

    def held(self, table: str, column: str, value: str) -> bool:
        """Whether a value was written to a column."""
        return f"{column.lower()}={value}" in self.values.get(table, ())

    def may_hold(self, table: str, value: str) -> bool:
        """Whether a value may have been written to a table."""
        return self.full or table in self.partial or value in self.values.get(table, ())


class Memory:
    """The writes of a run, and the functions and lines of the app that sent statements."""

    def __init__(self) -> None:
        self.writes = Writes()
        self.senders: set[Function] = set()
        self.sites: set[tuple[str, int]] = set()

    def take_in(self, scope: Scope, run: Run) -> None:
        """Note what an outermost scope did, before it is judged."""
        senders, sites = self.senders, self.sites
        for found in scope.walk():
            for statement in found.statements:
                site = statement.site
                if site is not None and len(senders) < MAX_FUNCTIONS:
                    senders.add((site.path, site.function))
                    if len(sites) < MAX_SITES:
                        sites.add((site.path, site.line))
                if statement.is_write:
                    self.writes.take(statement, run.system(statement.process, statement.connection))


def writes_of(statements: Iterable[Statement], run: Run) -> Writes:
    """The writes among statements."""
    found = Writes()
    for statement in statements:
        if statement.is_write:
            found.take(statement, run.system(statement.process, statement.connection))
    return found


def _columns(write: Statement) -> Iterator[tuple[str, Shape]]:
    """The values that a write sets, with the columns of an INSERT, else with none."""
    found = _INSERT.match(write.text)
    names = [name.strip(' "`[]').lower() for name in found.group(1).split(",")] if found else []
    binds = write.binds
    if isinstance(binds, tuple):
        for index, value in enumerate(binds):
            yield (names[index % len(names)] if names else "", value)
    else:
        for name, value in binds.items():
            column = name.lower()
            column = column if column in names else column.partition("__")[0]
            yield (column if column in names else "", value)


def digest_of(value: Shape) -> str | None:
    """What makes two encoded values equal; None where the trace does not tell."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str) or not value:
        return None
    if "#" in value:
        return value.partition("#")[2].partition("=")[0]
    digest = value.partition(":")[2]
    return digest[:16] or None
