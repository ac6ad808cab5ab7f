"""A write is answered as done, and the answer does not show it.

Only writes fail, each with the status that was wanted and a part of the checks, while reads of the
same kind of row have the right form: what is missing is the change itself, lost on its way to the
database or to the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Finished, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_WRITES = (Role.CREATE, Role.UPDATE, Role.DELETE, Role.RELATE, Role.UNRELATE)
_SOFT = (Shape.PART, Shape.ENVELOPE, Shape.EMPTY)
_CANDIDATES = (
    ("stale-state-after-write", "what was read before the write and answered after it"),
    ("uncommitted-write", "the end of the transaction that wrote"),
    ("write-never-emitted", "the statements of the request"),
)


def rule(run: Finished) -> Iterator[Placement]:
    sources = run.sources()
    changed = tuple(each for each in sources if each.role in _WRITES and each.shape is Shape.PART)
    if not changed or any(each.shape not in _SOFT for each in sources):
        return
    reads = [each for each in sources if each.role.reads]
    if reads:
        return
    yield Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
        rule="state-propagation-failure",
        certainty=Certainty.LIKELY,
        positions=run.with_effects(changed),
        evidence=(told(changed, "answered as done, and the answer does not show it"),),
        candidates=_CANDIDATES,
    )
