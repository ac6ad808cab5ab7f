"""AND, OR and NOT group otherwise than meant, or Python decides between conditions itself."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, OperatorMisplaced
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "boolean-precedence"

_OTHERWISE = ("order", "missing-key")
"""Differences that no condition makes."""


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, OperatorMisplaced) and signal.difference not in _OTHERWISE:
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                variant="python-operator",
                needs="rows that the conditions, grouped as they are meant, would return",
            )


def _certainty(signal: OperatorMisplaced) -> Certainty:
    sure = signal.ran and signal.difference is not None
    return Certainty.CERTAIN if sure else Certainty.LIKELY


CAUSE = Cause(
    id=ID,
    title="Conditions are grouped otherwise than meant, or Python chose between them",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "AND binds before OR where the conditions were meant to be grouped the other way; or "
        "Python's own and, or, not, in and is stand between query expressions, which Python "
        "decides before the query is made: of `a and b` one condition is left."
    ),
    certain=(
        "The source of the function that sent the query has Python's own operator between query "
        "expressions, and the check's rows differ from the expected ones."
    ),
    suggests="An OR at the top of a condition, and rows too many.",
    lookalikes=(
        ("filter-not-applied", "no operand of the condition reached the query at all"),
        ("multi-valued-predicate", "the conditions are grouped as meant, over rows of a child"),
        (
            "a choice that Python is to make",
            "a plain value stands first: `name and Order.name == name`",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Loan).where(Loan.member_id == who and Loan.returned.is_(None))",
            right="select(Loan).where(Loan.member_id == who, Loan.returned.is_(None))",
        ),
        Example(
            orm="django",
            wrong="Loan.objects.filter(Q(member=who) and Q(returned=None))",
            right="Loan.objects.filter(Q(member=who) & Q(returned=None))",
        ),
        Example(
            orm="peewee",
            wrong="Loan.select().where(Loan.member == who and Loan.returned.is_null())",
            right="Loan.select().where((Loan.member == who) & Loan.returned.is_null())",
        ),
        Example(
            orm="tortoise",
            wrong="Loan.filter(Q(member=who) or Q(helper=who))",
            right="Loan.filter(Q(member=who) | Q(helper=who))",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Use and_(), or_(), not_() or & | ~ with parentheses, .in_() and .is_(None); Python's "
            "own operators never reach the database.",
        ),
        (
            "django",
            "Join Q objects by & | ~, with parentheses where both stand together; Python's own "
            "operators keep one of them.",
        ),
        (
            "peewee",
            "Use & | ~ with parentheses around each comparison, .in_() and .is_null(); Python's "
            "own operators never reach the database.",
        ),
        (
            "tortoise",
            "Join Q objects by & | ~, with parentheses where both stand together; Python's own "
            "operators keep one of them.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/operators.html#conjunction-operators",
        "https://docs.djangoproject.com/en/stable/topics/db/queries/#complex-lookups-with-q-objects",
    ),
    rule=rule,
)
