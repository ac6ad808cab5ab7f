"""The app never got a connection: driver, address, credentials or database file are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ormprobe_taxonomy.blame import blamed, finding, set_up_in
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, FirstConnection
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity

ID = "startup-connection-failure"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        first = case.about(FirstConnection, error.key)
        if first is not None and first.connected_before:
            continue  # it worked before: the connection was lost, which is another cause
        found = finding(
            case,
            error,
            first,
            place=first.engine if first is not None else None,
            at_most=Certainty.CERTAIN if first is not None else Certainty.LIKELY,
            needs=None if first is not None else "the connections of the engine",
        )
        yield replace(found, carriers=(set_up_in(error),))


CAUSE = Cause(
    id=ID,
    title="The app could not connect to its database at all",
    category=Category.SERVER_STARTUP_FAILURE,
    subcategory=None,
    severity=Severity.FAILURE,
    layer=Layer.STARTUP,
    definition=(
        "The first connection fails because the driver is not installed, the URL is wrong, the "
        "server or the file cannot be opened, or the credentials are refused."
    ),
    certain=(
        "The error is of that kind (a missing driver module, an unknown dialect, class 08 or 28, "
        "3D000, unable to open database file), and no connection of the engine succeeded before."
    ),
    suggests="The same errors without a record of the engine's connections.",
    lookalikes=(
        ("connection-lifecycle-violation", "an earlier connection of the engine had worked"),
        ("connection-pool-exhaustion", "too many connections: others of the engine are open"),
        ("schema-not-created", "the connection works, a table is missing"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong='create_engine("sqlite:///data/app.db")  # nobody makes the folder data',
            right=('Path("data").mkdir(exist_ok=True)\ncreate_engine("sqlite:///data/app.db")'),
        ),
        Example(
            orm="django",
            wrong="DATABASES = {'default': {'ENGINE': 'django.db.backends.postgres'}}",
            right="DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}",
        ),
        Example(
            orm="peewee",
            wrong="db = SqliteDatabase('data/app.db')  # nobody makes the folder data",
            right=("Path('data').mkdir(exist_ok=True)\ndb = SqliteDatabase('data/app.db')"),
        ),
        Example(
            orm="tortoise",
            wrong="await Tortoise.init(db_url='postgre://db/app', modules=modules)",
            right="await Tortoise.init(db_url='postgres://db/app', modules=modules)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Correct the URL given to create_engine (dialect+driver, host, file), install the "
            "driver it names, and make the folder of a SQLite file before the first connection.",
        ),
        (
            "django",
            "Correct DATABASES (ENGINE, NAME, HOST, PORT, USER, PASSWORD), install the driver "
            "that the engine needs, and make the folder of a SQLite file before the first "
            "connection.",
        ),
        (
            "peewee",
            "Correct what the database class is given (name, host, port, user, password), install "
            "its driver, and make the folder of a SQLite file before the first connection.",
        ),
        (
            "tortoise",
            "Correct the db_url or credentials given to Tortoise.init, install the driver of its "
            "scheme (asyncpg, psycopg, asyncmy), and make the folder of a SQLite file before.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls",),
    rule=rule,
)
