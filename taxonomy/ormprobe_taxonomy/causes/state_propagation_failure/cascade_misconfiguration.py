"""A deletion did something else to the rows that refer to what was deleted than was wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ormprobe_taxonomy.blame import blamed, finding, weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.causes.database_runtime_error import integrity_violation
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ParentTaken
from ormprobe_taxonomy.silence import at_most
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "cascade-misconfiguration"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        yield finding(case, error)
    for error in blamed(case, integrity_violation.ID):
        if integrity_violation.is_about_cascade(error):
            yield replace(finding(case, error), cause=ID)
    limit = at_most(case)
    if limit is None:
        return
    for signal in case.signals:
        if isinstance(signal, ParentTaken):
            yield _finding(case, signal, weaker(limit, _certainty(signal)))


def _certainty(taken: ParentTaken) -> Certainty:
    if taken.proven:
        return Certainty.CERTAIN
    return Certainty.LIKELY if taken.counted else Certainty.SUSPECTED


def _finding(case: Case, taken: ParentTaken, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check that found rows which the deletion left, or lacks some it took"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=taken.place,
        at_us=taken.at_us,
        evidence=(taken,),
        variant=taken.how,
        transaction=taken.transaction,
        tables=(taken.table,),
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A deletion was refused, left orphans, or took too much with it",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "What a relation declares for the deletion of a parent, in the ORM or in the database, is "
        "not what the app needs: rows are left with NULL or with the key of a row that is gone, "
        "are deleted though they should stay, or the deletion is refused."
    ),
    certain=(
        "A row was deleted, the rows that referred to it were set to NULL by the ORM, still name "
        "it, or went with it, and the failing check found such rows left, or lacks them. Or the "
        "deletion was refused for them, and that error is in the chain of the failure."
    ),
    suggests="A failing check on the number of those rows, or one that only reads their table.",
    lookalikes=(
        ("an intended SET NULL", "no check misses anything of those rows"),
        ("integrity-violation", "an INSERT or UPDATE names a row that does not exist"),
        ("identifier-not-propagated", "the reference was NULL from the start"),
        ("uncommitted-write", "the deletion itself was not kept"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="lines: Mapped[list['Line']] = relationship(back_populates='order')",
            right=(
                "lines: Mapped[list['Line']] = relationship(\n"
                "    back_populates='order', cascade='all, delete-orphan'\n"
                ")"
            ),
        ),
        Example(
            orm="django",
            wrong="order = ForeignKey(Order, on_delete=models.SET_NULL, null=True)",
            right="order = ForeignKey(Order, on_delete=models.CASCADE)",
        ),
        Example(
            orm="peewee",
            wrong="order.delete_instance()",
            right="order.delete_instance(recursive=True)",
        ),
        Example(
            orm="tortoise",
            wrong="order = ForeignKeyField('shop.Order', on_delete=OnDelete.SET_NULL, null=True)",
            right="order = ForeignKeyField('shop.Order', on_delete=OnDelete.CASCADE)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Declare on the relationship what a deletion does (cascade='all, delete-orphan', or "
            "passive_deletes=True with ondelete='CASCADE'), and turn on PRAGMA foreign_keys in "
            "SQLite.",
        ),
        (
            "django",
            "Choose the on_delete that the app needs (CASCADE, SET_NULL, PROTECT), or delete the "
            "dependent rows first in the same atomic().",
        ),
        (
            "peewee",
            "Use delete_instance(recursive=True), or on_delete='CASCADE' on the ForeignKeyField "
            "with pragmas={'foreign_keys': 1} in SQLite.",
        ),
        (
            "tortoise",
            "Choose the on_delete of the ForeignKeyField and generate the schema again, or delete "
            "the dependent rows first in the same in_transaction().",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/cascades.html",
        "https://docs.djangoproject.com/en/stable/ref/models/fields/#django.db.models.ForeignKey.on_delete",
    ),
    rule=rule,
)
