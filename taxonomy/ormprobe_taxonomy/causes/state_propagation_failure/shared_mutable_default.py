"""A column's default is one list or dictionary for all rows, and was changed in place."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ChangedInPlace
from ormprobe_taxonomy.silence import is_undisturbed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "shared-mutable-default"


def rule(case: Case) -> Iterator[Finding]:
    """Without a failing check that met it, nothing is said: one row may be all there is."""
    if not is_undisturbed(case):
        return
    for signal in case.signals:
        if isinstance(signal, ChangedInPlace) and signal.shared and signal.related:
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.FAILURE,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                tables=signal.tables,
            )


CAUSE = Cause(
    id=ID,
    title="One mutable default is shared by all rows",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "A column is declared with a list or dictionary as its default. Every new instance gets "
        "that same object; what one of them adds to it, the next ones begin with."
    ),
    certain=(
        "The object that the column gives as default is no longer what it was when the column was "
        "declared, and a failing check met what was added where it was not expected."
    ),
    suggests="Nothing less: one row with the changed default may be all there is.",
    lookalikes=(
        ("untracked-mutation", "the change is missing from its own row, not seen in another one"),
        ("join-fanout", "rows come twice, not the members of a value"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="tags = mapped_column(JSON, default=[])",
            right="tags = mapped_column(JSON, default=list)",
        ),
        Example(
            orm="django",
            wrong="tags = models.JSONField(default=[])",
            right="tags = models.JSONField(default=list)",
        ),
        Example(
            orm="peewee",
            wrong="tags = JSONField(default=[])",
            right="tags = JSONField(default=list)",
        ),
    ),
    fixes=(
        ("sqlalchemy", "Give the callable as default: default=list or default=dict."),
        ("django", "Give the callable as default: default=list or default=dict."),
        ("peewee", "Give the callable as default: default=list or default=dict."),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/ref/models/fields/#default",
        "https://docs.peewee-orm.com/en/latest/peewee/models.html#default-field-values",
    ),
    rule=rule,
)
