"""One session or connection was used by several tasks, requests or threads at once."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.connections import Overlap
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "concurrent-connection-use"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        overlap = case.about(Overlap, error.key)
        seen = overlap is not None and overlap.others
        place = None
        if overlap is not None and seen:
            place = overlap.fan_out
        yield finding(
            case,
            error,
            overlap,
            place=place,
            at_most=Certainty.CERTAIN if seen else Certainty.LIKELY,
            needs=None if seen else "the other operation that was going on, and whose it was",
        )


CAUSE = Cause(
    id=ID,
    title="Several tasks used one session or connection at once",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.CONNECTION,
    definition=(
        "A session or connection does one thing at a time. Tasks, requests or threads that share "
        "it start an operation while that of another is still going on."
    ),
    certain=(
        "The operation was refused because another was in progress (SQLAlchemy isce, "
        "'provisioning a new connection', asyncpg 'another operation is in progress', psycopg "
        "'another command is already in progress', 2014), and that other one belonged to another "
        "task, request or thread of the same event loop."
    ),
    suggests="The refusal alone: a cancelled operation leaves a connection in the same state.",
    lookalikes=(
        (
            "connection-context-mismatch",
            "the connection belongs to another event loop: asyncpg then says that another "
            "operation is in progress, too",
        ),
        ("failed-transaction-reuse", "an earlier error broke the transaction, not another task"),
        (
            "connection-lifecycle-violation",
            "the connection was closed before it was used, by the same unit of work",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "async with sessions() as session:\n"
                "    await asyncio.gather(*(store(session, item) for item in items))"
            ),
            right=(
                "async def store_alone(item):\n"
                "    async with sessions.begin() as session:\n"
                "        await store(session, item)\n\n"
                "await asyncio.gather(*(store_alone(item) for item in items))"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "cursor = connection.cursor()\n"
                "for part in parts:\n"
                "    Thread(target=cursor.execute, args=(query, part)).start()"
            ),
            right=(
                "def store(part):\n"
                "    with connection.cursor() as cursor:  # this thread's own\n"
                "        cursor.execute(query, part)\n"
                "\n"
                "for part in parts:\n"
                "    Thread(target=store, args=(part,)).start()"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "held = db.connection()\n"
                "for part in parts:\n"
                "    Thread(target=held.execute, args=(sql, part)).start()"
            ),
            right=(
                "def store(part):\n"
                "    with db.connection_context():\n"
                "        db.execute_sql(sql, part)\n"
                "\n"
                "for part in parts:\n"
                "    Thread(target=store, args=(part,)).start()"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "async with in_transaction():\n"
                "    await asyncio.gather(*(store(item) for item in items))"
            ),
            right=(
                "async with in_transaction():\n    for item in items:\n        await store(item)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Give each task, request or thread a session of its own from the session factory, or "
            "await the operations on a shared one one after the other.",
        ),
        (
            "django",
            "Use django.db.connection from the thread that it belongs to, and await queries of "
            "one task one after the other; a thread of its own gets a connection of its own.",
        ),
        (
            "peewee",
            "Give each thread or task its own connection (thread_safe=True, "
            "db.connection_context()), and do not pass a cursor or connection on to another.",
        ),
        (
            "tortoise",
            "Inside in_transaction() await the queries one after the other, for they share one "
            "connection; gather() belongs outside of the transaction.",
        ),
    ),
    references=(
        "https://sqlalche.me/e/20/isce",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
    ),
    rule=rule,
)
