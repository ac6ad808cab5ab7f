"""JUnit XML and the output of test runners, judged: a failed test by the exceptions it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import ormprobe
from ormprobe.document import (
    Constraints,
    Counts,
    DatabaseConstraint,
    Observed,
    OrmConstraint,
    Outcome,
    OutcomeKind,
    OutcomeStatus,
    Report,
    RunInfo,
    Status,
    Verdict,
)
from ormprobe.errors import UnreadableError
from ormprobe.judging import Judge
from ormprobe.logs.junit import read_junit
from ormprobe.logs.kinds import Kind
from ormprobe.logs.model import LogCounts, TestResult, TestStatus, Traceback
from ormprobe.logs.pytest_output import read_pytest
from ormprobe.logs.unittest_output import read_unittest
from ormprobe.source import Source, is_test_file
from ormprobe.triage.options import Options
from ormprobe.triage.places import Places
from ormprobe.triage.scrubbing import Scrub, scrubber
from ormprobe.triage.thrown import signals_of, told_of
from ormprobe.verdict import candidates_of, labels_of, primary_of, with_labels
from ormprobe_taxonomy.signals import Case, Signal
from ormprobe_taxonomy.terms import Link

MAX_OUTCOMES = 20_000

Read = Callable[[BinaryIO, LogCounts], Iterator[TestResult]]

_READERS: dict[Kind, Read] = {
    Kind.JUNIT: read_junit,
    Kind.PYTEST: read_pytest,
    Kind.UNITTEST: read_unittest,
}
_STATUS = {
    TestStatus.PASSED: OutcomeStatus.PASSED,
    TestStatus.FAILED: OutcomeStatus.FAILED,
    TestStatus.ERROR: OutcomeStatus.ERROR,
    TestStatus.SKIPPED: OutcomeStatus.SKIPPED,
    TestStatus.XFAILED: OutcomeStatus.PASSED,
    TestStatus.XPASSED: OutcomeStatus.PASSED,
}
_BAD = (OutcomeStatus.FAILED, OutcomeStatus.ERROR)


def triage_tests(stream: BinaryIO, name: str, kind: Kind, options: Options) -> Report:
    """Why tests failed. name: of the text, as evidence names it. kind: its form.

    Raises UnreadableError where no test can be read of it.
    """
    counts = LogCounts()
    source = Source(Path.cwd())
    judge = Judge(ignores=lambda finding: options.ignored.covers(finding, source))
    scrub = scrubber(options.values)
    outcomes: list[Outcome] = []
    tests = errors = 0
    for result in _READERS[kind](stream, counts):
        tests += 1
        outcome = _outcome(result, options)
        if len(outcomes) < MAX_OUTCOMES or outcome.status in _BAD:
            outcomes.append(outcome)
        if outcome.status in _BAD:
            errors += len(result.tracebacks)
            signals = tuple(_signals(result, name, scrub))
            judge.take(Case(outcome=outcome.id, failing=True, signals=signals))
    tests = max(tests, counts.tests)
    if not tests:
        raise UnreadableError(f"{name} looks like a report of tests, and names none")
    return _report(judge, outcomes, options, tests, errors)


def _outcome(result: TestResult, options: Options) -> Outcome:
    plain = options.values == "plain"
    shown = result.message if plain else (result.message or "").partition(":")[0] or None
    return Outcome(
        id=f"test:{result.name}",
        kind=OutcomeKind.TEST,
        name=result.name,
        status=_STATUS[result.status],
        message=shown if _STATUS[result.status] in _BAD else None,
    )


def _signals(result: TestResult, file: str, scrub: Scrub) -> Iterator[Signal]:
    """The exceptions that ended a test, and those that its servers and workers printed before."""
    places = Places()
    order = 0
    for item in result.captured:
        if isinstance(item, Traceback):
            order += 1
            yield from signals_of(told_of(item, file, order, places), Link.EARLIER, scrub)
    for traceback in result.tracebacks:
        order += 1
        told = told_of(traceback, file, order, places)
        if told.place is None or told.broken is None or not is_test_file(told.place.file):
            yield from signals_of(told, Link.CHAIN, scrub)


def _report(
    judge: Judge, outcomes: list[Outcome], options: Options, tests: int, errors: int
) -> Report:
    orm = options.expected.orm
    kept, labels = labels_of(judge, lambda _: orm)
    first = next((label for label in labels if label.explains), None)
    bad = any(each.status in _BAD for each in outcomes)
    if first is not None:
        verdict = Verdict(status=Status.FAILED, primary=primary_of(first))
    elif bad:
        verdict = Verdict(status=Status.UNDETERMINED, candidates=candidates_of(judge))
    else:
        verdict = Verdict(status=Status.PASSED)
    return Report(
        ormprobe=ormprobe.__version__,
        run=RunInfo(observed=Observed.PARTIAL, counts=Counts(tests=tests, errors=errors)),
        verdict=verdict,
        labels=labels,
        outcomes=tuple(with_labels(each, kept, labels) for each in outcomes),
        constraints=Constraints(
            orm=OrmConstraint(declared=orm),
            database=DatabaseConstraint(declared=options.expected.database),
        ),
    )
