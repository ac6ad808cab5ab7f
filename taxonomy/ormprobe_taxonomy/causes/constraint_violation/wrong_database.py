"""The app's data went to another database system than the one that it must use."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, KeptInMemory, OtherDatabase
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity

ID = "wrong-database"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, OtherDatabase):
            chosen = signal.chosen_outside
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.DEFECT,
                certainty=Certainty.LIKELY if chosen else Certainty.CERTAIN,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                orm=signal.orm,
                needs="that the surroundings of the run did not choose it" if chosen else None,
            )
        elif isinstance(signal, KeptInMemory) and signal.orm is None:
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.DEFECT,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                variant="in-memory",
            )


CAUSE = Cause(
    id=ID,
    title="The app's data went to another database than the one it must use",
    category=Category.CONSTRAINT_VIOLATION,
    subcategory=None,
    severity=Severity.DEFECT,
    layer=Layer.STARTUP,
    definition=(
        "The app was told to use one database system, and its SELECT, INSERT, UPDATE or DELETE "
        "statements reach another one: SQLite where PostgreSQL was asked for. Without a "
        "declaration (`--expect-database`) this is no defect, and there is no label."
    ),
    certain=(
        "Statements on the app's own tables went over a connection whose system is another one "
        "than the declared, and the source itself names that system. MySQL and MariaDB count as "
        "one: the drivers of one connect to the other. Variant in-memory: see orm-bypass."
    ),
    suggests=(
        "The same, where the source lets an environment variable or a command line choose: then "
        "it may be the run that chose."
    ),
    lookalikes=(
        ("a database for tests alone", "its engine is made in a file of the tests"),
        ("an import or a default that nothing uses", "only statements that were sent count"),
        ("a library's own store", "a cache or scheduler that keeps a file of SQLite by itself"),
        (
            "startup-connection-failure",
            "the declared database was asked for, and could not be reached",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong='engine = create_engine("sqlite:///app.db")',
            right='engine = create_engine(os.environ["DATABASE_URL"])  # postgresql+psycopg://...',
        ),
        Example(
            orm="django",
            wrong='DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}',
            right='DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}',
        ),
        Example(
            orm="peewee",
            wrong='database = SqliteDatabase("app.db")',
            right='database = PostgresqlDatabase("app", host="db", user="app")',
        ),
        Example(
            orm="tortoise",
            wrong='await Tortoise.init(db_url="sqlite://app.db", modules=MODULES)',
            right='await Tortoise.init(db_url=os.environ["DATABASE_URL"], modules=MODULES)',
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Give create_engine() (or SQLALCHEMY_DATABASE_URI) the URL of the declared database, "
            "read from the configuration, without a URL of another system as its default.",
        ),
        (
            "django",
            "Set ENGINE of DATABASES in the settings to the declared system's backend, with NAME, "
            "HOST, USER and PASSWORD from the environment.",
        ),
        (
            "peewee",
            "Bind the models to the Database class of the declared system (PostgresqlDatabase, "
            "MySQLDatabase), or connect() from playhouse.db_url to its URL.",
        ),
        (
            "tortoise",
            "Give Tortoise.init() or register_tortoise() the db_url, or the config's engine, of "
            "the declared system.",
        ),
    ),
    references=("https://arxiv.org/abs/2605.06445",),
    rule=rule,
)
