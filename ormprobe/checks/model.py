"""A failing check, reduced to what detectors ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ormprobe.timeline.model import Check, Scope, Shape, Statement


class Difference(StrEnum):
    """How the actual value differs from the expected one (SIGNALS: shape)."""

    EXTRA = "extra"
    """A list has members that were not expected."""
    MISSING = "missing"
    """A list lacks members that were expected."""
    DUPLICATED = "duplicated"
    """Members that were expected come more than once."""
    MIXED = "mixed"
    """Some lack, others are too many."""
    ORDER = "order"
    """The same members in another order."""
    MORE = "more"
    """A number is greater than expected."""
    LESS = "less"
    VALUE = "value"
    """Another value of the same kind, or none."""
    MISSING_KEY = "missing-key"
    """An object lacks a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One place where actual and expected differ. path: keys and indexes that lead there."""

    path: tuple[str | int, ...]
    actual: Shape
    expected: Shape
    difference: Difference


class How(StrEnum):
    """How an actual value is read off the rows of a statement, the strongest first."""

    COLUMN = "column"
    """The list is a column of the rows, in their order."""
    SET = "set"
    """The list is a column, in another order."""
    CELL = "cell"
    """The value is a cell of the rows."""
    SUM = "sum"
    LENGTH = "length"
    """The number, or the length of the list, is the number of rows: weak."""
    EMPTY = "empty"
    """The list is empty, and there were no rows: weak."""

    @property
    def is_weak(self) -> bool:
        return self in (How.LENGTH, How.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOff:
    """An actual value as the rows of a statement show it. column: its name among the rows.

    weak: many cells hold such a value by accident (a small number, a flag), and the names of column
    and key do not agree either.
    """

    statement: Statement
    how: How
    column: str | None = None
    weak: bool = False

    @property
    def is_weak(self) -> bool:
        return self.weak or self.how.is_weak


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """A check that failed in a scope.

    leaves: where its operands differ; empty where they are not known. target: the request or call
    whose answer holds the actual value; the last one before the check where none is seen to. read:
    how the actual value is read off statements of the target, the best first. certain_target: the
    answer was seen to hold the value.
    """

    check: Check
    scope: Scope
    leaves: tuple[Leaf, ...] = ()
    target: Scope | None = None
    certain_target: bool = False
    read: tuple[ReadOff, ...] = ()
