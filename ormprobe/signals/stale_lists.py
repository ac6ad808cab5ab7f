"""Whether a list that a check found is the rows of a reading, before some came or went."""

from __future__ import annotations

from ormprobe.checks.model import Difference, Leaf
from ormprobe.checks.values import identity, is_mapping, length, members, scalars
from ormprobe.signals.accesses import Access
from ormprobe.timeline.model import Rows, Shape


def changed_by(write: Access) -> int:
    """How many rows a write added; negative where it took some, 0 for an UPDATE."""
    if write.facts.verb not in ("INSERT", "DELETE"):
        return 0
    done = write.statement
    if done.affected is not None and done.affected > 0:
        number = done.affected
    elif write.facts.verb == "DELETE":
        return 0
    else:
        number = done.many or max((len(each) for each in write.assigned().values()), default=1)
    return number if write.facts.verb == "INSERT" else -number


def is_of_rows(leaf: Leaf, rows: Rows, change: int) -> bool:
    """Whether the list that was found is those rows, and the expected one has that many more."""
    if length(leaf.actual) != rows.count or not _agrees(leaf.actual, rows):
        return False
    wanted = length(leaf.expected)
    if leaf.difference is Difference.MISSING and wanted == 1 and change > 0:
        return True  # one member was looked for
    return wanted == rows.count + change


def _agrees(found: Shape, rows: Rows) -> bool:
    """Whether the texts of a list are values of the rows, as far as those are known."""
    cells = {identity(cell) for row in rows.values for cell in row}
    shown = members(found)[: len(rows.values)] if rows.cut else members(found)
    texts = [[each for each in scalars(one) if isinstance(each, str) and each] for one in shown]
    if any(is_mapping(one) for one in shown):
        return all(not own or any(identity(each) in cells for each in own) for own in texts)
    return all(identity(each) in cells for own in texts for each in own)
