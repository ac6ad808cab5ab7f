"""Which errors of an outcome its failure may be blamed on, and how surely."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised, Signal
from ormprobe_taxonomy.terms import Certainty, Fate, Link, Severity

HANDLED = frozenset((Fate.EXPECTED, Fate.RECOVERED, Fate.ABSORBED))
"""Fates of errors that are part of normal work."""

_BY_LINK = {
    Link.CHAIN: Certainty.CERTAIN,
    Link.ANSWER: Certainty.CERTAIN,
    Link.EARLIER: Certainty.LIKELY,
    Link.LINE: Certainty.LIKELY,
}

_NEEDS = {
    Link.EARLIER: "a check on the answer of the request in which the error was raised",
    Link.LINE: "a check on a value that the failed statement would have given",
}


def blamed(case: Case, cause: str) -> Iterator[Raised]:
    """The errors that read as a cause and are tied to the failure of the outcome."""
    if not case.failing:
        return
    for error in case.raised():
        if error.reading is None or error.reading.cause != cause or error.follows is not None:
            continue
        if error.link is not Link.NONE and error.fate not in HANDLED:
            yield error


def by_driver(error: Raised) -> bool:
    """Whether the database refused a statement, and not the ORM before it was sent."""
    return any(word in error.type for word in _DRIVERS)


_DRIVERS = ("OperationalError", "ProgrammingError", "SyntaxError", "Undefined", "Ambiguous")


def set_up_in(error: Raised) -> str:
    """The name by which later outcomes hang on a set-up that failed in the same process."""
    return f"setup|{error.key.partition('/')[0].partition(':')[0]}"


def certainty_of(error: Raised) -> Certainty:
    """How surely the outcome failed because of this error."""
    return _BY_LINK.get(error.link, Certainty.SUSPECTED)


def weaker(one: Certainty, other: Certainty) -> Certainty:
    return max(one, other, key=lambda certainty: certainty.rank)


def finding(
    case: Case,
    error: Raised,
    *about: Signal | None,
    place: Place | None = None,
    at_most: Certainty = Certainty.CERTAIN,
    variant: str | None = None,
    needs: str | None = None,
) -> Finding:
    """The finding that an error stands for; `place` where it is not the error's own line."""
    assert error.reading is not None
    echoes = [other.key for other in case.raised() if other.follows == error.key]
    return Finding(
        cause=error.reading.cause,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=weaker(certainty_of(error), at_most),
        place=place or error.place,
        at_us=error.at_us,
        evidence=(error, *(signal for signal in about if signal is not None)),
        variant=variant or error.reading.variant,
        facet=error.reading.facet,
        errors=(error.key,),
        echoes=tuple(echoes),
        transaction=error.transaction,
        session=error.session,
        tables=error.writes,
        reads=error.reads,
        connection=error.connection,
        needs=needs or _NEEDS.get(error.link),
    )
