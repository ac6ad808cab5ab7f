"""A table of the database differs from what the app's models declare."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised
from ormprobe_taxonomy.signals.refusals import SchemaDrift
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "schema-model-drift"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        drift = case.about(SchemaDrift, error.key)
        unsure = drift is not None and drift.nested and not drift.seen
        yield finding(
            case,
            error,
            drift,
            place=_place(error, drift),
            at_most=Certainty.LIKELY if unsure else Certainty.CERTAIN,
            needs="the CREATE TABLE of the table that lacks the column" if unsure else None,
        )


def _place(error: Raised, drift: SchemaDrift | None) -> Place | None:
    """The app's own DDL where it has one, for that is what lags behind; else the declaration."""
    if drift is None:
        return error.place
    return drift.created or drift.declared or error.place


CAUSE = Cause(
    id=ID,
    title="The database's table is not what the models declare",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.SCHEMA,
    definition=(
        "A table exists, but its columns, their types or constraints differ from the mapping: the "
        "models changed and the database did not, or a migration is run again or while the app "
        "runs."
    ),
    certain=(
        "The database does not find a column (42703, 1054, no such column, has no column named) "
        "that the mapping of that very table declares; it requires one that the mapping lacks; it "
        "has another type than the mapping; DDL found its work done (42P07, 42701); or a prepared "
        "plan became invalid (InvalidCachedStatementError)."
    ),
    suggests="A bare column name in a statement with another statement inside.",
    lookalikes=(
        ("unresolved-reference", "no mapping of the statement's tables declares the name"),
        ("schema-not-created", "the whole table is missing"),
        ("integrity-violation", "the required column is declared, and was left empty"),
        ("bind-type-mismatch", "the column has the declared type, the value another one"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "class Berth(Base):\n"
                "    depth = mapped_column(Integer)  # new: create_all() alters no existing table"
            ),
            right=(
                "def upgrade():  # the migration that comes with it\n"
                "    op.add_column('berths', sa.Column('depth', sa.Integer()))"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "class Berth(models.Model):\n"
                "    depth = models.IntegerField()  # new, and no migration adds it"
            ),
            right=(
                "class Migration(migrations.Migration):\n"
                "    depth = models.IntegerField(null=True)\n"
                "    operations = [migrations.AddField('berth', 'depth', depth)]"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "class Berth(Model):\n"
                "    depth = IntegerField(null=True)  # new: create_tables() alters nothing"
            ),
            right="migrate(migrator.add_column('berth', 'depth', IntegerField(null=True)))",
        ),
        Example(
            orm="tortoise",
            wrong=(
                "class Berth(Model):\n"
                "    depth = fields.IntField(null=True)  # new: the table is an old one"
            ),
            right="await connection.execute_script('ALTER TABLE berth ADD depth INT')",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Bring the table to the model with a migration (alembic revision --autogenerate, "
            "alembic upgrade head) or correct the app's own CREATE TABLE; create_all() never "
            "alters a table that exists.",
        ),
        (
            "django",
            "Bring the table to the model: manage.py makemigrations, then migrate, in every "
            "environment; commit the migration with the model.",
        ),
        (
            "peewee",
            "Bring the table to the model with playhouse.migrate (add_column, rename_column); "
            "create_tables() never alters a table that exists.",
        ),
        (
            "tortoise",
            "Bring the table to the model with a migration (aerich migrate, aerich upgrade, or "
            "tortoise's own); generate_schemas() never alters a table that exists.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/metadata.html#altering-database-objects-through-migrations",
        "https://alembic.sqlalchemy.org/en/latest/autogenerate.html",
    ),
    rule=rule,
)
