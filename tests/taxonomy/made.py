"""Signals and cases made by hand, with what a test does not care about filled in."""

from __future__ import annotations

from dataclasses import replace

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised, Reading, Signal, WriteLost
from ormprobe_taxonomy.terms import Certainty, Fate, Link, Severity

LINE = Place("shop/orders.py", 7, "place_order")
OTHER = Place("shop/views.py", 21, "checkout")

BY_LINK = (
    (Link.CHAIN, "certain"),
    (Link.ANSWER, "certain"),
    (Link.EARLIER, "likely"),
    (Link.LINE, "likely"),
)
"""How surely an outcome failed because of an error that is tied to it so."""

HANDLED = (Fate.EXPECTED, Fate.RECOVERED, Fate.ABSORBED)


def raised(
    cause: str | None, key: str = "e1", facet: str | None = None, **fields: object
) -> Raised:
    """An error that the tables read as a cause, in the chain that ended its outcome."""
    error = Raised(
        key=key,
        at_us=10,
        type="SomeError",
        message="it broke",
        reading=None if cause is None else Reading(cause, facet),
        fate=Fate.SURFACED,
        link=Link.CHAIN,
        place=LINE,
    )
    return replace(error, **fields)  # type: ignore[arg-type]


def lost(**fields: object) -> WriteLost:
    """A flushed write of an answered POST, dropped when its session closed, and read later."""
    signal = WriteLost(
        at_us=10,
        place=LINE,
        ended=OTHER,
        end="rollback",
        by="close",
        tables=("orders",),
        writes=1,
        explicit=True,
        answered=201,
        method="POST",
        kept_on=True,
        read=("orders",),
        harness=False,
    )
    return replace(signal, **fields)  # type: ignore[arg-type]


def failing(*signals: Signal) -> Case:
    return Case(outcome="test:a", failing=True, signals=signals)


def passing(*signals: Signal) -> Case:
    return Case(outcome="test:a", failing=False, signals=signals)


def finding(cause: str, **fields: object) -> Finding:
    """A certain failure."""
    found = Finding(
        cause=cause,
        outcome="test:a",
        severity=Severity.FAILURE,
        certainty=Certainty.CERTAIN,
        place=LINE,
        at_us=10,
        evidence=(),
    )
    return replace(found, **fields)  # type: ignore[arg-type]
