"""A write is answered as done, and the answer does not show it.

Only writes fail, each with the status that was wanted and a part of the checks, while reads of the
same kind of row have the right form: what is missing is the change itself, lost on its way to the
database or to the answer. A row that was found by its identifier, and is not after it was updated,
got another one that nobody was told.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Finished, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_WRITES = (Role.CREATE, Role.UPDATE, Role.DELETE, Role.RELATE, Role.UNRELATE)
_SOFT = (Shape.PART, Shape.ENVELOPE, Shape.EMPTY)
_CANDIDATES = (
    ("stale-state-after-write", "what was read before the write and answered after it"),
    ("uncommitted-write", "the end of the transaction that wrote"),
    ("write-never-emitted", "the statements of the request"),
)

_RENAMED = (("identifier-not-propagated", "the identifier in the answer to the update"),)


def rule(run: Finished) -> Iterator[Placement]:
    sources = run.sources()
    renamed = tuple(each for each in sources if _is_renamed(run, each))
    if renamed:
        how = "found by its identifier before an update, and not after it"
        yield _placed(run, renamed, how, _RENAMED)
    changed = tuple(each for each in sources if each.role in _WRITES and each.shape is Shape.PART)
    if not changed or any(each.shape not in _SOFT for each in sources):
        return
    reads = [each for each in sources if each.role.reads]
    if reads:
        return
    how = "answered as done, and the answer does not show it"
    yield _placed(run, changed, how, _CANDIDATES)


def _is_renamed(run: Finished, request: Request) -> bool:
    """A row that was read by its identifier before an update of it, and is not found since."""
    wanted = request.needs
    if request.shape is not Shape.UNFOUND or request.absent or wanted is None:
        return False
    before = [e for e in run.requests if e.position < request.position and e.resource == wanted]
    read = [e.position for e in before if e.role is Role.READ and e.shape is None]
    updates = [e.position for e in before if e.role is Role.UPDATE and e.shape in (None, *_SOFT)]
    return bool(read and updates) and min(read) < max(updates)


def _placed(
    run: Finished,
    hit: tuple[Request, ...],
    how: str,
    candidates: tuple[tuple[str, str], ...],
) -> Placement:
    return Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
        rule="state-propagation-failure",
        certainty=Certainty.LIKELY,
        positions=run.with_effects(hit),
        evidence=(told(hit, how),),
        candidates=candidates,
    )
