"""A write met a lock, a deadlock, another transaction, or rows that were no longer there."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.signals.refusals import Contended
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "write-conflict"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        met = case.about(Contended, error.key)
        needs = _needs(error, met)
        own = met is not None and (met.held or met.deleted is not None)
        at_most = Certainty.LIKELY if needs else Certainty.CERTAIN
        yield finding(
            case,
            error,
            met,
            at_most=Certainty.SUSPECTED if own else at_most,
            needs=needs,
        )


def _needs(error: Raised, met: Contended | None) -> str | None:
    if met is not None and met.held:
        return "another party: the lock is held by the same work's other connection"
    if met is not None and met.deleted is not None:
        return "another party: the same work had deleted the row"
    if error.type in ("ObjectDeletedError", "InvalidRequestError"):
        return "the transaction that took the row away"
    return None


CAUSE = Cause(
    id=ID,
    title="A write collided with another one",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "A concurrent or repeated write meets a lock, a deadlock, a serialization failure or a "
        "row that is gone or has another version, and nothing tries again."
    ),
    certain=(
        "The database or the ORM reported the collision (40001, 40P01, 55P03, SQLITE_BUSY, 1205, "
        "1213, StaleDataError), and no other connection of the same work held the lock."
    ),
    suggests="An object whose row was gone when it was read again.",
    lookalikes=(
        (
            "connection-lifecycle-violation",
            "the same request's second connection waits for the first: it collides with itself",
        ),
        ("lost-update", "nothing is raised, and one of the two writes is gone"),
        ("stale-state-after-write", "the same work had deleted the row and reads its object on"),
        ("integrity-violation", "the write breaks a constraint, whoever comes first"),
        ("a handled conflict", "the app catches it and tries again"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="berth = session.get(Berth, 4)\nberth.ship = name\nsession.commit()",
            right=(
                "for attempt in range(3):\n"
                "    berth = session.get(Berth, 4, with_for_update=True)\n"
                "    berth.ship = name\n"
                "    try:\n"
                "        session.commit()\n"
                "        break\n"
                "    except (OperationalError, StaleDataError):\n"
                "        session.rollback()"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "berth = Berth.objects.get(pk=4)\n"
                "berth.ship = name\n"
                "berth.save(update_fields=['ship'])"
            ),
            right=(
                "with transaction.atomic():\n"
                "    berth = Berth.objects.select_for_update().get(pk=4)\n"
                "    berth.ship = name\n"
                "    berth.save(update_fields=['ship'])"
            ),
        ),
        Example(
            orm="peewee",
            wrong="db = SqliteDatabase('berths.db', timeout=0)",
            right="db = SqliteDatabase('berths.db', timeout=5, pragmas={'journal_mode': 'wal'})",
        ),
        Example(
            orm="tortoise",
            wrong=("berth = await Berth.get(id=4)\nberth.ship = name\nawait berth.save()"),
            right=(
                "async with in_transaction():\n"
                "    berth = await Berth.select_for_update().get(id=4)\n"
                "    berth.ship = name\n"
                "    await berth.save()"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Roll back and try again, lock rows in one order (with_for_update()), keep write "
            "transactions short, set a busy timeout on SQLite, and delete a row by the ORM or by "
            "SQL, not by both.",
        ),
        (
            "django",
            "Try again after the rollback, lock rows in one order (select_for_update() inside "
            "atomic()), keep write transactions short, set a timeout in OPTIONS on SQLite, and "
            "save() only rows that still exist.",
        ),
        (
            "peewee",
            "Try again after the rollback, lock rows in one order (for_update()), keep write "
            "transactions short, and on SQLite use WAL and a timeout with atomic('IMMEDIATE').",
        ),
        (
            "tortoise",
            "Try again after the rollback, lock rows in one order (select_for_update() inside "
            "in_transaction()), keep write transactions short, and save() only rows that still "
            "exist.",
        ),
    ),
    references=(
        "https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html",
        "https://www.sqlite.org/rescode.html#busy",
    ),
    rule=rule,
)
