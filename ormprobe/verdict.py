"""From judged labels to the report: the primary label, the status, the notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import ormprobe
from ormprobe.constraints import Tally
from ormprobe.document import (
    Candidate,
    Certainty,
    Counts,
    Evidence,
    Label,
    Library,
    Observed,
    Outcome,
    OutcomeStatus,
    Primary,
    Report,
    RunInfo,
    Severity,
    Status,
    Verdict,
    Where,
)
from ormprobe.judging import Judge, Key, Labelled, order_of
from ormprobe.observing import notes_of, observed_of
from ormprobe.outcomes import is_bad
from ormprobe.reading.folder import RunFile
from ormprobe.timeline.run import Run
from ormprobe_taxonomy.causes import BY_ID
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.terms import Severity as Sort

MAX_CANDIDATES = 3


def report_of(
    run_file: RunFile,
    run: Run,
    judge: Judge,
    outcomes: list[Outcome],
    left_out: Iterable[str],
    tally: Tally | None = None,
    orm_of: Callable[[Finding], str | None] | None = None,
) -> Report:
    """The report of a run whose outcomes have all been judged.

    orm_of: the ORM that a finding is about, for its fix.
    """
    tally = tally or Tally()
    orm = _orm_of(run)
    kept, labels = labels_of(judge, (lambda _: orm) if orm_of is None else orm_of)
    outcomes = [with_labels(outcome, kept, labels) for outcome in outcomes]
    placed = tuple(_placed(judge))
    outcomes = [_with_placed(outcome, placed) for outcome in outcomes]
    observed = observed_of(run_file, run, bool(labels))
    # a process that fails without an exception, a test or a statement has shown nothing
    late = any(outcome.status is OutcomeStatus.TIMEOUT for outcome in outcomes)
    bare = observed is Observed.NONE and not run.exit_failures and not late
    return Report(
        ormprobe=ormprobe.__version__,
        run=_run_info(run_file, run, observed, [*left_out, *_spared(judge)]),
        verdict=_verdict(kept, labels, placed, judge, outcomes, bare, tally.is_violated()),
        labels=(*labels, *placed),
        outcomes=tuple(outcomes),
        constraints=tally.constraints(orm, _systems(run)),
    )


def labels_of(
    judge: Judge, orm_of: Callable[[Finding], str | None]
) -> tuple[list[Labelled], tuple[Label, ...]]:
    """What was judged, in the run's order, and the report's label for each."""
    ordered = sorted(judge.labels.values(), key=order_of)
    kept = [label for label in ordered if _is_told(label)]
    ids = {_key(label): f"L{number}" for number, label in enumerate(kept, start=1)}
    return kept, tuple(_label(label, ids, orm_of(label.best)) for label in kept)


def _spared(judge: Judge) -> Iterator[str]:
    if judge.ignored:
        number = judge.ignored
        yield f"{number} finding{'s' * (number != 1)} left out, as asked (ignore, thresholds)"


def _is_told(label: Labelled) -> bool:
    """Failures that explain no outcome by themselves are told only as effects of another."""
    if label.best.severity is Sort.FAILURE:
        return bool(label.explains or label.caused_by)
    return True


def _key(label: Labelled) -> Key:
    from ormprobe.judging import key_of

    return key_of(label.best)


def _label(label: Labelled, ids: dict[Key, str], orm: str | None) -> Label:
    finding = label.best
    cause = BY_ID[finding.cause]
    place = finding.place
    return Label(
        id=ids[_key(label)],
        severity=Severity(finding.severity),
        cause=finding.cause,
        variant=finding.variant,
        facet=finding.facet,
        category=cause.category,
        subcategory=cause.subcategory,
        certainty=Certainty(finding.certainty),
        confidence=None,
        decided_by=f"rule:{finding.cause}",
        where=None
        if place is None
        else Where(file=place.file, line=place.line, function=place.function),
        explains=tuple(label.explains),
        caused_by=tuple(ids[key] for key in label.caused_by if key in ids),
        evidence=tuple(
            Evidence(signal=type(signal).__name__, says=signal.says, events=signal.events)
            for signal in finding.evidence
        ),
        fix=cause.fix(orm),
    )


def _placed(judge: Judge) -> Iterator[Label]:
    """The labels of outcomes that are not of the data layer, those that explain most first."""
    ordered = sorted(judge.placed.values(), key=lambda each: -len(each.explains))
    for number, each in enumerate(ordered, start=1):
        found, place = each.best, each.best.place
        yield Label(
            id=f"P{number}",
            severity=Severity.FAILURE,
            category=found.category,
            subcategory=found.subcategory,
            certainty=Certainty(found.certainty),
            decided_by=f"rule:{found.rule}",
            where=None
            if place is None
            else Where(file=place.file, line=place.line, function=place.function),
            explains=tuple(each.explains),
            evidence=tuple(
                Evidence(signal=told.signal, says=told.says, events=told.events)
                for told in found.evidence
            ),
        )


def _with_placed(outcome: Outcome, placed: tuple[Label, ...]) -> Outcome:
    import msgspec

    names = tuple(label.id for label in placed if outcome.id in label.explains)
    if not names:
        return outcome
    return msgspec.structs.replace(outcome, labels=(*outcome.labels, *names))


def with_labels(outcome: Outcome, kept: list[Labelled], labels: tuple[Label, ...]) -> Outcome:
    """An outcome with the ids of the labels that were found in it."""
    import msgspec

    found = tuple(
        label.id for known, label in zip(kept, labels, strict=True) if outcome.id in known.seen
    )
    return msgspec.structs.replace(outcome, labels=found) if found else outcome


def _verdict(
    kept: list[Labelled],
    labels: tuple[Label, ...],
    placed: tuple[Label, ...],
    judge: Judge,
    outcomes: list[Outcome],
    bare: bool,
    violated: bool,
) -> Verdict:
    bad = [outcome for outcome in outcomes if is_bad(outcome)]
    for severity, status in (
        (Severity.FAILURE, Status.FAILED),
        (Severity.DEFECT, Status.DEFECTIVE),
    ):
        if severity is Severity.DEFECT and bad:
            break
        for known, label in zip(kept, labels, strict=True):
            if label.severity is severity and (known.explains or severity is Severity.DEFECT):
                return Verdict(status=status, primary=primary_of(label))
    if bare:
        return Verdict(status=Status.UNOBSERVED)
    if violated and not bad:
        return Verdict(status=Status.DEFECTIVE)
    if bad and placed:
        explained = {outcome for label in placed for outcome in label.explains}
        if all(outcome.id in explained for outcome in bad):
            return Verdict(
                status=Status.NOT_DATA_LAYER,
                primary=primary_of(placed[0]),
                candidates=candidates_of(judge),
            )
    if bad:
        return Verdict(status=Status.UNDETERMINED, candidates=candidates_of(judge))
    return Verdict(status=Status.PASSED)


def primary_of(label: Label) -> Primary:
    """The verdict's short form of a label."""
    return Primary(
        label=label.id,
        cause=label.cause,
        variant=label.variant,
        category=label.category,
        subcategory=label.subcategory,
        certainty=label.certainty,
        confidence=label.confidence,
        decided_by=label.decided_by,
    )


