"""An error was caught, and the transaction that it had broken was used on."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "failed-transaction-reuse"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        first = _origin(case, error)
        if first is None:
            yield finding(
                case, error, at_most=Certainty.LIKELY, needs="the error that broke the transaction"
            )
        elif is_expected(first):
            yield finding(case, error, first, place=first.caught or error.place)


def _origin(case: Case, error: Raised) -> Raised | None:
    """The latest earlier error of the same session or transaction."""
    earlier = [
        other
        for other in case.raised()
        if other.at_us <= error.at_us
        and other.key != error.key
        and other.follows is None
        and _same_work(other, error)
        and not (other.reading is not None and other.reading.cause == ID)
    ]
    return earlier[-1] if earlier else None


def _same_work(one: Raised, other: Raised) -> bool:
    if one.session is not None and one.session == other.session:
        return True
    return one.transaction is not None and one.transaction == other.transaction


def is_expected(error: Raised) -> bool:
    """Whether the app caught the error on purpose: then going on is the defect, not the error."""
    if error.caught is None:
        return False
    facet = error.reading.facet if error.reading else None
    return facet == "unique" or any(name in SPECIFIC for name in error.catches)


SPECIFIC = frozenset(("IntegrityError", "UniqueViolation", "UniqueViolationError"))


CAUSE = Cause(
    id=ID,
    title="A transaction was used on after an error had broken it",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.TRANSACTION,
    definition=(
        "The app catches an expected database error without a rollback or savepoint and goes on "
        "with the same session or transaction, which then refuses every statement."
    ),
    certain=(
        "The refusal (25P02, SQLAlchemy 7s2a or 8s2b) follows an earlier error of the same session "
        "or transaction that the app caught and that was an expected conflict."
    ),
    suggests="A refusal without the earlier error in sight.",
    lookalikes=(
        (
            "the first error's own cause",
            "where that error was not expected, it is the cause and the refusal its echo",
        ),
        ("write-conflict", "another transaction stands in the way, not an error of this one"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "try:\n"
                "    session.add(Tag(name=name))\n"
                "    session.flush()\n"
                "except IntegrityError:\n"
                "    pass\n"
                "session.commit()"
            ),
            right=(
                "try:\n"
                "    with session.begin_nested():\n"
                "        session.add(Tag(name=name))\n"
                "except IntegrityError:\n"
                "    pass\n"
                "session.commit()"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Put the expected error inside a savepoint (with session.begin_nested(): ...), or call "
            "session.rollback() in the handler before the session is used again.",
        ),
    ),
    references=("https://sqlalche.me/e/20/7s2a", "https://sqlalche.me/e/20/8s2b"),
    rule=rule,
)
