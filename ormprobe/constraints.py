"""What was declared of the data layer beside what was seen: counted while scopes are judged."""

from __future__ import annotations

from dataclasses import dataclass, field

from ormprobe.document import Constraints, DatabaseConstraint, OrmConstraint
from ormprobe.expected import NOTHING, Expected
from ormprobe.signals.bypasses import is_the_apps
from ormprobe.signals.data_statements import orm_of, tables_of
from ormprobe.signals.known import Known
from ormprobe.signals.other_databases import is_elsewhere
from ormprobe.timeline.model import Scope, Statement


@dataclass(slots=True)
class Tally:
    """The app's statements on its own data, by the ORM they went through and where they went."""

    expected: Expected = NOTHING
    by_orm: dict[str | None, int] = field(default_factory=dict[str | None, int])
    systems: dict[str, None] = field(default_factory=dict[str, None])
    wrong: bool = False

    def take(self, scope: Scope, known: Known) -> None:
        """Count the statements of an outermost scope."""
        watched = known.watched_orm()
        for statement in scope.all_statements():
            orm = orm_of(statement, watched)
            tables = tables_of(statement, known)
            if tables and is_the_apps(statement, orm, tables, known):
                self.by_orm[orm] = self.by_orm.get(orm, 0) + 1
                self._went_to(statement, known)

    def _went_to(self, statement: Statement, known: Known) -> None:
        if statement.connection is None:
            return
        connection = known.run.connections.get((statement.process, statement.connection))
        if connection is None or connection.system is None:
            return
        system = connection.system
        self.systems[system] = None
        declared = self.expected.database
        if declared is not None and is_elsewhere(connection, declared):
            self.wrong = True

    def is_violated(self) -> bool:
        """Whether the app's data went to another database than the declared one."""
        return self.wrong

    def constraints(self, orm: str | None, systems: str | None) -> Constraints:
        """The report's part. orm, systems: what was imported and connected, for want of more."""
        used = [name for name in self.by_orm if name is not None]
        total = sum(self.by_orm.values())
        wanted = self.expected.orm or orm or (used[0] if used else None)
        share = round(self.by_orm.get(wanted, 0) / total, 4) if total and wanted else None
        return Constraints(
            orm=OrmConstraint(
                declared=self.expected.orm,
                observed=",".join(sorted(used)) or orm,
                share_through_orm=share,
            ),
            database=DatabaseConstraint(
                declared=self.expected.database,
                observed=",".join(sorted(self.systems)) or systems,
            ),
        )
