"""Whether an outcome failed without an error to blame: errors come before all that is silent."""

from __future__ import annotations

from collections.abc import Sequence

from ormprobe_taxonomy.blame import HANDLED, weaker
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.terms import Certainty, Link


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


def _is_absence(error: Raised) -> bool:
    return error.reading is not None and error.reading.cause == "result-cardinality-mismatch"
