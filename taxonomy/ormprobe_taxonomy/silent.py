"""Findings of causes that raise nothing: they need a failing check, and step back behind errors."""

from __future__ import annotations

from ormprobe_taxonomy.blame import HANDLED, weaker
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Signal
from ormprobe_taxonomy.terms import Certainty, Link, Severity

_FIRM = (Link.CHAIN, Link.ANSWER)


def is_silent(case: Case) -> bool:
    """Whether an outcome failed, and no error is to blame for it."""
    return case.failing and not any(
        error.link in _FIRM and error.fate not in HANDLED for error in case.raised()
    )


def silent(
    case: Case,
    signal: Signal,
    cause: str,
    certainty: Certainty,
    *,
    place: Place | None,
    at_us: int,
    reads: tuple[str, ...],
    variant: str | None = None,
    needs: str | None = None,
) -> Finding:
    """A finding that explains a failing check. needs: what is missing for `certain`.

    Where an error may be to blame as well, it is only suspected.
    """
    tied = [
        error
        for error in case.raised()
        if error.link is not Link.NONE and error.fate not in HANDLED
    ]
    if tied:
        certainty = weaker(certainty, Certainty.SUSPECTED)
        needs = needs or f"that {tied[0].type} has nothing to do with it"
    return Finding(
        cause=cause,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=place,
        at_us=at_us,
        evidence=(signal,),
        variant=variant,
        reads=reads,
        needs=None if certainty is Certainty.CERTAIN else needs,
    )
