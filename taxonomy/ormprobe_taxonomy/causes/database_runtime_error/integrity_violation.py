"""A constraint of the database was violated, and nothing in the app dealt with it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.signals.refusals import ValueUnmapped
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "integrity-violation"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        if is_about_cascade(error) or case.about(ValueUnmapped, error.key) is not None:
            continue
        ungenerated = _facet(error) == "not-null" and error.foreign_key
        yield finding(
            case,
            error,
            variant="autoflush" if error.autoflush else None,
            at_most=Certainty.LIKELY if ungenerated else Certainty.CERTAIN,
            needs="proof that the key which is NULL had been generated" if ungenerated else None,
        )


def is_about_cascade(error: Raised) -> bool:
    """A refused DELETE, or children whose parent was taken away, is about the cascade."""
    facet = _facet(error)
    if facet == "foreign-key":
        return error.operation == "DELETE"
    return facet == "not-null" and error.operation == "UPDATE" and error.foreign_key


def _facet(error: Raised) -> str | None:
    return error.reading.facet if error.reading else None


CAUSE = Cause(
    id=ID,
    title="A constraint was violated and the error was not handled",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "A write breaks a unique, not-null, foreign-key, check or exclusion constraint, and the "
        "error ends the work instead of becoming an answer."
    ),
    certain=(
        "The driver named the constraint (class 23, SQLITE_CONSTRAINT_*), and the error reached "
        "the test, the process or the answer of the request that failed."
    ),
    suggests="A failing later step after an answer with an error status.",
    lookalikes=(
        ("a handled conflict", "it was caught and became the answer that the check asked for"),
        ("identifier-not-propagated", "NULL for an identifier that was never generated"),
        ("cascade-misconfiguration", "the constraint refused a DELETE, or the loss of a parent"),
        ("failed-transaction-reuse", "the conflict was expected; the transaction was used on"),
        ("mapping-misconfiguration", "the missing value had been given, by a name of no column"),
        ("bind-type-mismatch", "SQLite's IntegrityError 'datatype mismatch' is about a type"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.add(Account(email=email))\nsession.commit()",
            right=(
                "session.add(Account(email=email))\n"
                "try:\n"
                "    session.commit()\n"
                "except IntegrityError:\n"
                "    session.rollback()\n"
                "    raise EmailTaken(email) from None"
            ),
        ),
        Example(
            orm="django",
            wrong="Account.objects.create(email=email)",
            right=(
                "try:\n"
                "    with transaction.atomic():\n"
                "        Account.objects.create(email=email)\n"
                "except IntegrityError:\n"
                "    raise EmailTaken(email) from None"
            ),
        ),
        Example(
            orm="peewee",
            wrong="Account.create(email=email)",
            right=(
                "try:\n"
                "    with db.atomic():\n"
                "        Account.create(email=email)\n"
                "except IntegrityError:\n"
                "    raise EmailTaken(email) from None"
            ),
        ),
        Example(
            orm="tortoise",
            wrong="await Account.create(email=email)",
            right=(
                "try:\n"
                "    await Account.create(email=email)\n"
                "except IntegrityError:\n"
                "    raise EmailTaken(email) from None"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Check the input before the write, and turn the IntegrityError into the answer the "
            "caller expects (rollback, then 409 or 422). Fill required columns before the flush.",
        ),
        (
            "django",
            "Check the input before the write (a form, a serializer, full_clean()), and turn the "
            "IntegrityError into the answer that the caller expects, with the create() in an "
            "atomic() block of its own.",
        ),
        (
            "peewee",
            "Check the input before the write, and turn the IntegrityError into the answer that "
            "the caller expects, with the create() in db.atomic(); on_conflict() where the row "
            "may exist.",
        ),
        (
            "tortoise",
            "Check the input before the write, and turn the IntegrityError into the answer that "
            "the caller expects; get_or_create() or update_or_create() where the row may exist.",
        ),
    ),
    references=(
        "https://www.postgresql.org/docs/current/errcodes-appendix.html",
        "https://www.sqlite.org/rescode.html#constraint",
    ),
    rule=rule,
)
