"""A key that another row should carry was not there yet when it was used."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding, weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, KeyUnset
from ormprobe_taxonomy.silence import at_most
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "identifier-not-propagated"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        yield finding(case, error)
    limit = at_most(case)
    if limit is None:
        return
    for signal in case.signals:
        if isinstance(signal, KeyUnset):
            yield _finding(case, signal, weaker(limit, _certainty(signal)))


def _certainty(unset: KeyUnset) -> Certainty:
    if unset.joined and unset.proven:
        return Certainty.CERTAIN
    return Certainty.LIKELY if unset.counted else Certainty.SUSPECTED


def _finding(case: Case, unset: KeyUnset, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check on rows that are read by the column which is NULL"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=unset.place,
        at_us=unset.at_us,
        evidence=(unset,),
        variant="null-reference",
        transaction=unset.transaction,
        tables=(unset.table,),
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A key was used before it had been generated",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "An object gets its key when it is flushed or saved. The work uses the key before that: a "
        "row that belongs to the object is written with NULL for its reference, or the ORM refuses "
        "an object that has no key yet."
    ),
    certain=(
        "A row was inserted with NULL for a column that refers to a table of which the same work "
        "inserted a row, the failing check read by that column, and what it lacks is what the row "
        "was written with. Or the ORM refused an object without a key, and that error is in the "
        "chain of the failure."
    ),
    suggests="As many such rows as the failing check lacks; a check that only reads their table.",
    lookalikes=(
        ("an optional reference", "nothing that failed reads by it, or no parent was inserted"),
        ("projection-mismatch", "the row and the object have the key; the answer leaves it out"),
        ("integrity-violation", "the column is NOT NULL, and the database refused the row"),
        ("cascade-misconfiguration", "the reference was there and was set to NULL by a deletion"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "order = Order(customer='Ada')\n"
                "session.add(order)\n"
                "session.add(Line(order_id=order.id, article='bolt'))"
            ),
            right=(
                "order = Order(customer='Ada')\n"
                "session.add(order)\n"
                "session.flush()\n"
                "session.add(Line(order_id=order.id, article='bolt'))"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "order = Order(customer='Ada')\n"
                "Line.objects.create(order_id=order.pk, article='bolt')\n"
                "order.save()"
            ),
            right=(
                "order = Order.objects.create(customer='Ada')\n"
                "Line.objects.create(order=order, article='bolt')"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "order = Order(customer='Ada')\n"
                "Line.create(order=order.id, article='bolt')\n"
                "order.save()"
            ),
            right="order = Order.create(customer='Ada')\nLine.create(order=order, article='bolt')",
        ),
        Example(
            orm="tortoise",
            wrong=(
                "order = Order(customer='Ada')\n"
                "await Line.create(order_id=order.id, article='bolt')\n"
                "await order.save()"
            ),
            right=(
                "order = await Order.create(customer='Ada')\n"
                "await Line.create(order=order, article='bolt')"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Give the child its parent by the relationship (Line(order=order)), or flush() the "
            "parent before its id is read.",
        ),
        (
            "django",
            "Save the parent first and hand over the object (Line(order=order)) instead of its pk; "
            "after bulk_create() use the objects that it returns.",
        ),
        (
            "peewee",
            "Save the parent before its children and hand over the instance (Line.create("
            "order=order)); of insert_many() ask for the keys with returning().",
        ),
        (
            "tortoise",
            "Await save() of the parent before its children are made, and hand over the object "
            "(order=order); bulk_create() leaves the objects without their keys.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#flushing",
        "https://docs.djangoproject.com/en/stable/topics/db/examples/many_to_one/",
    ),
    rule=rule,
)
