"""A join to a to-many relation repeats the rows of its parent."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, QueryDiscarded, RowsMultiplied
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "join-fanout"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    dropped = [
        signal
        for signal in case.signals
        if isinstance(signal, QueryDiscarded) and signal.method == "distinct" and signal.failing
    ]
    for signal in case.signals:
        if isinstance(signal, RowsMultiplied):
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                place=dropped[0].place if dropped else signal.place,
                variant=signal.kind,
                needs="rows with one key that come more than once",
            )


def _certainty(signal: RowsMultiplied) -> Certainty:
    if signal.kind == "duplicates" and signal.difference == "duplicated":
        return Certainty.CERTAIN if signal.repeated else Certainty.SUSPECTED
    if signal.kind == "cartesian":
        sure = signal.repeated and signal.difference == "duplicated"
        return Certainty.CERTAIN if sure else Certainty.SUSPECTED
    if signal.kind == "short-page":
        return Certainty.CERTAIN if signal.difference == "missing" else Certainty.LIKELY
    if signal.kind == "inflated-aggregate":
        several = len(signal.joined) > 1
        if several and signal.repeated:
            return Certainty.CERTAIN
        return Certainty.LIKELY if several or signal.repeated else Certainty.SUSPECTED
    return Certainty.LIKELY if signal.difference == "more" else Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="A join repeats the rows of its parent",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A join to a to-many relation gives a row of the parent for each row of the child: the "
        "list has it several times, LIMIT counts joined rows, and sums and counts over two such "
        "joins, or of the parent's own columns over one, are multiplied."
    ),
    certain=(
        "Rows with one key came more than once from a statement that joins a to-many relation "
        "without DISTINCT or GROUP BY, and the check has the same members more than once, or lacks "
        "some of a full page; or a count or sum over two such joins is a multiple of the expected "
        "number."
    ),
    suggests="A sum or count over a to-many join that is greater than expected.",
    lookalikes=(
        ("rows that are there twice", "their keys differ: they were written twice"),
        ("count-scope-mismatch", "the total is right for the rows that it counts"),
        ("a joined eager load", "the mapper takes the repetition out"),
        ("an intended cross join", "every pair is wanted, and the check expects it"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Book).join(Book.copies).where(Copy.shelf == shelf)",
            right="select(Book).where(Book.copies.any(Copy.shelf == shelf))",
        ),
        Example(
            orm="django",
            wrong="Book.objects.annotate(copies=Count('copy'), loans=Count('loan'))",
            right=(
                "Book.objects.annotate(copies=Count('copy', distinct=True), "
                "loans=Count('loan', distinct=True))"
            ),
        ),
        Example(
            orm="peewee",
            wrong="Book.select().join(Copy).where(Copy.shelf == shelf)",
            right="Book.select().join(Copy).where(Copy.shelf == shelf).distinct()",
        ),
        Example(
            orm="tortoise",
            wrong="await Book.filter(copies__shelf=shelf).limit(10)",
            right="await Book.filter(copies__shelf=shelf).distinct().limit(10)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Ask for the condition with .any() or EXISTS in place of the join, load children with "
            "selectinload(), and aggregate each relation in a subquery of its own.",
        ),
        (
            "django",
            "Use Exists() or distinct() in place of the plain join, and Count(..., distinct=True) "
            "or a Subquery for each aggregate.",
        ),
        (
            "peewee",
            "Use fn.EXISTS() or .distinct() in place of the plain join, and fn.COUNT(x.distinct()) "
            "or a subquery for each aggregate.",
        ),
        (
            "tortoise",
            "Add .distinct(), or filter by a Subquery, and use Count(..., distinct=True) for each "
            "aggregate.",
        ),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/topics/db/aggregation/#combining-multiple-aggregations",
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
    ),
    rule=rule,
)
