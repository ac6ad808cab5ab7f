"""Rows were written one by one in a loop."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, RowsWrittenSingly
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "row-at-a-time-write"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, RowsWrittenSingly):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                facet=signal.table,
                count=signal.count,
            )


CAUSE = Cause(
    id=ID,
    title="Rows were written one by one in a loop",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.WRITE,
    definition=(
        "A loop of one piece of work writes row after row with the same statement, each "
        "by a round trip of its own, where one statement writes them all."
    ),
    certain=(
        "In one request, or in a loop of one test's call, the same INSERT or UPDATE of a "
        "single row came ten times or more from one line, not as one flush and without a "
        "savepoint for each row."
    ),
    suggests="The same statement a few times.",
    lookalikes=(
        ("one flush of many objects", "the ORM decides how it writes them"),
        ("a savepoint for each row", "one row may be refused, and the others stay"),
        ("rows that come one by one", "a worker or stream writes them as they arrive"),
        ("n-plus-one-queries", "the loop reads, and each of its reads is for another key"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="for name in names:\n    session.add(Sail(name=name))\n    session.commit()",
            right="session.add_all(Sail(name=name) for name in names)\nsession.commit()",
        ),
        Example(
            orm="django",
            wrong="for name in names:\n    Sail.objects.create(name=name)",
            right="Sail.objects.bulk_create([Sail(name=name) for name in names])",
        ),
        Example(
            orm="peewee",
            wrong="for name in names:\n    Sail.create(name=name)",
            right="Sail.insert_many([{'name': name} for name in names]).execute()",
        ),
        Example(
            orm="tortoise",
            wrong="for name in names:\n    await Sail.create(name=name)",
            right="await Sail.bulk_create([Sail(name=name) for name in names])",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Add the objects and flush or commit once after the loop; for rows without "
            "objects, execute insert(Model) or update(Model) with a list of values.",
        ),
        (
            "django",
            "bulk_create() for new rows, bulk_update() or one update() with expressions for "
            "old ones; they call no save() and send no signals, so write here what these "
            "would have written.",
        ),
        (
            "peewee",
            "insert_many() for new rows, bulk_update() or one update() with expressions for "
            "old ones, in one atomic().",
        ),
        (
            "tortoise",
            "bulk_create() for new rows, bulk_update() or one update() with expressions for "
            "old ones, in one in_transaction().",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html",),
    rule=rule,
)
