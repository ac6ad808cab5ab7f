"""Rows disappear because a join, or a condition on its outer side, drops those without a match."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, RowsDropped
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "inner-join-row-loss"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, RowsDropped):
            sure = signal.unmatched and signal.written
            yield silent(
                case,
                signal,
                ID,
                Certainty.LIKELY if sure else Certainty.SUSPECTED,
                variant=signal.kind,
                needs="the rows of the same query with an outer join",
            )


CAUSE = Cause(
    id=ID,
    title="A join drops rows that have no match",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "An inner join leaves out the rows that have nothing to join: with a foreign key that is "
        "NULL, or without a child. A condition in WHERE on the outer side of a left join does the "
        "same, since NULL passes none."
    ),
    certain="Never by what a run shows alone: the restriction may be meant.",
    suggests=(
        "A member that the check missed was written in the run, and its row has no match in a "
        "table that the statement joins; without such a row only the form of the join."
    ),
    lookalikes=(
        ("a restriction that is meant", "what was asked for names the joined table"),
        ("wrong-predicate", "the condition is on a column of the row itself"),
        ("uncommitted-write", "the row was written and not kept"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Book.title, Shelf.name).join(Book.shelf)",
            right="select(Book.title, Shelf.name).outerjoin(Book.shelf)",
        ),
        Example(
            orm="django",
            wrong="Book.objects.filter(loans__closed=False).annotate(n=Count('loans'))",
            right="Book.objects.annotate(n=Count('loans', filter=Q(loans__closed=False)))",
        ),
        Example(
            orm="peewee",
            wrong="Book.select(Book, Shelf).join(Shelf)",
            right="Book.select(Book, Shelf).join(Shelf, JOIN.LEFT_OUTER)",
        ),
        Example(
            orm="tortoise",
            wrong="await Book.filter(loans__closed=False).annotate(n=Count('loans'))",
            right="await Book.annotate(n=Count('loans', _filter=Q(loans__closed=False)))",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Use outerjoin(), and put conditions on the joined table into its ON clause.",
        ),
        (
            "django",
            "Put the condition into the aggregate's filter=, a FilteredRelation or Exists(), in "
            "place of filter() over the relation.",
        ),
        (
            "peewee",
            "Join with JOIN.LEFT_OUTER, and put conditions on the joined table into on=.",
        ),
        (
            "tortoise",
            "Put the condition into the aggregate's _filter= or a subquery, in place of filter() "
            "over the relation.",
        ),
    ),
    references=("https://docs.peewee-orm.com/en/latest/peewee/relationships.html#joins",),
    rule=rule,
)
