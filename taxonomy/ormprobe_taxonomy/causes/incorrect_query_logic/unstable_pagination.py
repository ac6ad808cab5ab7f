"""Rows are asked for in no order, or in one that leaves equals open."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, OrderLeftOpen, QueryDiscarded
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "unstable-pagination"

_ORDERING = ("order_by", "order_by_extend")


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    dropped = [
        signal
        for signal in case.signals
        if isinstance(signal, QueryDiscarded) and signal.failing and signal.method in _ORDERING
    ]
    for signal in case.signals:
        if isinstance(signal, OrderLeftOpen):
            certainty = Certainty.CERTAIN if dropped and signal.difference == "order" else None
            yield silent(
                case,
                signal,
                ID,
                certainty or _certainty(signal),
                place=dropped[0].place if dropped else signal.place,
                variant="dropped-order" if dropped else None,
                needs="the order that the rows were expected in",
            )


def _certainty(signal: OrderLeftOpen) -> Certainty:
    if signal.difference == "order" and not signal.ordered:
        return Certainty.CERTAIN if signal.paged else Certainty.LIKELY
    if signal.difference == "order" or not signal.ordered:
        return Certainty.LIKELY
    return Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="Rows are paged, or expected in an order, without ORDER BY",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A page is asked for by LIMIT and OFFSET without ORDER BY, or sorted by columns in which "
        "rows can be equal. The database may return any order, another one for each page."
    ),
    certain=(
        "The check has the expected members in another order, and the statement has LIMIT or "
        "OFFSET and no ORDER BY; or the order_by() that would sort it is dropped."
    ),
    suggests=(
        "Another order without LIMIT; a page with other members; an order that leaves equals open."
    ),
    lookalikes=(
        ("keyed pagination", "a condition on a unique, sorted column takes the place of OFFSET"),
        ("filter-not-applied", "the LIMIT or OFFSET that was asked for is not in the statement"),
        ("another order that is meant", "the statement is sorted, by what the check is not about"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Loan).limit(20).offset(20)",
            right="select(Loan).order_by(Loan.due, Loan.id).limit(20).offset(20)",
        ),
        Example(
            orm="django",
            wrong="Loan.objects.all()[20:40]",
            right="Loan.objects.order_by('due', 'pk')[20:40]",
        ),
        Example(
            orm="peewee",
            wrong="Loan.select().paginate(2, 20)",
            right="Loan.select().order_by(Loan.due, Loan.id).paginate(2, 20)",
        ),
        Example(
            orm="tortoise",
            wrong="await Loan.all().limit(20).offset(20)",
            right="await Loan.all().order_by('due', 'id').limit(20).offset(20)",
        ),
    ),
    fixes=(
        ("sqlalchemy", "Add order_by() that ends in the primary key before limit() and offset()."),
        ("django", "Add order_by() that ends in 'pk', or Meta.ordering, before slicing."),
        ("peewee", "Add order_by() that ends in the primary key before limit() or paginate()."),
        ("tortoise", "Add order_by() that ends in 'id', or Meta.ordering, before limit()."),
    ),
    references=("https://www.postgresql.org/docs/current/queries-limit.html",),
    rule=rule,
)
