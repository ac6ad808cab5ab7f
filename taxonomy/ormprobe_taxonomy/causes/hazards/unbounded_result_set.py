"""A list was read whole, without a limit."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, RowsUnbounded
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "unbounded-result-set"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, RowsUnbounded):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                count=signal.rows,
            )


CAUSE = Cause(
    id=ID,
    title="A list was read whole, without a limit",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.READ,
    definition=(
        "A request reads a list that nothing but the size of its table bounds. Time, "
        "memory and answer grow with the table until one of them is too much."
    ),
    certain=(
        "One statement of a request that was answered by a page or by JSON returned "
        "1,000 rows or more, and it has no LIMIT, no aggregate and no list of keys."
    ),
    suggests="A list without a limit that is short as yet.",
    lookalikes=(
        ("an export", "a file or a stream is to hold every row"),
        ("a look-up of given keys", "as many rows as were asked for by name"),
        ("a joined collection", "many rows for few objects"),
        ("a report of a process", "no request waits for it"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.scalars(select(Berth)).all()",
            right=(
                "session.scalars(select(Berth).order_by(Berth.id).limit(size).offset(start)).all()"
            ),
        ),
        Example(
            orm="django",
            wrong="list(Berth.objects.all())",
            right="list(Berth.objects.order_by('id')[start:start + size])",
        ),
        Example(
            orm="peewee",
            wrong="list(Berth.select())",
            right="list(Berth.select().order_by(Berth.id).paginate(page, size))",
        ),
        Example(
            orm="tortoise",
            wrong="await Berth.all()",
            right="await Berth.all().order_by('id').offset(start).limit(size)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Order the list by a key and limit it: limit() and offset(), or where(Model.id > "
            "last) for long lists; stream an export with yield_per().",
        ),
        (
            "django",
            ("Slice the ordered query set, or use a paginator; stream an export with iterator()."),
        ),
        (
            "peewee",
            "Order the query and give it paginate() or limit(); stream an export with iterator().",
        ),
        (
            "tortoise",
            ("Order the query and give it limit() and offset(); export in batches by key."),
        ),
    ),
    references=("https://use-the-index-luke.com/no-offset",),
    rule=rule,
)
