"""A pool had no connection left when one was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised
from ormprobe_taxonomy.signals.connections import PoolDrained
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "connection-pool-exhaustion"

MOST = 0.5
"""The share of the connections that are out, beyond which those of ended work decide."""


def rule(case: Case) -> Iterator[Finding]:
    waits = [(error, case.about(PoolDrained, error.key)) for error in blamed(case, ID)]
    variants = [_variant(drained) for _, drained in waits]
    # who only waits for a connection did not drain the pool that others drained by nested use
    nested = "nested" in variants
    for (error, drained), variant in zip(waits, variants, strict=True):
        if nested and variant in ("undersized", None):
            continue
        seen = drained is not None and drained.held > 0
        yield finding(
            case,
            error,
            drained,
            place=_place(error, drained, variant),
            at_most=Certainty.CERTAIN if seen else Certainty.LIKELY,
            variant=variant,
            needs=None if seen else "the connections that were out when the pool had none left",
        )


def _variant(drained: PoolDrained | None) -> str | None:
    if drained is None or not drained.held:
        return None
    if drained.ended > drained.held * MOST or drained.alone in ("thread", "function"):
        return "leak"
    if drained.alone == "caller":
        return "nested"
    return "undersized" if not drained.ended and drained.holder is not None else None


def _place(error: Raised, drained: PoolDrained | None, variant: str | None) -> Place | None:
    if drained is None:
        return error.place
    if variant == "leak":
        return drained.holder or error.place
    return (drained.sized if variant == "undersized" else None) or error.place


CAUSE = Cause(
    id=ID,
    title="The connection pool had nothing left to give",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.CONNECTION,
    definition=(
        "A connection is asked for and not given in time: those of the pool are never returned "
        "(leak), one unit of work needs a second one while it holds the first (nested), or more "
        "work runs at once than there are connections (undersized)."
    ),
    certain=(
        "The checkout timed out (SQLAlchemy 3o7r, a pool's own timeout, 53300), and the "
        "connections that were out are known. It is a leak where most of them were held by "
        "requests or tests that had ended, all of them by the one thread that asked for more, or "
        "most by a function that closes none."
    ),
    suggests="The time-out alone.",
    lookalikes=(
        ("write-conflict", "the statement waits for a lock; a connection it has"),
        ("startup-connection-failure", "no connection was ever given"),
        (
            "another exception that skips the release",
            "where most leaked connections were left by one error, that error is the cause",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "def count(engine):\n"
                "    connection = engine.connect()\n"
                "    return open_counts.append(connection) or connection.scalar(query)"
            ),
            right=(
                "def count(engine):\n"
                "    with engine.connect() as connection:\n"
                "        return connection.scalar(query)"
            ),
        ),
        Example(
            orm="django",
            wrong="Thread(target=rebuild, args=(route,)).start()  # one for each route",
            right=(
                "with ThreadPoolExecutor(max_workers=4) as pool:  # as many as the pool has\n"
                "    pool.map(rebuild_and_close, routes)"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("@app.before_request\ndef open_database():\n    db.connect()"),
            right=(
                "@app.before_request\n"
                "def open_database():\n"
                "    db.connect()\n"
                "\n"
                "@app.teardown_request\n"
                "def close_database(error):\n"
                "    if not db.is_closed():\n"
                "        db.close()"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "async with in_transaction():\n"
                "    await asyncio.gather(*(in_one_of_its_own(item) for item in items))"
            ),
            right=(
                "async with in_transaction() as connection:\n"
                "    for item in items:\n"
                "        await store(item, using_db=connection)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Take every connection and session in a with block, so that it is returned however the "
            "work ends; do not ask for a second one while holding the first; set pool_size and "
            "max_overflow to what runs at once.",
        ),
        (
            "django",
            "Give pool connections back (the end of the request does it; connection.close() in "
            "threads and commands), keep slow work out of transactions, and set "
            "OPTIONS['pool']['max_size'] to the number of threads.",
        ),
        (
            "peewee",
            "Close the connection at the end of every request and thread (teardown_request: "
            "db.close(), or with db.connection_context(): ...), and set max_connections to the "
            "number of threads, with a timeout.",
        ),
        (
            "tortoise",
            "Do not ask for a second connection inside in_transaction() (hand its connection on "
            "with using_db), keep slow work out of it, and set maxsize to what runs at once.",
        ),
    ),
    references=("https://sqlalche.me/e/20/3o7r",),
    rule=rule,
)
