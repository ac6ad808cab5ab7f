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
        Example(
            orm="django",
            wrong=(
                "with transaction.atomic():\n"
                "    try:\n"
                "        Tag.objects.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    post.save()"
            ),
            right=(
                "with transaction.atomic():\n"
                "    try:\n"
                "        with transaction.atomic():\n"
                "            Tag.objects.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    post.save()"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "with db.atomic():\n"
                "    try:\n"
                "        Tag.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    post.save()"
            ),
            right=(
                "with db.atomic():\n"
                "    try:\n"
                "        with db.atomic():\n"
                "            Tag.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    post.save()"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "async with in_transaction():\n"
                "    try:\n"
                "        await Tag.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    await post.save()"
            ),
            right=(
                "async with in_transaction():\n"
                "    try:\n"
                "        async with in_transaction():\n"
                "            await Tag.create(name=name)\n"
                "    except IntegrityError:\n"
                "        pass\n"
                "    await post.save()"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Put the expected error inside a savepoint (with session.begin_nested(): ...), or call "
            "session.rollback() in the handler before the session is used again.",
        ),
        (
            "django",
            "Put the expected error inside an atomic() block of its own within the transaction, "
            "so that only this savepoint is rolled back.",
        ),
        (
            "peewee",
            "Put the expected error inside a savepoint (with db.atomic(): ... within the "
            "transaction), or roll back before the connection is used again.",
        ),
        (
            "tortoise",
            "Put the expected error inside an in_transaction() of its own within the transaction "
            "(a savepoint), or let it end the outer one.",
        ),
    ),
    references=("https://sqlalche.me/e/20/7s2a", "https://sqlalche.me/e/20/8s2b"),
    rule=rule,
)
