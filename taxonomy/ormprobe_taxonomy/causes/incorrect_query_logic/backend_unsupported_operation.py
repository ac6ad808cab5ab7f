"""A statement uses what another database system has and the connected one lacks."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, by_driver, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.refusals import MappingDeclared, StatementRefused
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "backend-unsupported-operation"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        refused = case.about(StatementRefused, error.key)
        declared = case.about(MappingDeclared, error.key)
        unsure = refused is not None and refused.construct is not None and not refused.whole
        mixed = refused is not None and refused.mixed
        unsure = unsure or (error.statement is None and by_driver(error))
        yield finding(
            case,
            error,
            refused,
            declared,
            place=declared.place if declared is not None else None,
            at_most=Certainty.LIKELY if unsure or mixed else Certainty.CERTAIN,
            needs="a dialect that understands the whole statement" if unsure or mixed else None,
        )


CAUSE = Cause(
    id=ID,
    title="An operation is used that the connected database does not have",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "An operator, function, type or clause is used that is right on another backend or "
        "dialect, and that the database or the type in use does not offer."
    ),
    certain=(
        "The ORM could not put the construct into words for this dialect (l7de, CompileError, "
        "NotImplementedError), the database does not have the feature (0A000, 42704) or function, "
        "or it stopped at a token of a construct that another dialect has, and that dialect "
        "understands the whole statement."
    ),
    suggests="A construct of another dialect in a statement that no dialect understands wholly.",
    lookalikes=(
        ("malformed-statement", "the token is a slip: no dialect understands the statement"),
        ("bind-type-mismatch", "the function or operator exists, for other types of arguments"),
        ("wrong-database", "the connected system is not the one that was prescribed"),
        (
            "a feature probe",
            "the app tries the operation, catches the refusal and goes another way",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="class Trail(Base):\n    marks = mapped_column(ARRAY(String))  # on SQLite",
            right=(
                "class Trail(Base):\n"
                "    marks = relationship('Mark')  # a table of their own, on every backend"
            ),
        ),
        Example(
            orm="django",
            wrong="Trail.objects.order_by('region').distinct('region')  # on SQLite",
            right="Trail.objects.values('region').annotate(first=Min('id'))",
        ),
        Example(
            orm="peewee",
            wrong="Trail.select().for_update()  # on SQLite",
            right=("with db.atomic('IMMEDIATE'):\n    rows = list(Trail.select())"),
        ),
        Example(
            orm="tortoise",
            wrong="await Trail.filter(marks__contains=['red'])  # JSON on SQLite",
            right="await Trail.filter(mark_rows__colour='red')",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Use what every backend has (an association table for lists, .ilike() and func.lower() "
            "instead of raw operators), or the dialect's own type and the database it belongs to.",
        ),
        (
            "django",
            "Use what every backend has (a related model for lists, icontains, a subquery instead "
            "of distinct('field')), or run on the database that the feature belongs to.",
        ),
        (
            "peewee",
            "Use what every backend has (a table of their own for lists, fn.LOWER(), no "
            "for_update() on SQLite), or the database class that the feature belongs to.",
        ),
        (
            "tortoise",
            "Use what every backend has (a related model for lists, icontains instead of JSON "
            "contains on SQLite), or run on the database that the feature belongs to.",
        ),
    ),
    references=(
        "https://sqlalche.me/e/20/l7de",
        "https://docs.sqlalchemy.org/en/20/dialects/index.html",
    ),
    rule=rule,
)
