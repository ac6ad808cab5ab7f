"""What an outcome's statements did to rows, in time order, as the detectors of states ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ormprobe.checks.model import FailedCheck
from ormprobe.signals.known import Known, failed_us, in_tests, is_step
from ormprobe.sql.model import Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Shape, Site, Statement, Transaction

MAX_ACCESSES = 5_000
"""Statements of one outcome that are looked at, the newest."""

_DATA = frozenset(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"))
_TAKEN_BACK = ("rollback", "reset", "close")
_REFERENCE = r"[\s,(][\"`\[]?(\w+)[\"`\]]?\s[^,]*?REFERENCES\s+(?:[\"`\w\[\]]+\.)?[\"`\[]?(\w+)"
_INLINE = re.compile(_REFERENCE, re.IGNORECASE)
_TABLE_LEVEL = re.compile(
    r"FOREIGN\s+KEY\s*\(\s*[\"`\[]?(\w+)[\"`\]]?\s*\)\s*REFERENCES\s+(?:[\"`\w\[\]]+\.)?"
    r"[\"`\[]?(\w+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Access:
    """A statement with what it asks for.

    step: the request or process inside the outcome that it belongs to, else the outermost scope.
    until_us: when the outcome failed, None where that is not known.
    """

    statement: Statement
    facts: StatementFacts
    step: Scope
    until_us: int | None = None

    @property
    def at_us(self) -> int:
        return self.statement.at_us

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it names anywhere."""
        target = (self.facts.target,) if self.facts.target else ()
        return frozenset((*(table for _, table in self.facts.sources), *target))

    @property
    def reads(self) -> bool:
        return not self.statement.is_write and self.statement.rows is not None

    @property
    def wrote(self) -> bool:
        """Whether it changed a row, as far as the driver told, and no savepoint took that back."""
        done = self.statement
        return done.is_write and done.affected != 0 and not self._is_undone()

    @property
    def lost(self) -> bool:
        """Whether its transaction took back what it wrote, before the outcome failed."""
        settled = self.statement.settled_by
        return settled is not None and settled.end in _TAKEN_BACK and not self._is_open(settled)

    @property
    def kept(self) -> bool:
        """Whether what it wrote was committed, or stands in a transaction around everything, as a
        harness has one, that was open when the outcome failed."""
        done, settled = self.statement, self.statement.settled_by
        if not self.wrote or done.durable:
            return self.wrote
        if settled is None:
            return self.step.kind == "test"
        if self._is_open(settled):
            around = settled.began_us is not None and settled.began_us < self.step.started_us
            return around or self.step.kind == "test"
        return settled.end == "commit"

    def _is_undone(self) -> bool:
        """Whether a rollback to a savepoint took it back before the outcome failed."""
        done = self.statement
        if not done.undone or done.settled_by is None or self.until_us is None:
            return done.undone
        rollbacks = [each for each in done.settled_by.savepoints if each.action == "rollback"]
        taken = [each.at_us for each in rollbacks if done.number in each.writes]
        return min(taken, default=0) <= self.until_us

    def _is_open(self, transaction: Transaction) -> bool:
        if transaction.ended_us is None or self.until_us is None:
            return transaction.ended_us is None
        return transaction.ended_us > self.until_us

    @property
    def in_app(self) -> bool:
        return self.statement.site is not None and not in_tests(self.statement.site)

    @property
    def lines(self) -> tuple[Site, ...]:
        """The app's lines that it was sent from, innermost first, as far as they are known."""
        site = self.statement.site
        return (*((site,) if site else ()), *self.statement.callers)

    def assigned(self) -> dict[str, list[Shape]]:
        """The values that it writes to each column; of an expression the values in it."""
        binds = self.statement.bind_values
        return {
            column: [binds[place] for place in places if place < len(binds)]
            for column, places in self.facts.assigned
        }

    def equals(self) -> Iterator[tuple[Predicate, Shape]]:
        """The conditions that a column is equal to a bound value, outermost statement."""
        binds = self.statement.bind_values
        for predicate in self.facts.predicates:
            if predicate.operator not in ("=", "in") or predicate.negated or predicate.depth:
                continue
            for place in predicate.binds:
                if place < len(binds):
                    yield predicate, binds[place]

    def cells(self, column: str) -> list[Shape]:
        """The values of a column in the rows that are known, by the name of its label's end."""
        rows = self.statement.rows
        found: list[Shape] = []
        for index, name in enumerate(rows.columns if rows is not None else ()):
            if name.lower() == column and rows is not None:
                found += [row[index] for row in rows.values if index < len(row)]
        return found


def accesses(scope: Scope, known: Known) -> list[Access]:
    """The data statements of an outcome until it failed, in time order."""
    until = failed_us(scope)
    found: list[Access] = []
    for step, statement in _statements(scope, scope):
        if statement.operation in _DATA and (until is None or statement.at_us <= until):
            found.append(Access(statement, known.asked(statement), step, until))
    return sorted(found, key=lambda access: access.at_us)[-MAX_ACCESSES:]


def _statements(scope: Scope, step: Scope) -> Iterator[tuple[Scope, Statement]]:
    waiting = [(scope, step)]
    while waiting:
        found, owner = waiting.pop()
        for statement in found.statements:
            yield owner, statement
        waiting += [(child, child if is_step(child, scope) else owner) for child in found.children]


def references(known: Known, table: str) -> dict[str, str]:
    """The columns of a table that refer to another one, by the models or the CREATE TABLE."""
    mapped = known.run.tables.get(table)
    found = {
        column.name.lower(): column.foreign_key.rpartition(".")[0].rpartition(".")[2].lower()
        for column in (mapped.columns if mapped is not None else ())
        if column.foreign_key
    }
    created = known.run.created_tables.get(table)
    if created is not None:
        found = {**_declared(created.text), **found}
    return found


@lru_cache(maxsize=256)
def _declared(text: str) -> dict[str, str]:
    pairs = [*_INLINE.findall(text), *_TABLE_LEVEL.findall(text)]
    return {
        column.lower(): parent.lower()
        for column, parent in pairs
        if column.lower() not in ("constraint", "foreign", "key", "primary", "unique")
    }


def looked_at(check: FailedCheck, known: Known, found: list[Access]) -> list[Access]:
    """The reads that a failing check is about: those of the target request, else those that the
    test's failing line asked for, or a line whose result it uses; else those after the last write.
    """
    before = [access for access in found if access.reads and access.at_us <= check.check.at_us]
    target = check.target
    if target is not None and target.kind == "request":
        return [access for access in before if access.step is target]
    site = check.check.site
    own = [access for access in before if access.step is check.scope]
    asked = [access for access in own if site is not None and _is_about(known, site, access)]
    if asked:
        return asked
    last = max((a.at_us for a in found if a.wrote and a.at_us <= check.check.at_us), default=0)
    return [access for access in before if access.at_us > last]


def _is_about(known: Known, failing: Site, access: Access) -> bool:
    lines = [site for site in access.lines if in_tests(site)]
    if not lines:
        return False
    called = lines[0]
    if (called.path, called.line) == (failing.path, failing.line):
        return True
    if called.path != failing.path or called.function != failing.function:
        return False
    assigned = known.source.assigned(called.path, called.line)
    return bool(assigned & known.source.used(failing.path, failing.line))
