"""The words that tables are made of, in the order in which they are shown.

Categories and subcategories are those of arXiv 2605.06445, all of them: the taxonomy's own sets
hold only what a data-layer cause can roll up to.
"""

from __future__ import annotations

from enum import StrEnum

from ormprobe.document import Status
from ormprobe.runs.record import RunRecord

LOGIC_ERROR = "logic_error"
CATEGORIES = (
    LOGIC_ERROR,
    "server_startup_failure",
    "incomplete_implementation",
    "schema_format_error",
    "constraint_violation",
    "stuck_in_loop",
    "premature_termination",
    "other",
)
SUBCATEGORIES = (
    "incorrect_query_logic",
    "database_runtime_error",
    "state_propagation_failure",
    "business_logic_defect",
    "auth_misconfiguration",
    "framework_idiosyncrasy",
)
DATA_LAYER = ("incorrect_query_logic", "database_runtime_error")
"""What the paper adds up as its data layer."""
DATA_LAYER_AND_STATE = (*DATA_LAYER, "state_propagation_failure")
"""What the data layer is here: state that does not reach a later request is a fault of it too."""
UNDETERMINED = "undetermined"
NO_CAUSE = "no cause named"
UNKNOWN = "unknown"
"""Stands for a model, a framework or a runtime that a run does not tell."""


class Ending(StrEnum):
    """How a run counts. `defective`: nothing failed, though a defect in it is certain."""

    PASSED = "passed"
    DEFECTIVE = "defective"
    FAILED = "failed"
    UNOBSERVED = "unobserved"
    UNREADABLE = "unreadable"


_ENDINGS = {
    Status.PASSED: Ending.PASSED,
    Status.DEFECTIVE: Ending.DEFECTIVE,
    Status.FAILED: Ending.FAILED,
    Status.NOT_DATA_LAYER: Ending.FAILED,
    Status.UNDETERMINED: Ending.FAILED,
    Status.UNOBSERVED: Ending.UNOBSERVED,
}
JUDGED = (Ending.PASSED, Ending.DEFECTIVE, Ending.FAILED)
"""The endings of runs that say something of the app."""


def ending(record: RunRecord) -> Ending:
    if record.error is not None or record.status is None:
        return Ending.UNREADABLE
    return _ENDINGS[record.status]


def category_of(record: RunRecord) -> str:
    """A failed run's category; `undetermined` where none was found."""
    return record.category or UNDETERMINED


def subcategory_of(record: RunRecord) -> str | None:
    """The subcategory of a logic error, `undetermined` where none was found; of others None."""
    return (record.subcategory or UNDETERMINED) if record.category == LOGIC_ERROR else None


def level_of(record: RunRecord) -> str:
    """The constraint level of a run's task: L0 to L3."""
    return UNKNOWN if record.level is None else f"L{record.level}"


def in_order(seen: set[str], known: tuple[str, ...]) -> list[str]:
    """The known words, then those that were seen besides, `undetermined` last."""
    others = sorted(seen.difference(known, (UNDETERMINED,)))
    last = [UNDETERMINED] if UNDETERMINED in seen and UNDETERMINED not in known else []
    return [*known, *others, *last]
