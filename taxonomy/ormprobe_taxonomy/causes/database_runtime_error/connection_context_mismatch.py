"""A connection was used in another event loop, thread or private database than it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.connections import OutOfPlace
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "connection-context-mismatch"

_VARIANTS = {"loop": "event-loop", "thread": "thread", "memory": "memory-database"}


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        home = case.about(OutOfPlace, error.key)
        proven = home is not None and home.proven
        yield finding(
            case,
            error,
            home,
            place=home.engine if home is not None else None,
            at_most=Certainty.CERTAIN if proven else Certainty.LIKELY,
            variant=_VARIANTS.get(home.kind) if home is not None else None,
            needs=None if proven else "the event loop or thread in which the connection was opened",
        )


CAUSE = Cause(
    id=ID,
    title="A connection was used outside the event loop, thread or database it belongs to",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.CONNECTION,
    definition=(
        "A connection belongs to the event loop or thread that opened it, and an in-memory SQLite "
        "database to its connection. An engine that is shared across them hands out connections "
        "that do not work there, or that see an empty database."
    ),
    certain=(
        "The connection was opened in one event loop or thread and failed in another (attached to "
        "a different loop, Event loop is closed, another operation is in progress, same thread); "
        "or a table is missing on one connection of a private in-memory database, and another "
        "connection of the same engine had created it."
    ),
    suggests="One of these messages, where the opening of the connection was not seen.",
    lookalikes=(
        (
            "concurrent-connection-use",
            "the same event loop: two tasks overlap on a connection that belongs to both",
        ),
        ("schema-not-created", "no connection ever created the table"),
        ("connection-lifecycle-violation", "the connection was closed by the app, in its own loop"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "engine = create_async_engine(url)\n\n"
                "asyncio.run(load(engine))\n"
                "asyncio.run(check(engine))  # its connections belong to the first loop"
            ),
            right=(
                "async def main():\n"
                "    engine = create_async_engine(url)\n"
                "    await load(engine)\n"
                "    await check(engine)\n"
                "    await engine.dispose()\n\n"
                "asyncio.run(main())"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "held = connections['default']\n"
                "Thread(target=lambda: held.cursor().execute(query)).start()"
            ),
            right=(
                "def work():\n"
                "    connections['default'].cursor().execute(query)\n"
                "    connections.close_all()\n"
                "\n"
                "Thread(target=work).start()"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "connection = db.connection()\n"
                "Thread(target=lambda: connection.execute(sql)).start()"
            ),
            right=(
                "def work():\n"
                "    with db.connection_context():\n"
                "        db.execute_sql(sql)\n"
                "\n"
                "Thread(target=work).start()"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("asyncio.run(Tortoise.init(config))\nasyncio.run(serve())  # another loop"),
            right=(
                "async def main():\n"
                "    await Tortoise.init(config)\n"
                "    await serve()\n"
                "    await Tortoise.close_connections()\n"
                "\n"
                "asyncio.run(main())"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Make the engine inside the event loop that uses it (lifespan, on_startup) and await "
            "engine.dispose() before the loop ends, or use poolclass=NullPool; share an in-memory "
            "database with poolclass=StaticPool and check_same_thread=False, or use a file.",
        ),
        (
            "django",
            "Leave connections to the thread that opened them: call the ORM in the worker (a "
            "connection is made there) and close it at its end with connection.close().",
        ),
        (
            "peewee",
            "Connect in the thread that asks (with db.connection_context(): ...), and put an in- "
            "memory database that several threads share into a file, or use one connection with "
            "check_same_thread=False.",
        ),
        (
            "tortoise",
            "Call Tortoise.init() in the event loop that uses it (lifespan, the test's own loop) "
            "and await Tortoise.close_connections() before that loop ends.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-multiple-asyncio-event-loops",
        "https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#threading-pooling-behavior",
    ),
    rule=rule,
)
