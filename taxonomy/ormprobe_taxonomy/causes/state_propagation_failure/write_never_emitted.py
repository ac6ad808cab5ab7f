"""A change was made up in the app's code, and no statement wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, WriteSkipped
from ormprobe_taxonomy.silence import is_undisturbed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "write-never-emitted"

VARIANTS = {
    "unexecuted": "not-executed",
    "kept": "not-executed",
    "unsaved": "not-saved",
    "detached": "not-saved",
    "omitted": "column-omitted",
}

_READING = ("GET", "HEAD", "OPTIONS")


def rule(case: Case) -> Iterator[Finding]:
    skipped = [signal for signal in case.signals if isinstance(signal, WriteSkipped)]
    if not case.failing:
        for signal in skipped:
            if signal.how == "unexecuted" and not signal.harness and not signal.rehearsal:
                yield _finding(case, signal, Severity.DEFECT, Certainty.CERTAIN)
        return
    failed = not is_undisturbed(case)
    for signal in skipped:
        certainty = _certainty(signal, failed)
        if certainty is not None:
            yield _finding(case, signal, Severity.FAILURE, certainty)


def _certainty(signal: WriteSkipped, failed: bool) -> Certainty | None:
    """None where it cannot have made the outcome fail, or was meant."""
    if signal.harness or signal.rehearsal or not (signal.read or signal.how == "unexecuted"):
        return None
    if failed:
        return Certainty.SUSPECTED if signal.how == "unexecuted" else None
    if signal.how == "unexecuted":
        return Certainty.CERTAIN if signal.read or signal.wanted else Certainty.SUSPECTED
    if signal.how == "kept":
        return Certainty.CERTAIN if signal.wanted else Certainty.LIKELY
    if signal.wanted:
        return Certainty.CERTAIN
    if signal.method in _READING:  # set to be shown
        return None
    return Certainty.LIKELY if signal.sought else Certainty.SUSPECTED


def _finding(case: Case, signal: WriteSkipped, severity: Severity, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check that expects the value which was not written"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=severity,
        certainty=certainty,
        variant=VARIANTS.get(signal.how),
        place=signal.place,
        at_us=signal.at_us,
        evidence=(signal,),
        tables=signal.tables,
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A change was made in Python and no statement wrote it",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "The code that claims to change a row sends no INSERT, UPDATE or DELETE for it: an "
        "attribute is set on a stored instance that nobody saves, the save leaves the column out, "
        "a write query is built and never executed, an instance is made and never added."
    ),
    certain=(
        "A write query was dropped on the line that built it and its table was read afterwards; or "
        "an attribute of a stored instance was set, no later statement wrote it, its table was "
        "read afterwards, and a failing check expected that value. Without a failing check: a "
        "write query that was dropped on the line that built it."
    ),
    suggests=(
        "The value was not written and a later query asked for rows by it; a write query that a "
        "name held and that was never executed."
    ),
    lookalikes=(
        ("uncommitted-write", "the statement was sent, or waited in a session that was let go"),
        ("untracked-mutation", "the value was changed in place, which the ORM cannot see"),
        ("unawaited-db-call", "the save was called, and its coroutine never awaited"),
        ("a draft, or a value for show", "an instance that nobody meant to store; no check misses"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="update(Loan).where(Loan.id == id).values(state='paid')\nsession.commit()",
            right=(
                "session.execute(update(Loan).where(Loan.id == id).values(state='paid'))\n"
                "session.commit()"
            ),
        ),
        Example(
            orm="django",
            wrong="loan.state = 'paid'\nloan.save(update_fields=['paid_at'])",
            right="loan.state = 'paid'\nloan.save(update_fields=['state', 'paid_at'])",
        ),
        Example(
            orm="peewee",
            wrong="Loan.update(state='paid').where(Loan.id == id)",
            right="Loan.update(state='paid').where(Loan.id == id).execute()",
        ),
        Example(
            orm="tortoise",
            wrong="loan.state = 'paid'\nreturn loan",
            right="loan.state = 'paid'\nawait loan.save()\nreturn loan",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Hand the statement to session.execute(...), add or merge the instance into a session "
            "before it is changed, and commit.",
        ),
        (
            "django",
            "Call save() after the last set, and name every changed column in update_fields.",
        ),
        (
            "peewee",
            "Call execute() on every insert, update and delete query, and save() on the instance, "
            "with every changed field in only=.",
        ),
        (
            "tortoise",
            "Await save() after the last set, and name every changed column in update_fields.",
        ),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/ref/models/instances/#specifying-which-fields-to-save",
        "https://docs.peewee-orm.com/en/latest/peewee/querying.html#updating-existing-records",
        "https://docs.sqlalchemy.org/en/20/tutorial/data_update.html",
    ),
    rule=rule,
)