def candidates_of(judge: Judge) -> tuple[Candidate, ...]:
    """The causes suspected most often, each once."""
    needs: dict[str, str] = {}
    votes: dict[str, int] = {}
    for suspicion, count in judge.suspicions.items():
        needs.setdefault(suspicion.cause, suspicion.needs)
        votes[suspicion.cause] = votes.get(suspicion.cause, 0) + count
    ordered = sorted(votes, key=lambda cause: -votes[cause])[:MAX_CANDIDATES]
    return tuple(Candidate(cause=cause, needs=needs[cause]) for cause in ordered)


def _run_info(run_file: RunFile, run: Run, observed: Observed, left_out: Iterable[str]) -> RunInfo:
    counts = run.counts
    libraries = {(found.name, found.version): found for found in run.libraries.values()}
    python = next((found.python for found in run.processes.values() if found.python), None)
    return RunInfo(
        app=run_file.app,
        command=run_file.command,
        exit_code=run_file.exit_code,
        duration_s=run_file.duration_s,
        python=python or (run_file.python or {}).get("version"),
        libraries=tuple(
            Library(name=found.name, version=found.version or None, role=found.role)
            for found in libraries.values()
        ),
        observed=observed,
        notes=tuple(notes_of(run_file, run, observed, left_out)),
        counts=Counts(
            events=counts.events,
            statements=counts.statements,
            requests=counts.requests,
            tests=counts.tests,
            errors=counts.errors,
            malformed_lines=counts.malformed_lines,
        ),
    )


def _orm_of(run: Run) -> str | None:
    return next((found.name for found in run.libraries.values() if found.role == "orm"), None)


def _systems(run: Run) -> str | None:
    """The database systems that statements went to, else those that engines were made for."""
    used = {found.system for found in run.connections.values() if found.system}
    made = {found.system for found in run.engines.values()}
    return ",".join(sorted(used or made)) or None
