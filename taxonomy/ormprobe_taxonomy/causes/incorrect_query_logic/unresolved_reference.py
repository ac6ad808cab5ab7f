"""A query names a column, alias or relation that is not in scope, while the schema is fine."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, by_driver, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, NameUnknown
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "unresolved-reference"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        unknown = case.about(NameUnknown, error.key)
        if unknown is None:
            named = error.reading is not None and error.reading.variant is not None
            bare = error.statement is None and by_driver(error) and not named
            yield finding(
                case,
                error,
                at_most=Certainty.LIKELY if bare else Certainty.CERTAIN,
                needs="the statement, and the columns that the models declare" if bare else None,
            )
        elif not unknown.declared:
            yield finding(
                case,
                error,
                unknown,
                at_most=Certainty.CERTAIN if unknown.known else Certainty.LIKELY,
                needs=None if unknown.known else "the columns of the tables that are read",
            )


CAUSE = Cause(
    id=ID,
    title="A query names something that is not in its scope",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "A query uses a column, alias, relation or lookup that none of its tables offers, though "
        "the database has every table and column that the models declare."
    ),
    certain=(
        "The database or the ORM refused the name (42703, 42702, 42P01 with a missing FROM-clause "
        "entry, no such column, don't know how to join), and no mapped table of the statement "
        "declares it."
    ),
    suggests="The refusal alone, where the mapped columns are not known.",
    lookalikes=(
        ("schema-model-drift", "the mapping declares the column, the database lacks it"),
        ("schema-not-created", "the whole table is missing"),
        ("data-layer-code-error", "a Python NameError: no query was built"),
        ("mapping-misconfiguration", "it fails while mappers are configured, before any query"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Parcel).order_by(text('depots.city'))",
            right="select(Parcel).join(Parcel.depot).order_by(Depot.city)",
        ),
        Example(
            orm="django",
            wrong="Parcel.objects.order_by('depot_city')",
            right="Parcel.objects.order_by('depot__city')",
        ),
        Example(
            orm="peewee",
            wrong="Parcel.select().order_by(Depot.city)",
            right="Parcel.select().join(Depot).order_by(Depot.city)",
        ),
        Example(
            orm="tortoise",
            wrong="await Parcel.all().order_by('depot_city')",
            right="await Parcel.all().order_by('depot__city')",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Join the table first (.join(Model.relation)) and name its column through the mapped "
            "class; an eager-loading option does not put a table into the FROM of the query.",
        ),
        (
            "django",
            "Name a field or relation that the model has (the error lists the choices): "
            "relation__field with two underscores across a relation, annotate() before a computed "
            "name is used.",
        ),
        (
            "peewee",
            "Name a field that the model has, and join the other model before its fields are used "
            "(.join(Depot)), with on= where several foreign keys lead there.",
        ),
        (
            "tortoise",
            "Name a field or relation that the model has: relation__field with two underscores "
            "across a relation, annotate() before a computed name is used.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/queryguide/select.html",),
    rule=rule,
)
