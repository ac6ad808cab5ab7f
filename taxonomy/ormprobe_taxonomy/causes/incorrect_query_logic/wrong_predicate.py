"""A value is compared with the wrong column, or by an operator that NULL defeats."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ConditionAmiss
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "wrong-predicate"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, ConditionAmiss):
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                variant=signal.kind,
                needs="a row that was expected, and that the condition as meant would return",
            )


def _certainty(signal: ConditionAmiss) -> Certainty:
    if signal.proven:
        return Certainty.CERTAIN
    return Certainty.LIKELY if signal.kind == "column" else Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="A value is compared with the wrong column, or in a way that NULL defeats",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "The value that was asked for reaches the query, and is compared with another column than "
        "it belongs to; or the comparison is one that no NULL passes: = NULL, <> and NOT IN over a "
        "column that may be NULL, NOT IN with NULL among its values."
    ),
    certain=(
        "A parameter is compared with another column than its namesake of the same table, and a "
        "row was written with the value in the namesake alone; or a row that was expected was "
        "written with NULL in a column that the statement compares by <> or NOT IN."
    ),
    suggests="A comparison with <> over a column that may be NULL, and rows that are missing.",
    lookalikes=(
        ("filter-not-applied", "the value is in no condition at all"),
        ("relation-direction-swap", "the column is the other end of one association"),
        ("inner-join-row-loss", "the row is dropped by a join, not by a comparison"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Loan).where(Loan.state != 'lost')",
            right="select(Loan).where(or_(Loan.state != 'lost', Loan.state.is_(None)))",
        ),
        Example(
            orm="django",
            wrong="Book.objects.filter(title=request.GET['author'])",
            right="Book.objects.filter(author=request.GET['author'])",
        ),
        Example(
            orm="peewee",
            wrong="Loan.select().where(Loan.state != 'lost')",
            right="Loan.select().where((Loan.state != 'lost') | Loan.state.is_null())",
        ),
        Example(
            orm="tortoise",
            wrong="await Book.filter(title=author)",
            right="await Book.filter(author=author)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Compare with the column that the value belongs to; let NULL pass by "
            "or_(column != value, column.is_(None)) or column.is_distinct_from(value).",
        ),
        (
            "django",
            "Filter by the field that the value belongs to; let NULL pass by exclude(), or "
            "Q(field__isnull=True) | ~Q(field=value).",
        ),
        (
            "peewee",
            "Compare with the field that the value belongs to; let NULL pass by "
            "(field != value) | field.is_null().",
        ),
        (
            "tortoise",
            "Filter by the field that the value belongs to; let NULL pass by "
            "Q(field__isnull=True) | ~Q(field=value).",
        ),
    ),
    references=("https://www.postgresql.org/docs/current/functions-comparison.html",),
    rule=rule,
)
