"""A finding: what a rule says about one outcome, before the upstream rule chooses."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals import Place, Signal
from ormprobe_taxonomy.terms import Certainty, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause that a rule saw in one outcome.

    errors: keys of the errors that it accounts for; echoes: keys of later errors that only follow
    from it. transaction, session: what carried it. tables: those it leaves wrong; reads: those that
    its failing statement read. settles: transactions that it kept from their commit. connection:
    that it was about. carriers: names, the same over the whole run, of what it breaks for later
    outcomes too. count: of a hazard, how often it was done. orm: whose fix it needs. needs: the
    evidence that is missing for `certain`.
    """

    cause: str
    outcome: str
    severity: Severity
    certainty: Certainty
    place: Place | None
    at_us: int
    evidence: tuple[Signal, ...]
    variant: str | None = None
    facet: str | None = None
    errors: tuple[str, ...] = ()
    echoes: tuple[str, ...] = ()
    transaction: str | None = None
    session: str | None = None
    tables: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    connection: str | None = None
    carriers: tuple[str, ...] = ()
    count: int | None = None
    orm: str | None = None
    needs: str | None = None
