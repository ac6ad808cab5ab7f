"""What detectors may ask beside the scope that closed: the run's facts and the app's source."""

from __future__ import annotations

from dataclasses import dataclass, field

from ormprobe.expected import NOTHING, Expected
from ormprobe.signals.memory import Memory
from ormprobe.source import Source, is_test_file
from ormprobe.sql.asking import Asking
from ormprobe.sql.facts import SqlFacts, sql_facts
from ormprobe.sql.model import StatementFacts
from ormprobe.sql.resolving import Schema
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe.timeline.run import Run
from ormprobe_taxonomy.signals import Place


@dataclass(frozen=True, slots=True)
class Known:
    """Outlives the scopes: `run` and `memory` are filled while they are read.

    expected: what was declared.
    """

    run: Run
    source: Source
    memory: Memory = field(default_factory=Memory)
    expected: Expected = NOTHING
    asking: Asking = field(default_factory=Asking)

    def place(self, site: Site | None) -> Place | None:
        """A site as a place, its function qualified where the interpreter recorded it bare."""
        if site is None:
            return None
        function = self.source.qualified(site.path, site.line, site.function)
        return Place(site.path, site.line, function)

    def system(self, process: str, connection: int | None) -> str | None:
        """The database system of a connection, else of the only system that the run saw."""
        return self.run.system(process, connection)

    def watched_orm(self) -> str | None:
        """The ORM of a statement that names none: SQLAlchemy where its shim was at work."""
        names = [found.name for found in self.run.libraries.values() if found.role == "orm"]
        return "sqlalchemy" if "sqlalchemy" in names else next(iter(names), None)

    def is_setup(self, process: str) -> bool:
        """Whether a process only prepared the run: it made a schema, or filled it."""
        found = self.run.processes.get(process)
        return found is not None and found.role == "setup"

    def facts(self, statement: Statement) -> SqlFacts:
        return sql_facts(statement.text, self.system(statement.process, statement.connection))

    def asked(self, statement: Statement) -> StatementFacts:
        """What a statement asks for, its names resolved against the schema known so far."""
        return self.asking.facts(statement, self.run)

    def schema(self) -> Schema:
        """The schema that the run is known to have so far."""
        return self.asking.schema(self.run)


def in_tests(site: Site | None) -> bool:
    """Whether a line belongs to the app's tests, not to the app itself."""
    return site is not None and is_test_file(site.path)


def requests_of(scope: Scope) -> list[Scope]:
    """The requests inside an outermost scope, in the order in which they began."""
    return [found for found in scope.walk() if found.kind == "request"]


def steps_of(scope: Scope) -> list[Scope]:
    """The requests and the processes that an outermost scope made, in the order they began."""
    found = [each for each in scope.walk() if is_step(each, scope)]
    return sorted(found, key=lambda each: each.started_us)


def is_step(found: Scope, outermost: Scope) -> bool:
    """Whether a scope answers for itself: a request, or another process's run."""
    return found.kind == "request" or (found.kind == "process" and found is not outermost)


def failed_us(scope: Scope) -> int | None:
    """When a scope was seen to fail: its first failure or failing check."""
    times = [failure.at_us for failure in scope.failures] + [check.at_us for check in scope.checks]
    if scope.failed_us is not None:
        times.append(scope.failed_us)
    return min(times) if times else None
