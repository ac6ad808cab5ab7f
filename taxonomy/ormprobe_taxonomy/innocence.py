"""Where a failing outcome belongs that the data layer has no part in, by positive proof alone.

That no rule found anything is no proof: the placement needs a signal of its own, and gives way to
any finding, be it only suspected. Nothing of it is certain, for a check may be wrong itself.
"""

from __future__ import annotations

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.finished import Evidence
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.signals import AnsweredUnasked, Case, ComputedAfter
from ormprobe_taxonomy.terms import Category, Certainty, Severity, Subcategory

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_REFUSED = frozenset((401, 403))
_REJECTED = frozenset((415, 422))


def placement_of(case: Case, findings: list[Finding]) -> Placement | None:
    """The placement of a failing outcome, None where nothing proves one."""
    if not case.failing or any(each.severity is not Severity.HAZARD for each in findings):
        return None
    for signal in case.signals:
        if isinstance(signal, AnsweredUnasked):
            return _of_answer(signal)
        if isinstance(signal, ComputedAfter):
            return _placed(signal, Category.LOGIC_ERROR, Subcategory.BUSINESS_LOGIC_DEFECT)
    return None


def _of_answer(signal: AnsweredUnasked) -> Placement | None:
    status = signal.status
    if status in _REFUSED:
        return _placed(signal, Category.LOGIC_ERROR, Subcategory.AUTH_MISCONFIGURATION)
    framework = status == 405 or status in _REJECTED or (status in _REDIRECTS and not signal.routed)
    if framework:
        return _placed(signal, Category.LOGIC_ERROR, Subcategory.FRAMEWORK_IDIOSYNCRASY)
    if status == 404 and not signal.routed:
        return _placed(signal, Category.INCOMPLETE_IMPLEMENTATION, None)
    return None


def _placed(
    signal: AnsweredUnasked | ComputedAfter, category: Category, subcategory: Subcategory | None
) -> Placement:
    evidence = Evidence(signal=type(signal).__name__, says=signal.says, events=signal.events)
    return Placement(
        category=category,
        subcategory=subcategory,
        rule=(subcategory or category).value.replace("_", "-"),
        certainty=Certainty.LIKELY,
        evidence=(evidence,),
        place=signal.place,
    )
