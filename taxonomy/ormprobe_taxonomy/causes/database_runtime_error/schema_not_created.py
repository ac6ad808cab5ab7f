"""A table that the app's models declare does not exist in the connected database."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, TableMissing
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "schema-not-created"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        missing = case.about(TableMissing, error.key)
        if missing is None:
            yield finding(
                case, error, at_most=Certainty.LIKELY, needs="the name of the missing table"
            )
        elif missing.split and missing.created:
            continue  # each connection of this database has tables of its own: another cause
        else:
            yield finding(
                case,
                error,
                missing,
                place=missing.creation or missing.engine or error.place,
                at_most=_certainty(missing),
                needs=_needs(missing),
            )


def _certainty(missing: TableMissing) -> Certainty:
    if missing.created or missing.split:
        return Certainty.SUSPECTED
    return Certainty.CERTAIN if missing.declared else Certainty.LIKELY


def _needs(missing: TableMissing) -> str | None:
    if missing.created or missing.split:
        return "proof that the statement ran on the database in which the table was created"
    return None if missing.declared else "a model or table definition that declares the table"


CAUSE = Cause(
    id=ID,
    title="A table was used that nobody had created",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.SCHEMA,
    definition="A statement names a table that the models declare and the database does not have.",
    certain=(
        "The driver reported an unknown table (42P01, 1146, no such table), a mapping declares it, "
        "no CREATE TABLE for it was seen before, and the database is not one that each connection "
        "has to itself."
    ),
    suggests="A creation step that runs only under __main__, or before the models are imported.",
    lookalikes=(
        (
            "unresolved-reference",
            "42P01 with 'missing FROM-clause entry' speaks of an alias, not of a table",
        ),
        ("schema-model-drift", "the table exists, a column of it does not"),
        (
            "connection-context-mismatch",
            "a :memory: database is private to its connection; the table is in another one",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="engine = create_engine(url)\nwith Session(engine) as session: ...",
            right=(
                "engine = create_engine(url)\n"
                "import shop.models  # every model is known before the tables are made\n"
                "Base.metadata.create_all(engine)\n"
                "with Session(engine) as session: ..."
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "django.setup()\nOrder.objects.create(total=3)  # nobody migrated this database"
            ),
            right=("django.setup()\ncall_command('migrate')\nOrder.objects.create(total=3)"),
        ),
        Example(
            orm="peewee",
            wrong=("db.init('shop.db')\nOrder.create(total=3)"),
            right=(
                "db.init('shop.db')\ndb.create_tables([Customer, Order])\nOrder.create(total=3)"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("await Tortoise.init(config)\nawait Order.create(total=3)"),
            right=(
                "await Tortoise.init(config)\n"
                "await Tortoise.generate_schemas()\n"
                "await Order.create(total=3)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Create the schema in the start path that really runs: Base.metadata.create_all(engine)"
            " after all models are imported, or the migration (alembic upgrade head).",
        ),
        (
            "django",
            "Run the migrations in the start path (manage.py migrate), with the app in "
            "INSTALLED_APPS and its migrations committed; in scripts and tests "
            "call_command('migrate').",
        ),
        (
            "peewee",
            "Create the tables in the start path that really runs: db.create_tables([every "
            "model]) after the database is initialised.",
        ),
        (
            "tortoise",
            "Create the tables in the start path that really runs: await "
            "Tortoise.generate_schemas() after Tortoise.init(), or run the migrations.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/core/metadata.html",),
    rule=rule,
)
