"""One run's labels as a line of `labels.jsonl`, from which every table is counted.

Keys may be added, never changed; what a run cannot tell is null.
"""

from __future__ import annotations

from msgspec import Struct

from ormprobe.document import Certainty, Status, Where


class RunCause(Struct, frozen=True, kw_only=True):
    """A label of the run. `explains`: how many outcomes it explains."""

    cause: str | None = None
    category: str | None = None
    subcategory: str | None = None
    certainty: Certainty | None = None
    explains: int = 0


class RunRecord(Struct, frozen=True, kw_only=True):
    """A benchmark run and what was found in it.

    path: the run's folder, relative to the results. level: how many structural constraints its
    task names. passed: every request did what was asked. reasoning: the evidence in one sentence
    or two. requests, failed: how many were made, and how many had a failed check. first_failed:
    the name of the first of those. fingerprint: of the run's files, by which a finished run is
    known again. error: why the run could not be read; all labels are then null.
    """

    schema: int = 1
    path: str
    runtime: str | None = None
    agent: str | None = None
    model: str | None = None
    task: str | None = None
    date: str | None = None
    run_id: str | None = None
    framework: str | None = None
    architecture: str | None = None
    database: str | None = None
    orm: str | None = None
    level: int | None = None
    status: Status | None = None
    category: str | None = None
    subcategory: str | None = None
    cause: str | None = None
    variant: str | None = None
    certainty: Certainty | None = None
    confidence: float | None = None
    decided_by: str | None = None
    where: Where | None = None
    reasoning: str | None = None
    labels: tuple[RunCause, ...] = ()
    requests: int | None = None
    failed: int | None = None
    first_failed: str | None = None
    notes: tuple[str, ...] = ()
    fingerprint: str | None = None
    error: str | None = None

    @property
    def passed(self) -> bool | None:
        return None if self.status is None else self.status is Status.PASSED
