"""The total is counted over other rows than the list."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, CountedApart
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "count-scope-mismatch"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, CountedApart):
            yield silent(
                case,
                signal,
                ID,
                Certainty.CERTAIN if signal.agrees else Certainty.LIKELY,
                variant=signal.kind,
                needs="the number of rows of the whole list",
            )


CAUSE = Cause(
    id=ID,
    title="The total is counted over other rows than the list",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "The number reported with a list is not the number of rows that the list would have "
        "without its page: it counts one page, or it lacks a condition that the list has."
    ),
    certain=(
        "The total was read off a COUNT over a statement with a LIMIT of its own; or off a COUNT "
        "without a condition that the list of the same request has, where the list was returned "
        "whole and is as long as the total was expected to be."
    ),
    suggests="A total that equals the length of a full page, where nothing was counted.",
    lookalikes=(
        ("join-fanout", "the count has the list's conditions, and counts joined rows"),
        ("lost-update", "a stored counter was overwritten"),
        ("a total of everything", "the count is meant to be without the filter"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="rows = session.scalars(query.limit(20)).all()\ntotal = len(rows)",
            right="total = session.scalar(select(func.count()).select_from(query.subquery()))",
        ),
        Example(
            orm="django",
            wrong="loans = Loan.objects.filter(member=who)[:20]\ntotal = loans.count()",
            right="total = Loan.objects.filter(member=who).count()",
        ),
        Example(
            orm="peewee",
            wrong="page = Loan.select().where(Loan.member == who).limit(20)\ntotal = page.count()",
            right="total = Loan.select().where(Loan.member == who).count()",
        ),
        Example(
            orm="tortoise",
            wrong="total = await Loan.all().count()",
            right="total = await Loan.filter(member_id=who).count()",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Build one filtered query, and count it before limit() and offset(): "
            "select(func.count()).select_from(query.order_by(None).subquery()).",
        ),
        ("django", "Build one filtered queryset, and call count() on it before it is sliced."),
        (
            "peewee",
            "Build one filtered query, and call count() before limit(), or with clear_limit=True.",
        ),
        ("tortoise", "Build one filtered queryset, and await its count() before limit()."),
    ),
    references=("https://docs.peewee-orm.com/en/latest/peewee/api.html#SelectBase.count",),
    rule=rule,
)
