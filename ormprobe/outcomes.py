"""Outcomes: what ended well and what badly, from scopes and from what the launcher saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.document import Outcome, OutcomeKind, OutcomeStatus
from ormprobe.reading.folder import RunFile
from ormprobe.timeline.model import Failure, Scope

_BAD = (
    OutcomeStatus.FAILED,
    OutcomeStatus.ERROR,
    OutcomeStatus.TIMEOUT,
    OutcomeStatus.INTERRUPTED,
)

_TESTS_FAILED = 1
"""Exit status of pytest and unittest when tests failed, and nothing worse."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that the launcher started, as run.json has it."""

    role: str
    exit_code: int | None
    signal: str | None
    ended: str | None
    pid: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended badly by itself; a server that the launcher ended did not."""
        if self.role == "serve" and self.ended == "stopped":
            return False
        return self.exit_code != 0 or self.ended in ("timeout", "interrupt")


def children_of(run: RunFile) -> list[Child]:
    """The launcher's children; the command alone where run.json names none."""
    found = [
        Child(
            role=str(child.get("role") or "command"),
            exit_code=_number(child.get("exit_code")),
            signal=None if child.get("signal") is None else str(child["signal"]),
            ended=None if child.get("ended") is None else str(child["ended"]),
            pid=_number(child.get("pid")),
        )
        for child in run.children or ()
    ]
    if not found and run.exit_code is not None:
        found = [Child("command", run.exit_code, None, run.ended)]
    return found


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def is_bad(outcome: Outcome) -> bool:
    return outcome.status in _BAD


def of_scope(scope: Scope) -> Outcome:
    """The outcome of a test or request; a scope that its process did not end is interrupted."""
    kind = OutcomeKind(scope.kind)
    try:
        status = OutcomeStatus(scope.outcome)
    except ValueError:
        status = OutcomeStatus.INTERRUPTED
    place = scope.name if scope.kind == "test" else f"{scope.name}#{scope.event}"
    return Outcome(
        id=f"{kind}:{place}",
        kind=kind,
        name=scope.name,
        status=status,
        message=message_of(scope.failures),
    )


def of_children(children: list[Child], tests: list[Outcome]) -> Iterator[Outcome]:
    """The outcome of each process that the tests in it do not account for."""
    for child in children:
        explained = child.role == "command" and bool(tests)
        if explained and (not child.failed or _only_tests_failed(child, tests)):
            continue
        if child.role in ("serve", "setup") and not child.failed:
            continue
        yield Outcome(
            id=f"process:{child.role}",
            kind=OutcomeKind.PROCESS,
            name=child.role,
            status=_status(child),
            role=child.role,
            message=_ending(child),
        )


def _only_tests_failed(child: Child, tests: list[Outcome]) -> bool:
    return child.exit_code == _TESTS_FAILED and any(is_bad(outcome) for outcome in tests)


def _status(child: Child) -> OutcomeStatus:
    if child.ended == "timeout":
        return OutcomeStatus.TIMEOUT
    if child.ended == "interrupt":
        return OutcomeStatus.INTERRUPTED
    return OutcomeStatus.FAILED if child.failed else OutcomeStatus.PASSED


def _ending(child: Child) -> str | None:
    if child.ended == "timeout":
        return "ended by the time limit"
    if child.ended == "interrupt":
        return "interrupted"
    if child.signal is not None:
        return f"ended by signal {child.signal}"
    return f"exit status {child.exit_code}" if child.exit_code else None


def message_of(failures: list[Failure]) -> str | None:
    """The exception that made an outcome fail, in one line."""
    if not failures or not failures[0].chain:
        return None
    head = failures[0].chain[0]
    text = " ".join(head.message.partition("\n")[0].split())
    return f"{head.type}: {text}"[:200] if text else head.type
