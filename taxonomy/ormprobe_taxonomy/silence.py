"""Causes that raise nothing: they need a failing check, and step back behind errors."""

from __future__ import annotations

from collections.abc import Sequence

from ormprobe_taxonomy.blame import HANDLED, weaker
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import (
    Case,
    ChildMismatched,
    ConditionAmiss,
    CountedApart,
    DirectionSwapped,
    InputUnused,
    OperatorMisplaced,
    OrderLeftOpen,
    Place,
    QueryDiscarded,
    Raised,
    RowsDropped,
    RowsMultiplied,
)
from ormprobe_taxonomy.terms import Certainty, Link, Severity

OfQuery = (
    OperatorMisplaced | QueryDiscarded | RowsMultiplied | CountedApart | OrderLeftOpen | InputUnused
    | ConditionAmiss | DirectionSwapped | ChildMismatched | RowsDropped
)  # fmt: skip


def at_most(case: Case, of: Sequence[str] = ()) -> Certainty | None:
    """How sure a silent cause may be of an outcome; None where an error explains it.

    An error that broke a step which nobody checked, or was swallowed on the way, leaves room for
    suspicion alone. One that only says that a row was not there is what silent causes lead to.
    of: keys of errors that are part of the silent cause's own evidence.
    """
    if not case.failing:
        return None
    limit = Certainty.CERTAIN
    for error in case.raised():
        if error.follows is not None or error.fate in HANDLED or _is_absence(error):
            continue
        if error.link in (Link.CHAIN, Link.ANSWER):
            return None
        if error.key not in of and error.link in (Link.EARLIER, Link.LINE):
            limit = weaker(limit, Certainty.SUSPECTED)
    return limit


def is_silent(case: Case) -> bool:
    """Whether an outcome failed, and no error explains it."""
    return at_most(case) is not None


def is_undisturbed(case: Case) -> bool:
    """Whether an outcome failed, and no error may have had a part in it."""
    return at_most(case) is Certainty.CERTAIN


def _is_absence(error: Raised) -> bool:
    return error.reading is not None and error.reading.cause == "result-cardinality-mismatch"


def silent(
    case: Case,
    signal: OfQuery,
    cause: str,
    certainty: Certainty,
    *,
    needs: str,
    variant: str | None = None,
    place: Place | None = None,
) -> Finding:
    """The finding that a query's signal stands for, in an outcome that is silent.

    needs: what is missing for `certain`. place: where it is not the signal's own line.
    """
    limit = at_most(case) or Certainty.SUSPECTED
    if weaker(certainty, limit) is not certainty:
        needs = "that the errors on the way have nothing to do with it"
    certainty = weaker(certainty, limit)
    return Finding(
        cause=cause,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=place or signal.place,
        at_us=signal.at_us,
        evidence=(signal,),
        variant=variant,
        reads=signal.reads,
        needs=None if certainty is Certainty.CERTAIN else needs,
    )
