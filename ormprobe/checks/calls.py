"""Arguments of the call in a test whose work sent a statement."""

from __future__ import annotations

from collections.abc import Mapping

from ormprobe.source import is_test_file
from ormprobe.timeline.model import CallMade, Check, Shape, Site, Statement


def arguments_of(check: Check, statement: Statement) -> Mapping[str, Shape]:
    """What the test gave the app's function that led to a statement, by parameter.

    Of a statement of a service that is called without a request. Arguments that the test computed
    are not known. Empty where nothing is.
    """
    made = call_of(check, statement)
    return {} if made is None else made.values


def call_of(check: Check, statement: Statement) -> CallMade | None:
    """The call in a test that led to a statement."""
    line = line_in_test(statement)
    if line is None or check.site is None:
        return None
    found = [made for made in check.calls if made.line <= line.line <= made.last]
    names = {site.function.rpartition(".")[2] for site in _way(statement)}
    return next((made for made in found if made.name in names), None)


def _way(statement: Statement) -> tuple[Site, ...]:
    return (*((statement.site,) if statement.site else ()), *statement.callers)


def line_in_test(statement: Statement) -> Site | None:
    """The line of a test that led to a statement, as far as its callers are known."""
    return next((site for site in _way(statement) if is_test_file(site.path)), None)
