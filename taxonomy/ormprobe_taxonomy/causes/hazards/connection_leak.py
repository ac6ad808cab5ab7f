"""Connections were taken from the pool and never returned."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.connections import ConnectionKept
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "connection-leak"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, ConnectionKept):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                variant="lost" if signal.lost else "held",
            )


CAUSE = Cause(
    id=ID,
    title="A connection was never given back to its pool",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.CONNECTION,
    definition=(
        "A request takes a connection, or a session that holds one, and ends without returning it. "
        "The pool shrinks with every such request until one of them gets none."
    ),
    certain=(
        "The connection was out when its request ended and was never returned, used again or "
        "closed while the process lived; or it was collected while it was out, inside a request."
    ),
    suggests="A connection that a worker, a thread or a module keeps for as long as it lives.",
    lookalikes=(
        ("a long-lived connection", "a worker, a listener or a thread's session that stays in use"),
        ("connection-pool-exhaustion", "the leak has made a checkout fail: a failure, no hazard"),
        ("work after the answer", "a stream or a background task returns it a little later"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "def count(request):\n"
                "    request.app.connection = engine.connect()\n"
                "    return request.app.connection.scalar(query)"
            ),
            right=(
                "def count(request):\n"
                "    with engine.connect() as connection:\n"
                "        return connection.scalar(query)"
            ),
        ),
        Example(
            orm="django",
            wrong="Thread(target=rebuild_index).start()  # its connection stays open",
            right=(
                "def work():\n"
                "    try:\n"
                "        rebuild_index()\n"
                "    finally:\n"
                "        connection.close()\n"
                "\n"
                "Thread(target=work).start()"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("db.connect()\nrows = list(Tide.select())"),
            right=("with db.connection_context():\n    rows = list(Tide.select())"),
        ),
        Example(
            orm="tortoise",
            wrong=("connection = await pool.acquire()\nrows = await connection.fetch(query)"),
            right=(
                "async with pool.acquire() as connection:\n    rows = await connection.fetch(query)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Take connections and sessions in a with block, or close them in a finally or a "
            "dependency's end, so that they go back however the request ends.",
        ),
        (
            "django",
            "Close what a thread or a command opened (connection.close() in a finally); the end "
            "of a request does it for its own thread only.",
        ),
        (
            "peewee",
            "Close the connection however the work ends: with db.connection_context(): ..., or "
            "db.close() in teardown_request.",
        ),
        (
            "tortoise",
            "Take connections through in_transaction() or a query, which give them back, and "
            "await Tortoise.close_connections() at the end.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/core/pooling.html",),
    rule=rule,
)
