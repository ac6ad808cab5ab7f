"""Ties errors to the failure of their outcome: by chain, by answer, by line; else not at all."""

from __future__ import annotations

from dataclasses import replace

from ormprobe.signals.carriers import (
    misses_identifier,
    values_left_out,
    values_missed,
    values_wanted,
)
from ormprobe.signals.conflicts import (
    is_dealt_with,
    is_refused_as_wanted,
    without_expected,
)
from ormprobe.signals.known import Known, failed_us, in_tests, is_step, steps_of
from ormprobe.sql.facts import sql_facts
from ormprobe.timeline.model import Check, Error, Scope, Site, Statement
from ormprobe_taxonomy.signals import Reading
from ormprobe_taxonomy.terms import Fate, Link

_ERROR = 400
_ANYTHING = frozenset(
    (
        "BaseException",
        "Exception",
        "SQLAlchemyError",
        "DBAPIError",
        "StatementError",
        "DatabaseError",  # of Django, Peewee and the drivers: whatever the database says
        "PeeweeException",
        "BaseORMException",
    )
)
_SERVER_ERROR = 500
_PROBES = ("FieldDoesNotExist",)
"""What libraries raise for themselves, to find out what a model has."""


class Linking:
    """What is known of one outermost scope's failure, asked for each of its errors."""

    def __init__(self, scope: Scope, known: Known) -> None:
        self.scope = scope
        self.known = known
        self.failed_us = failed_us(scope)
        self.steps = steps_of(scope)
        self._by_number = {(found.process, found.number): found for found in scope.walk()}
        self._chain = {
            (failure.process, link.error_number)
            for failure in scope.failures
            for link in failure.chain
            if link.error_number is not None
        }
        self._felled = {
            (failure.process, link.error_number): found
            for found in scope.walk()
            for failure in found.failures
            for link in failure.chain
            if link.error_number is not None and found is not scope
        }
        self._statements: list[Statement] | None = None
        self._asked_about: list[Scope] | None = None

    def in_chain(self, error: Error) -> bool:
        return (error.process, error.number) in self._chain

    def of_failure(self, owner: Scope) -> Link:
        """How the outcome's failure hangs on an exception that ended a scope inside it."""
        if owner is self.scope:
            return Link.CHAIN
        step: Scope | None = owner
        while step is not None and not is_step(step, self.scope):
            step = step.parent
        if step is None:
            return Link.EARLIER
        return Link.ANSWER if self.is_last(step) or self._is_felt(step) else Link.EARLIER

    def raised_at(self, error: Error) -> Site | None:
        """The app's line in a failure's traceback, of an error that was made on no such line."""
        for scope in self.scope.walk():
            for failure in scope.failures:
                for link in failure.chain:
                    if link.error is error and link.frames:
                        return link.frames[0]
        return None

    def handled_at(self, error: Error) -> Site | None:
        """The handler of the request, where the framework alone was at work for it."""
        step = self.step_of(error)
        return None if step is None else self.handler_of(step)

    def handler_of(self, request: Scope) -> Site | None:
        """The app's line that answers a request: of a class, its method of that name."""
        handler = request.handler
        if handler is None or in_tests(handler) or handler.path.startswith("/"):
            return None
        method = (request.method or "").lower()
        line = self.known.source.method_of(handler.path, handler.line, method)
        return handler if line is None else replace(handler, line=line)

    def step_of(self, error: Error) -> Scope | None:
        """The request, or the process that a test started, in which an error was raised."""
        found = self._by_number.get((error.process, error.scope or 0))
        step = self._step_around(found)
        # one that a thread raised for a request belongs to the request that it ended
        return step or self._step_around(self._felled.get((error.process, error.number)))

    def _step_around(self, found: Scope | None) -> Scope | None:
        while found is not None and not is_step(found, self.scope):
            found = found.parent
        return found

    def fate(self, error: Error) -> Fate:
        """What became of an error, refined by what its request answered and what came later."""
        if error.fate in ("propagated", "handler"):
            return Fate.SURFACED
        if error.fate == "translated":
            return Fate.TRANSLATED
        if error.fate == "expected":
            return Fate.EXPECTED
        if error.fate in ("never-raised", "library"):
            spoiled = self._spoiled_answer(error) or self._ended_by_library(error)
            return Fate.TRANSLATED if spoiled else Fate.ABSORBED
        if error.fate is None and self.in_chain(error):
            return Fate.SURFACED
        if self._recovered(error):
            return Fate.RECOVERED
        request = self.step_of(error)
        if request is not None and (request.status or 0) >= _ERROR:
            return Fate.ANSWERED
        return Fate.SWALLOWED

    def _spoiled_answer(self, error: Error) -> bool:
        """Whether a serializer caught the error and its request could not be answered for it."""
        if error.serializer is None or error.type in _PROBES:
            return False
        request = self.step_of(error)
        if request is None:
            return bool(self.scope.failures)
        return bool(request.failures) or (request.status or _SERVER_ERROR) >= _SERVER_ERROR

    def _ended_by_library(self, error: Error) -> bool:
        """Whether a library that runs commands reported the error, and then ended the program."""
        return (
            self.scope.kind == "process"
            and self.scope.last
            and not self.scope.failures
            and "CommandError" in error.mro
            and self.scope.all_errors()[-1] is error
        )

    def _recovered(self, error: Error) -> bool:
        """Whether the same work succeeded afterwards, in the same function of the app."""
        if error.statement is None:
            return False
        if self._statements is None:
            self._statements = self.scope.all_statements()
        functions = {
            (site.path, site.function) for site in (error.site, error.caught) if site is not None
        }
        return any(
            later.at_us > error.at_us
            and later.text == error.statement
            and later.site is not None
            and (later.site.path, later.site.function) in functions
            for later in self._statements
        )

    def link(self, error: Error, fate: Fate, reading: Reading | None) -> Link:
        """How the outcome's failure hangs on an error; NONE where nothing shows that it does."""
        if self.in_chain(error) or self._ended_by_library(error):
            return Link.CHAIN
        if fate in (Fate.EXPECTED, Fate.RECOVERED, Fate.ABSORBED):
            return Link.NONE
        request = self.step_of(error)
        if is_dealt_with(self.known, error, reading):
            if request is None or is_refused_as_wanted(request, self.scope.checks):
                return Link.NONE
            if self._failed_while_handled(error, request):
                return Link.NONE
            if (request.status or _SERVER_ERROR) >= _ERROR:
                return Link.LINE
            # answered with success: some rows may be there already, as after an upsert
            felt = self.is_last(request) or self._is_felt(request)
            return Link.LINE if felt else Link.NONE
        if request is not None:
            return self._by_request(error, request, fate, reading)
        # what ended the outcome is in a chain, and this error is not
        return Link.NONE if self._chain else self._by_line(error, reading)

    def _failed_while_handled(self, error: Error, request: Scope) -> bool:
        """Whether what ended a request was raised by the code that dealt with the error."""
        return any(
            error not in [link.error for link in without_expected(self.known, failure)]
            for failure in request.failures
            if error in [link.error for link in failure.chain]
        )

    def _by_request(
        self, error: Error, request: Scope, fate: Fate, reading: Reading | None
    ) -> Link:
        if request is self.scope:
            surfaced = fate in (Fate.SURFACED, Fate.TRANSLATED)
            if (request.status or _SERVER_ERROR) >= _SERVER_ERROR:
                return Link.CHAIN if surfaced else Link.ANSWER
            return Link.NONE
        broke = bool(request.failures) or self._gave_up(error, request)
        if (request.status or 0) < _ERROR and not broke:
            return self._by_line(error, reading)
        if fate in (Fate.SWALLOWED, Fate.ANSWERED) and (
            self._answered_for_another(error, request) or self._ended_otherwise(error, request)
        ):
            return Link.NONE
        if self.is_last(request):
            return Link.ANSWER
        if broke or (request.status or 0) >= _SERVER_ERROR:
            felt = self._read_later(error) or self._is_felt(request)
            return Link.ANSWER if felt else Link.EARLIER
        if self._is_masked(error, request):
            return Link.ANSWER if self._is_felt(request) else Link.EARLIER
        return Link.NONE

    def _is_felt(self, request: Scope) -> bool:
        """Whether what the failing check is about missed what an earlier request failed to leave:
        a value, a row of that name, an identifier in a path."""
        values = values_left_out(request)
        if values & values_wanted(self.scope.checks):
            return True
        if self._asked_about is None:
            self._asked_about = [step for step in self.steps if self.is_last(step)]
        return any(
            bool(values & values_missed(later)) or misses_identifier(later, request)
            for later in self._asked_about
            if later.started_us > request.started_us
        )

    def _is_masked(self, error: Error, request: Scope) -> bool:
        """Whether nobody tells which answer was wrong, and a handler for anything hid an error."""
        if self.scope.kind != "process" or self.scope.checks or error.caught is None:
            return False
        catches = self.known.source.catches(error.caught.path, error.caught.line)
        return (request.status or 0) >= _ERROR and not _ANYTHING.isdisjoint(catches)

    def _answered_for_another(self, error: Error, request: Scope) -> bool:
        """Whether a later error of the request got to the framework: that one was answered."""
        return any(
            other is not error and other.fate in ("propagated", "handler", "translated")
            for found in request.walk()
            for other in found.errors
        )

    def _ended_otherwise(self, error: Error, request: Scope) -> bool:
        """Whether another exception ended the request, which cannot have missed what a swallowed
        write was to leave: it is about no None, and nothing read the table."""
        heads = [link for failure in request.failures for link in failure.chain]
        if not heads or any(link.error_number is not None for link in heads):
            return False
        missed = any("None" in link.message for link in heads)
        return not missed and bool(self._written(error)) and not self._read_later(error)

    def is_last(self, request: Scope) -> bool:
        """Whether the failing check came right after this request, and is about its answer."""
        before = [
            found
            for found in self.steps
            if self.failed_us is None or found.started_us <= self.failed_us
        ]
        if not before:
            return False
        if before[-1] is request:
            return True
        asked = [_status_operand(check) for check in self.scope.checks]
        if request.status in asked:
            same = [found for found in before if found.status == request.status]
            return same[-1] is request
        return False

    def _by_line(self, error: Error, reading: Reading | None) -> Link:
        """A swallowed error counts where the failing line looks at that very call's result."""
        failing = self._failing_line()
        if failing is None:
            return self._by_exit(error)
        request = self.step_of(error)
        outside = request.asked if request is not None else ()
        lines = [site for site in (*error.frames, *outside) if in_tests(site)]
        if lines and self._is_about(failing, lines[-1]):
            return Link.LINE
        if reading is not None and reading.facet != "unique" and self._read_later(error):
            return Link.LINE
        return Link.NONE

    def _is_about(self, failing: Site, called: Site) -> bool:
        """Whether a failing line of a test makes a call itself, or uses what it was assigned."""
        if (called.path, called.line) == (failing.path, failing.line):
            return True
        if called.path != failing.path or called.function != failing.function:
            return False
        source = self.known.source
        assigned = source.assigned(called.path, called.line)
        return bool(assigned & source.used(failing.path, failing.line))

    def _by_exit(self, error: Error) -> Link:
        """A process that ended badly by its own choice: the last error that it caught."""
        if self.scope.kind != "process" or self.scope.failures or not self.scope.last:
            return Link.NONE
        errors = self.scope.all_errors()
        if not errors or errors[-1] is not error:
            return Link.NONE
        return Link.CHAIN if self._gave_up(error, self.scope) else Link.LINE

    def _gave_up(self, error: Error, process: Scope) -> bool:
        """Whether a process exited for an error: it was the context of the SystemExit."""
        caught, left = error.caught, error.left
        if process.kind != "process" or caught is None or left is None:
            return False
        return self.known.source.exits(caught.path, caught.line, left.line)

    def _failing_line(self) -> Site | None:
        for check in self.scope.checks:
            if check.site is not None:
                return check.site
        for failure in self.scope.failures:
            frames = failure.chain[0].frames if failure.chain else ()
            tests = [site for site in frames if in_tests(site)]
            if tests:
                return tests[-1]
        return None

    def _read_later(self, error: Error) -> bool:
        """Whether a table that the failed write was for was read before the outcome failed."""
        if self._statements is None:
            self._statements = self.scope.all_statements()
        known = self.known
        written = self._written(error)
        return any(
            later.at_us > error.at_us
            and (self.failed_us is None or later.at_us <= self.failed_us)
            and not later.is_write
            and bool(written & known.facts(later).reads)
            for later in self._statements
        )

    def _written(self, error: Error) -> frozenset[str]:
        """The tables that a failed statement was to change, or that of the object refused."""
        known = self.known
        if error.statement is not None:
            system = known.system(error.process, error.connection)
            return sql_facts(error.statement, system).writes
        mapped = known.run.tables.values()
        return frozenset(
            table.name for table in mapped if error.entity and table.entity == error.entity
        )


def _status_operand(check: Check) -> int | None:
    for operand in (check.left, check.right):
        if isinstance(operand, int) and not isinstance(operand, bool) and operand >= _ERROR:
            return operand
    return None
