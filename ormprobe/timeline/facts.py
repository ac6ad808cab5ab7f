"""Fills a run's facts from the events that outlive their scope."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from ormprobe.reading import events
from ormprobe.sql.tables import unique_index
from ormprobe.timeline.definitions import Definitions
from ormprobe.timeline.model import EventRef, Failure, Scope, Site, Statement
from ormprobe.timeline.run import (
    MAX_FACTS,
    Column,
    Connection,
    CreatedTable,
    Engine,
    Library,
    Process,
    Relation,
    Run,
    ShimState,
    Table,
)
from ormprobe.timeline.statements import creations

K = TypeVar("K")
V = TypeVar("V")


_RETURNS = ("checkout", "checkin", "close", "invalidate")
"""What happens to a connection that is out no more, or was not until then."""


class Facts:
    """What one process adds to the run."""

    def __init__(self, run: Run, process: Process, base_us: int, definitions: Definitions) -> None:
        self.run = run
        self.process = process
        self._base_us = base_us
        self.out = set[int]()  # numbers of the connections that are out, their request having ended
        self._definitions = definitions
        self._keep(run.processes, process.name, process)

    def began(self, event: events.Process) -> None:
        process = self.process
        process.pid, process.parent_pid = event.pid, event.parent_pid
        process.python, process.executable = event.python, event.executable
        process.program, process.role, process.origin = event.program, event.role, event.origin
        process.values, process.schema = event.values, event.schema
        process.started_us = event.started // 1000

    def ended(self, event: events.Exit) -> None:
        self.process.ended_us = self._base_us + event.at
        self.process.dropped_events = event.dropped or 0

    def library(self, event: events.Library) -> None:
        found = Library(self.process.name, event.name, event.version, event.role)
        self._keep(self.run.libraries, event.name, found)

    def shim(self, event: events.Shim) -> None:
        name = self.process.name
        state = ShimState(name, event.name, event.state, event.reason)
        self._keep(self.run.shims, (name, event.name), state)

    def schema(self, event: events.Schema, ref: EventRef) -> None:
        columns = tuple(
            Column(
                found.name,
                found.type,
                found.nullable,
                bool(found.primary_key),
                bool(found.unique),
                found.foreign_key,
            )
            for found in event.columns
        )
        relations = tuple(
            Relation(found.name, found.target, found.direction, found.uselist, found.secondary)
            for found in event.relations or ()
        )
        table = Table(ref, event.table, event.entity, columns, relations)
        self._keep(self.run.tables, event.table, table)
        if event.entity is not None:
            self._keep(self.run.entities, event.entity, table)

    def engine(self, event: events.Engine, ref: EventRef) -> None:
        engine = Engine(
            event=ref,
            process=self.process.name,
            number=event.id,
            at_us=self._base_us + event.at,
            system=event.system,
            driver=event.driver,
            memory=bool(event.memory),
            namespace=event.namespace,
        )
        self._definitions.sites.when(event.site, partial(setattr, engine, "site"))
        self._keep(self.run.engines, (engine.process, event.id), engine)

    def connection(self, event: events.Connection, ref: EventRef) -> None:
        key = (self.process.name, event.id)
        at_us = self._base_us + event.at
        found = self.run.connections.get(key)
        if found is None:
            found = Connection(ref, self.process.name, event.id, at_us)
            self._keep(self.run.connections, key, found)
        found.system = event.system or found.system
        found.memory = found.memory or bool(event.memory)
        found.namespace = event.namespace or found.namespace
        found.driver = event.driver or found.driver
        found.thread = found.thread if event.thread is None else event.thread
        found.loop = found.loop if event.loop is None else event.loop
        self._definitions.sites.when(event.engine_site, partial(setattr, found, "engine_site"))
        if event.action == "close":
            found.closed_us = at_us
        elif event.action == "invalidate":
            found.invalidated_us = at_us
        elif event.action == "checkout":
            found.checkouts += 1
        elif event.action == "held":
            found.held += 1
        if event.action in _RETURNS:
            found.kept = None
            self.out.discard(event.id)

    def kept(self, event: events.Connection, ref: EventRef) -> None:
        """A request ended while a connection was out."""
        found = self.run.connections.get((self.process.name, event.id))
        if found is not None and not found.shared:
            self.out.add(event.id)
            at_us = self._base_us + event.at
            found.kept = (ref, at_us, None)

            def used_at(site: Site) -> None:
                found.kept = (ref, at_us, site)

            self._definitions.sites.when(event.site, used_at)

    def used_on(self, connection: int) -> None:
        """A connection that was out at the end of its request is used by somebody else."""
        self.out.discard(connection)
        found = self.run.connections.get((self.process.name, connection))
        if found is not None:
            found.kept, found.shared = None, True

    def created(self, statement: Statement) -> None:
        """Note the tables that a CREATE statement makes, or a script of several."""
        for name, text in creations(statement.text):
            earlier = self.run.created_tables.get(name)
            if earlier is not None and earlier.count >= MAX_FACTS:
                earlier = None
            found = CreatedTable(
                statement.event,
                self.process.name,
                name,
                statement.at_us,
                statement.connection,
                text,
                statement.site,
                earlier,
                1 if earlier is None else earlier.count + 1,
            )
            self._keep(self.run.created_tables, name, found)

        for part in statement.text.split(";") if "UNIQUE" in statement.text.upper() else ():
            index = unique_index(part)
            if index is not None:
                table, columns = index
                keys = self.run.unique_indexes.get(table, set())
                keys.add(columns)
                self._keep(self.run.unique_indexes, table, keys)

    def scope_began(self, scope: Scope) -> None:
        self.run.counts.tests += scope.kind == "test"
        self.run.counts.requests += scope.kind == "request"

    def failed(self, failure: Failure) -> None:
        """The exception that ended the process."""
        if len(self.run.exit_failures) < MAX_FACTS:
            self.run.exit_failures.append((self.process.name, failure))
        else:
            self.run.dropped += 1

    def _keep(self, table: dict[K, V], key: K, value: V) -> None:
        if key in table or len(table) < MAX_FACTS:
            table[key] = value
        else:
            self.run.dropped += 1
