"""The check that failed: what it wanted, what it got, and where that can be read off rows."""

from ormprobe.checks.calls import arguments_of
from ormprobe.checks.failing import failed_checks, reads_of
from ormprobe.checks.model import Difference, FailedCheck, How, Leaf, ReadOff

__all__ = [
    "Difference",
    "FailedCheck",
    "How",
    "Leaf",
    "ReadOff",
    "arguments_of",
    "failed_checks",
    "reads_of",
]
