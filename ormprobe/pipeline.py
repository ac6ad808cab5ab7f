"""A trace in, a report out: the one way from events to a verdict. Pure over the trace's folder."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from ormprobe.constraints import Tally
from ormprobe.document import Outcome, Report
from ormprobe.errors import UnreadableError
from ormprobe.expected import NOTHING, Expected
from ormprobe.ignoring import NOTHING_IGNORED, Ignored
from ormprobe.judging import Judge
from ormprobe.outcomes import children_of, is_bad, of_children, of_scope
from ormprobe.reading.folder import Trace, open_trace, read_run_file
from ormprobe.signals import detect
from ormprobe.signals.evidence_orms import orm_of_finding, orms_by_event
from ormprobe.signals.known import Known, failed_us
from ormprobe.signals.unstored import Unstored
from ormprobe.source import Source
from ormprobe.timeline import build
from ormprobe.timeline.model import Scope
from ormprobe.timeline.run import Run
from ormprobe.verdict import report_of
from ormprobe_taxonomy.signals import Case

MAX_OUTCOMES = 20_000
MAX_FOREIGN = 1_000
"""Requests of a server that are kept for the test or driver, in another process, that made them."""


def diagnose(
    trace: Path,
    app: Path,
    expected: Expected = NOTHING,
    ignored: Ignored = NOTHING_IGNORED,
) -> Report:
    """Why the traced run failed, where, and by which evidence.

    trace: the folder of a trace. app: the app's folder or file, whose source is consulted.
    expected: what was declared of the app's data layer. ignored: what not to tell.
    Raises UnreadableError where a trace exists and none of it can be read.
    """
    try:
        opened = open_trace(trace)
    except UnreadableError:
        run_file = read_run_file(trace)
        if run_file.command is None or any(trace.glob("events-*.jsonl")):
            raise
        return report_of(run_file, Run(), Judge(), [], (), Tally(expected))
    return _Diagnosis(opened, app, expected, ignored).report()


class _Diagnosis:
    """One pass over a trace."""

    def __init__(self, trace: Trace, app: Path, expected: Expected, ignored: Ignored) -> None:
        self.trace = trace
        self.run = Run()
        source = Source(app)
        self.known = Known(self.run, source, expected=expected)
        self.tally = Tally(expected)
        self.unstored = Unstored()
        self.judge = Judge(ignores=lambda finding: ignored.covers(finding, source))
        self.children = children_of(trace.run)
        self.outcomes: list[Outcome] = []
        self.tests: list[Outcome] = []
        self.foreign: deque[Scope] = deque(maxlen=MAX_FOREIGN)
        self.strays: deque[tuple[str, Scope]] = deque(maxlen=MAX_FOREIGN)
        self.bad_roles = {child.role for child in self.children if child.failed}

    def report(self) -> Report:
        for scope, _ in build(self.trace, self.run):
            self.tally.take(scope, self.known)
            self.unstored.take(scope)
            self._take(scope)
        self._take_strays()
        kept = self.unstored.signal(self.known)
        if kept is not None:
            self.judge.take(Case(outcome=kept[0], failing=False, signals=(kept[1],)))
        ended = list(of_children(self.children, self.tests))
        for outcome in ended:
            if outcome.name == "drive" and is_bad(outcome):
                self._take_driver(outcome)
        return report_of(
            self.trace.run,
            self.run,
            self.judge,
            self.outcomes + ended,
            self.trace.left_out,
            self.tally,
            lambda finding: orm_of_finding(finding, self.known),
        )

    def _take(self, scope: Scope) -> None:
        if scope.kind == "process":
            self._take_process(scope)
            return
        outcome = of_scope(scope)
        if scope.kind == "test":
            self._adopt(scope)
            self.tests.append(outcome)
        elif self._is_driven():
            self.foreign.append(scope)
        if len(self.outcomes) < MAX_OUTCOMES:
            self.outcomes.append(outcome)
        self._judge(scope, outcome.id, is_bad(outcome))

    def _is_driven(self) -> bool:
        """Whether requests may come from tests or a driver in another process of the run."""
        return len(self.trace.files) > 1 or any(child.role == "drive" for child in self.children)

    def _adopt(self, test: Scope) -> None:
        """Take in what other processes did while a test ran: requests they served, their runs."""
        if test.ended_us is None:
            return
        for found in self.foreign:
            inside = test.started_us <= found.started_us and (
                found.ended_us is not None and found.ended_us <= test.ended_us
            )
            if inside and found.process != test.process:
                test.children.append(found)

    def _take_process(self, scope: Scope) -> None:
        """What a process did outside tests and requests fails with the process.

        A process that another one started answers to that: a test may want it to fail.
        """
        role = self._role_of(scope)
        if self._is_child(scope):
            died = role in self.bad_roles and not self.tests
            self._judge(scope, f"process:{role}", died and (scope.last or bool(scope.failures)))
        elif scope.statements or scope.errors or scope.failures or scope.sessions:
            self.foreign.append(scope)
            self.strays.append((role, scope))

    def _is_child(self, scope: Scope) -> bool:
        """Whether the launcher started the process itself, as far as run.json tells."""
        process = self.run.processes.get(scope.process)
        pids = [child.pid for child in self.children if child.pid is not None]
        return not pids or process is None or (process.pid in pids and process.origin == "start")

    def _take_strays(self) -> None:
        """Without tests, what descendants did counts for the process that the launcher started."""
        for role, scope in self.strays:
            failing = role in self.bad_roles and not self.tests
            self._judge(scope, f"process:{role}", failing and bool(scope.failures or scope.last))

    def _role_of(self, scope: Scope) -> str:
        process = self.run.processes.get(scope.process)
        role = process.role if process is not None else None
        return role or "command"

    def _take_driver(self, outcome: Outcome) -> None:
        """A driver that failed: its requests, taken together."""
        if not self.foreign:
            return
        first = self.foreign[0]
        driver = Scope(
            process=first.process,
            number=0,
            kind="process",
            name="drive",
            event=first.event,
            started_us=first.started_us,
            outcome="failed",
            children=list(self.foreign),
        )
        self._judge(driver, outcome.id, True)

    def _judge(self, scope: Scope, outcome: str, failing: bool) -> None:
        signals = tuple(detect(scope, self.known))
        if signals:
            orms, orm = orms_by_event(scope, self.known)
            self.judge.take(
                Case(
                    outcome=outcome,
                    failing=failing,
                    checked=any(check.form != "exception" for check in scope.checks),
                    failed_us=failed_us(scope) if failing else None,
                    signals=signals,
                    orm=orm,
                    orms=orms,
                )
            )
