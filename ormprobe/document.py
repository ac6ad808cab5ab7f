"""The report as data: schema 1 of the JSON document, key for key.

Every key is present; what a run cannot tell is null. Keys may be added, never changed.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

SCHEMA = 1


class Status(StrEnum):
    PASSED = "passed"
    DEFECTIVE = "defective"
    FAILED = "failed"
    NOT_DATA_LAYER = "not-data-layer"
    UNDETERMINED = "undetermined"
    UNOBSERVED = "unobserved"


class Severity(StrEnum):
    FAILURE = "failure"
    DEFECT = "defect"
    HAZARD = "hazard"


class Certainty(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    SUSPECTED = "suspected"


class OutcomeKind(StrEnum):
    TEST = "test"
    REQUEST = "request"
    PROCESS = "process"


class OutcomeStatus(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"


class Observed(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Counts(Struct, frozen=True, kw_only=True):
    """How much was seen. Null where the input cannot tell."""

    events: int | None = None
    statements: int | None = None
    requests: int | None = None
    tests: int | None = None
    errors: int | None = None
    malformed_lines: int | None = None


class Library(Struct, frozen=True, kw_only=True):
    """A library seen in the target. `role`: orm, driver, framework, server, test."""

    name: str
    version: str | None = None
    role: str | None = None


class RunInfo(Struct, frozen=True, kw_only=True):
    """The run that was judged. `duration_s` in seconds; `exit_code` is the command's own."""

    app: str | None = None
    command: tuple[str, ...] | None = None
    exit_code: int | None = None
    duration_s: float | None = None
    python: str | None = None
    libraries: tuple[Library, ...] = ()
    observed: Observed = Observed.NONE
    notes: tuple[str, ...] = ()
    counts: Counts = Counts()


class Primary(Struct, frozen=True, kw_only=True):
    """What the verdict rests on. `label` is an id in `Report.labels`."""

    label: str | None = None
    cause: str | None = None
    variant: str | None = None
    category: str | None = None
    subcategory: str | None = None
    certainty: Certainty | None = None
    confidence: float | None = None
    decided_by: str | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """A cause that could not be decided on, and the evidence it lacks."""

    cause: str
    confidence: float | None = None
    needs: str | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    status: Status
    primary: Primary | None = None
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=3)] = ()


class Where(Struct, frozen=True, kw_only=True):
    """A line of the app's own code. `file` is relative to APP, `line` counts from 1."""

    file: str
    line: int | None = None
    function: str | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """One fact: the signal's name, a sentence, and the numbers of the events that prove it."""

    signal: str
    says: str
    events: tuple[str, ...] = ()


class Label(Struct, frozen=True, kw_only=True):
    """A cause given to outcomes. `explains` holds outcome ids, `caused_by` label ids."""

    id: str
    severity: Severity
    cause: str | None = None
    variant: str | None = None
    facet: str | None = None
    category: str | None = None
    subcategory: str | None = None
    certainty: Certainty | None = None
    confidence: float | None = None
    decided_by: str | None = None
    where: Where | None = None
    explains: tuple[str, ...] = ()
    caused_by: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fix: str | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """How one test, request or process ended. `role` and `message` are added keys."""

    id: str
    kind: OutcomeKind
    name: str
    status: OutcomeStatus
    labels: tuple[str, ...] = ()
    role: str | None = None
    message: str | None = None


class OrmConstraint(Struct, frozen=True, kw_only=True):
    declared: str | None = None
    observed: str | None = None
    share_through_orm: float | None = None


class DatabaseConstraint(Struct, frozen=True, kw_only=True):
    declared: str | None = None
    observed: str | None = None


class LayersConstraint(Struct, frozen=True, kw_only=True):
    declared: str | None = None
    violations: tuple[str, ...] | None = None


class Constraints(Struct, frozen=True, kw_only=True):
    """What was demanded of the data layer beside what was seen."""

    orm: OrmConstraint = OrmConstraint()
    database: DatabaseConstraint = DatabaseConstraint()
    layers: LayersConstraint = LayersConstraint()


class Report(Struct, frozen=True, kw_only=True):
    """The whole document. `ormprobe` is the version that wrote it."""

    schema: int = SCHEMA
    ormprobe: str
    run: RunInfo
    verdict: Verdict
    labels: tuple[Label, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    constraints: Constraints = Constraints()
