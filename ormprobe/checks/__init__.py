"""The check that failed: what it wanted, what it got, and where that can be read off rows."""

from ormprobe.checks.failing import failed_checks, reads_of
from ormprobe.checks.model import Difference, FailedCheck, How, Leaf, ReadOff

__all__ = ["Difference", "FailedCheck", "How", "Leaf", "ReadOff", "failed_checks", "reads_of"]
