"""A value was changed in place, and the ORM did not notice: no statement wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ChangedInPlace
from ormprobe_taxonomy.silence import is_undisturbed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "untracked-mutation"

_READING = ("GET", "HEAD", "OPTIONS")


def rule(case: Case) -> Iterator[Finding]:
    changed = [s for s in case.signals if isinstance(s, ChangedInPlace) and not s.shared]
    failed = not is_undisturbed(case)
    for signal in changed:
        if signal.harness or signal.rehearsal:
            continue
        if not case.failing:
            if signal.committed and signal.method not in _READING:
                yield _finding(case, signal, Severity.DEFECT, Certainty.CERTAIN)
        elif signal.read and not failed:
            yield _finding(case, signal, Severity.FAILURE, _certainty(signal))


def _certainty(signal: ChangedInPlace) -> Certainty:
    if signal.related:
        return Certainty.CERTAIN
    likely = signal.committed and signal.method not in _READING
    return Certainty.LIKELY if likely else Certainty.SUSPECTED


def _finding(
    case: Case, signal: ChangedInPlace, severity: Severity, certainty: Certainty
) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check that expects what was changed"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=severity,
        certainty=certainty,
        place=signal.place,
        at_us=signal.at_us,
        evidence=(signal,),
        tables=signal.tables,
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A JSON, array or pickled value was changed in place and never written",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "SQLAlchemy writes the attributes that were set. A list or dictionary that a column holds "
        "is not set when it is appended to or gets a key: the commit writes nothing of it."
    ),
    certain=(
        "The value differs from what the row held when it was loaded, the attribute was not "
        "marked as changed, and a commit passed it by; of a failing check, that it expected the "
        "change and the table was read afterwards."
    ),
    suggests="The same, while the failing check is about something else.",
    lookalikes=(
        ("write-never-emitted", "the attribute itself was set, and nobody saved it"),
        ("uncommitted-write", "the change was noticed, and its transaction not committed"),
        ("shared-mutable-default", "the change is seen in other rows, too"),
        ("a value for show", "it was changed to be answered, and nothing was committed"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="loan.terms['weeks'] = 4\nsession.commit()",
            right="loan.terms = {**loan.terms, 'weeks': 4}\nsession.commit()",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Map the column with MutableDict.as_mutable(JSON) or MutableList.as_mutable(...), "
            "assign a new value, or call flag_modified(instance, 'attribute') after the change.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/extensions/mutable.html",),
    rule=rule,
)
