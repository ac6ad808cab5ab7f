"""A connection, session or transaction was used after its end, or begun twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ormprobe_taxonomy.blame import blamed, finding, set_up_in
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised
from ormprobe_taxonomy.signals.connections import UsedClosed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "connection-lifecycle-violation"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        closed = case.about(UsedClosed, error.key)
        certainty = _certainty(closed)
        certain = certainty is Certainty.CERTAIN
        found = finding(
            case,
            error,
            closed,
            place=_place(error, closed),
            at_most=certainty,
            variant=_VARIANTS.get(closed.kind) if closed is not None else None,
            needs=None if certain else "the app's own close or release before the failing use",
        )
        again = closed is not None and closed.setup and closed.kind == "again"
        yield replace(found, carriers=(set_up_in(error),)) if again else found


_VARIANTS = {
    "closed": "used-after-close",
    "again": "begun-twice",
    "unopened": "never-opened",
    "unsettled": "closed-in-transaction",
}


def _certainty(closed: UsedClosed | None) -> Certainty:
    """A server may end a connection as well: without a close of the app nothing is shown."""
    if closed is None or closed.kind == "unknown":
        return Certainty.SUSPECTED
    seen = closed.closed is not None or closed.used is not None
    return Certainty.LIKELY if closed.shared or not seen else Certainty.CERTAIN


def _place(error: Raised, closed: UsedClosed | None) -> Place | None:
    """Where what was closed is used on, or where it was closed too early.

    Code that closes it and uses it on is wrong where it does so; so is code that got it from a
    context manager or dependency and kept it longer. Code that hands it out closed is wrong where
    it closes it.
    """
    if closed is None:
        return error.place
    used = closed.used or error.place
    if closed.closed is None or closed.cleanup:
        return used
    if used is not None and (used.file, used.function) == (
        closed.closed.file,
        closed.closed.function,
    ):
        return used
    return closed.closed


CAUSE = Cause(
    id=ID,
    title="A connection or transaction was used after its end, or begun twice",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.CONNECTION,
    definition=(
        "An operation reaches a connection, session or transaction that the app itself has closed, "
        "released or settled before, or begins one that has begun already."
    ),
    certain=(
        "The use was refused (This Connection is closed, released back to the pool, no active "
        "connection, Can't operate on closed transaction, A transaction is already begun), and "
        "the app was seen to close or begin the same one before, by itself."
    ),
    suggests="The refusal without a close of the app: the server may have ended the connection.",
    lookalikes=(
        ("a lost connection", "the server ended it: 08xxx, 57P01, 2006 with no close of the app"),
        ("data-layer-not-initialized", "it was never opened"),
        ("concurrent-connection-use", "another task was using it at that very moment"),
        ("connection-context-mismatch", "it is open, but belongs to another event loop or thread"),
        ("detached-instance-access", "an object is read after its session, nothing is executed"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "def rows(engine):\n"
                "    with engine.connect() as connection:\n"
                "        plan = connection.execution_options(stream_results=True)\n"
                "    return plan.execute(query).all()"
            ),
            right=(
                "def rows(engine):\n"
                "    with engine.connect() as connection:\n"
                "        plan = connection.execution_options(stream_results=True)\n"
                "        return plan.execute(query).all()"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "with connection.cursor() as cursor:\n"
                "    cursor.execute(query)\n"
                "return cursor.fetchall()"
            ),
            right=(
                "with connection.cursor() as cursor:\n"
                "    cursor.execute(query)\n"
                "    return cursor.fetchall()"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("db.connect()\ndb.connect()  # a second time"),
            right="db.connect(reuse_if_open=True)",
        ),
        Example(
            orm="tortoise",
            wrong=("await Tortoise.close_connections()\nawait Ferry.all().count()"),
            right=("total = await Ferry.all().count()\nawait Tortoise.close_connections()"),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Keep every use inside the with block (or request) that opened the connection, let one "
            "place own its close, and begin a transaction once: with session.begin(): ... without "
            "a commit inside.",
        ),
        (
            "django",
            "Keep every cursor inside its with block, and close a connection only where nothing "
            "uses it any more; the next query of a model opens a new one.",
        ),
        (
            "peewee",
            "Open and close the connection in one place each (before_request and teardown, or "
            "with db.connection_context(): ...), and read every row before it is closed.",
        ),
        (
            "tortoise",
            "Await Tortoise.close_connections() once, after the last query (the end of the "
            "lifespan), and leave a connection to the in_transaction() block that opened it.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/connections.html#using-transactions",
        "https://docs.sqlalchemy.org/en/20/orm/session_transaction.html",
    ),
    rule=rule,
)
