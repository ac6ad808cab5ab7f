"""From what was judged to the report: the same document as of a traced run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ormprobe
from ormprobe.document import (
    Candidate,
    Certainty,
    Constraints,
    Counts,
    Evidence,
    Label,
    Observed,
    Outcome,
    OutcomeKind,
    OutcomeStatus,
    Report,
    RunInfo,
    Severity,
    Status,
    Verdict,
    Where,
)
from ormprobe.triage.deciding import Weighed
from ormprobe.triage.judged import Judged
from ormprobe.verdict import MAX_CANDIDATES, candidates_of, primary_of, with_labels
from ormprobe_taxonomy.finished import Request, Shape
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.terms import Category

MAX_OTHERS = 5
"""Placements that are told beside the primary one."""


def report_of(
    judged: Judged,
    info: RunInfo,
    constraints: Constraints,
    outcomes: Sequence[Outcome],
    exercised: bool,
) -> Report:
    """The report. outcomes: those that are no requests. exercised: there was something to judge."""
    placed = list(_placed(judged))
    started = {w.found.id: w.found for w in judged.weighed if isinstance(w.found, Label)}
    labels = [started.get(label.id, label) for label in judged.labels]
    labels += [label for label, _ in placed]
    every = [*outcomes, *judged.strays, *(_outcome(each) for each in judged.seen)]
    every = [with_labels(each, judged.kept, judged.labels) for each in every]
    every = [_with_placed(each, placed) for each in every]
    first = judged.weighed[0] if judged.weighed else None
    bad = any(each.status not in (OutcomeStatus.PASSED, OutcomeStatus.SKIPPED) for each in every)
    return Report(
        ormprobe=ormprobe.__version__,
        run=info,
        verdict=_verdict(first, placed, judged, bad, exercised),
        labels=tuple(labels),
        outcomes=tuple(every),
        constraints=constraints,
    )


def _placed(judged: Judged) -> Iterable[tuple[Label, Placement]]:
    """The placements that are told: the primary one, and others that explain what it does not."""
    told: set[int] = set()
    number = 0
    for each in judged.weighed:
        first = each is judged.weighed[0]
        new = each.positions - told
        if isinstance(each.found, Placement) and (first or new) and number < MAX_OTHERS:
            number += 1
            yield _label(each.found, f"P{number}", judged), each.found
        told |= each.positions


def _label(placed: Placement, name: str, judged: Judged) -> Label:
    outcomes = {each.position: each.outcome for each in judged.seen}
    place = placed.place
    return Label(
        id=name,
        severity=Severity.FAILURE,
        category=placed.category,
        subcategory=placed.subcategory,
        certainty=Certainty(placed.certainty),
        decided_by=f"rule:{placed.rule}",
        where=None if place is None else Where(
            file=place.file, line=place.line, function=place.function
        ),
        explains=tuple(outcomes[p] for p in placed.positions if p in outcomes),
        evidence=tuple(
            Evidence(signal=each.signal, says=each.says, events=each.events)
            for each in placed.evidence
        ),
    )  # fmt: skip


def _with_placed(outcome: Outcome, placed: list[tuple[Label, Placement]]) -> Outcome:
    import msgspec

    names = tuple(label.id for label, _ in placed if outcome.id in label.explains)
    if not names:
        return outcome
    return msgspec.structs.replace(outcome, labels=(*outcome.labels, *names))


def _verdict(
    first: Weighed | None,
    placed: list[tuple[Label, Placement]],
    judged: Judged,
    bad: bool,
    exercised: bool,
) -> Verdict:
    if first is None:
        if not bad:
            return Verdict(status=Status.PASSED if exercised else Status.UNOBSERVED)
        return Verdict(status=Status.UNDETERMINED, candidates=candidates_of(judged.judge))
    if isinstance(first.found, Label):
        return Verdict(status=Status.FAILED, primary=primary_of(first.found))
    label = next(label for label, found in placed if found is first.found)
    return Verdict(
        status=status_of(first.found),
        primary=primary_of(label),
        candidates=tuple(
            Candidate(cause=cause, needs=needs)
            for cause, needs in first.found.candidates[:MAX_CANDIDATES]
        ),
    )


def status_of(placed: Placement) -> Status:
    """What a verdict is called whose primary is a placement."""
    if placed.category is Category.CONSTRAINT_VIOLATION:
        return Status.DEFECTIVE
    if placed.subcategory is not None and placed.subcategory.is_data_layer:
        return Status.FAILED
    return Status.NOT_DATA_LAYER


def _outcome(request: Request) -> Outcome:
    return Outcome(
        id=request.outcome,
        kind=OutcomeKind.REQUEST,
        name=request.name,
        status=OutcomeStatus.PASSED
        if request.shape is None
        else OutcomeStatus.ERROR
        if request.shape in (Shape.CRASHED, Shape.UNANSWERED)
        else OutcomeStatus.FAILED,
        role=request.role.value,
        message=_message(request),
    )


def _message(request: Request) -> str | None:
    if request.shape is None:
        return None
    status = "no answer" if request.status is None else f"status {request.status}"
    checks = f" of {request.checks}" if request.checks else ""
    after = "" if request.root in (None, request.position) else ", after an earlier failure"
    told = f": {'; '.join(request.told)}" if request.told else ""
    return f"{status}, {request.failed}{checks} checks failed{after}{told}"


def info_of(
    app: str | None, notes: Iterable[str], requests: int, errors: int, tests: int | None = None,
    python: str | None = None,
) -> RunInfo:  # fmt: skip
    """What the run was, as far as texts tell."""
    return RunInfo(
        app=app,
        python=python,
        observed=Observed.PARTIAL,
        notes=tuple(notes),
        counts=Counts(requests=requests, errors=errors, tests=tests),
    )
