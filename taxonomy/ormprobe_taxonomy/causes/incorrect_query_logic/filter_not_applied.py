"""What must restrict the result never becomes a part of the query."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, InputUnused, OperatorMisplaced, QueryDiscarded
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "filter-not-applied"

NOT_FILTERS = frozenset(("order_by", "order_by_extend", "distinct", "group_by"))
"""Methods that restrict nothing: other causes tell of these where a check fails."""

_EXTRA = ("extra", "more", "mixed", "duplicated")


def rule(case: Case) -> Iterator[Finding]:
    told = any(isinstance(each, OperatorMisplaced) for each in case.signals)
    for signal in case.signals:
        if isinstance(signal, QueryDiscarded):
            found = _of_discarded(case, signal)
            told = told or (found is not None and found.severity is Severity.FAILURE)
            if found is not None:
                yield found
    if told or not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, InputUnused):
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                needs="rows that are the expected ones once the value is asked for",
            )


def _of_discarded(case: Case, signal: QueryDiscarded) -> Finding | None:
    """A failure where the check has the rows that the dropped query would have left out."""
    explains = signal.difference in (*_EXTRA, None) and signal.method not in NOT_FILTERS
    if signal.failing and explains and is_silent(case):
        sure = signal.difference is not None and signal.ran
        return silent(
            case,
            signal,
            ID,
            Certainty.CERTAIN if sure else Certainty.LIKELY,
            variant="discarded",
            needs="a check on the rows that the query returned",
        )
    if signal.failing and signal.method in NOT_FILTERS and is_silent(case):
        return None
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.DEFECT,
        certainty=Certainty.CERTAIN,
        place=signal.place,
        at_us=signal.at_us,
        evidence=(signal,),
        variant="discarded",
    )


def _certainty(signal: InputUnused) -> Certainty:
    if signal.fits and signal.read and (signal.violated or signal.column is None):
        return Certainty.CERTAIN
    if signal.violated and signal.difference in _EXTRA:
        return Certainty.LIKELY
    return Certainty.LIKELY if signal.column and signal.read else Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="A filter that was asked for is not in the query",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A parameter that must restrict the result never becomes a condition, a LIMIT or an OFFSET "
        "of the statement whose rows are returned. Often the refined query was built and dropped: "
        "where() and filter() change no query, they give a new one."
    ),
    certain=(
        "The result of where(), filter() or the like is dropped in the function that sent the "
        "query, and the check has rows too many; or the value given is in no statement of the "
        "request, the rows of the answer hold other values of the column of that name, and those "
        "that were expected share one. Without a failing check: a refined query that is dropped."
    ),
    suggests="A parameter that no statement got, called like a column of the tables read.",
    lookalikes=(
        ("wrong-predicate", "the value reached the query, at the wrong place"),
        ("client-side filtering", "the rows are filtered in Python: the answer is right"),
        ("boolean-precedence", "Python dropped one of several conditions"),
        ("join-fanout", "what is too much is there twice"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="query = select(Loan)\nif who:\n    query.where(Loan.member_id == who)",
            right="query = select(Loan)\nif who:\n    query = query.where(Loan.member_id == who)",
        ),
        Example(
            orm="django",
            wrong="loans = Loan.objects.all()\nloans.filter(member=who)",
            right="loans = Loan.objects.all()\nloans = loans.filter(member=who)",
        ),
        Example(
            orm="peewee",
            wrong="query = Loan.select()\nquery.where(Loan.member == who)",
            right="query = Loan.select()\nquery = query.where(Loan.member == who)",
        ),
        Example(
            orm="tortoise",
            wrong="loans = Loan.all()\nloans.filter(member_id=who)",
            right="loans = Loan.all()\nloans = loans.filter(member_id=who)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Give every parameter its condition, and assign what where() returns: "
            "query = query.where(...).",
        ),
        (
            "django",
            "Give every parameter its condition, and assign what filter() returns: "
            "queryset = queryset.filter(...).",
        ),
        (
            "peewee",
            "Give every parameter its condition, and assign what where() returns: "
            "query = query.where(...).",
        ),
        (
            "tortoise",
            "Give every parameter its condition, and assign what filter() returns: "
            "queryset = queryset.filter(...).",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.Select.where",
        "https://docs.djangoproject.com/en/stable/topics/db/queries/#filtered-querysets-are-unique",
    ),
    rule=rule,
)
