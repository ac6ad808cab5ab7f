"""The failing checks of a scope: their differences, what they are about, where that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormprobe.checks.differences import actual_of, leaves_of
from ormprobe.checks.model import FailedCheck
from ormprobe.checks.readings import readings
from ormprobe.checks.targets import target_of
from ormprobe.checks.values import is_opaque
from ormprobe.timeline.model import Check, Scope, Statement

if TYPE_CHECKING:  # detectors import this
    from ormprobe.signals.known import Known


def failed_checks(scope: Scope, known: Known) -> list[FailedCheck]:
    """The checks that failed in an outermost scope and the scopes inside it, in time order.

    None where nobody told them: a driver in another process, or a program that only ends badly.
    """
    found = [(check, each) for each in scope.walk() for check in each.checks]
    return [_failed(check, each, known) for check, each in sorted(found, key=lambda f: f[0].at_us)]


def _failed(check: Check, scope: Scope, known: Known) -> FailedCheck:
    leaves = leaves_of(check)
    whole = actual_of(check)
    values = [whole, *(leaf.actual for leaf in leaves if leaf.path)]
    values = [value for value in values if not is_opaque(value)] if leaves else []
    target, certain = target_of(scope, check, values)
    read = readings(whole, leaves, reads_of(target, check.at_us)) if leaves else ()
    return FailedCheck(
        check=check,
        scope=scope,
        leaves=leaves,
        target=target,
        certain_target=certain,
        read=read,
    )


def reads_of(target: Scope, until_us: int) -> list[Statement]:
    """The statements of a target before a check, in time order: of a request with what it did
    inside, of a test without the requests it made."""
    found = target.all_statements() if target.kind == "request" else target.statements
    return [each for each in found if each.at_us <= until_us]
