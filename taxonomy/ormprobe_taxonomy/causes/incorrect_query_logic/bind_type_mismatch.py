"""A value does not fit the column, operator or parameter that it was given to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "bind-type-mismatch"

_OF_ROWS = re.compile(r"\bCAST\s*\(\s*(?!%|:|\$|\?|'|NULL)[\w.\"]|(?<![\w)'])[a-z_][\w.]*::", re.I)
_CONVERTED = re.compile(r"invalid input syntax for|out of range")


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        of_rows = _is_of_rows(error)
        yield finding(
            case,
            error,
            at_most=Certainty.LIKELY if of_rows else Certainty.CERTAIN,
            needs="proof that the refused value was bound, and not stored" if of_rows else None,
        )


def _is_of_rows(error: Raised) -> bool:
    """Whether the database may have refused a value of its own rows while it converted them."""
    if error.statement is None or not _CONVERTED.search(error.message):
        return False
    return _OF_ROWS.search(error.statement) is not None


CAUSE = Cause(
    id=ID,
    title="A value of the wrong type or size was given to a statement",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "The Python type, the form or the size of a bound value does not fit the column, operator "
        "or parameter that it is meant for, so the type's own conversion, the driver or the "
        "database refuses it."
    ),
    certain=(
        "The type's conversion failed before the statement was sent (StatementError around a "
        "TypeError, ValueError or LookupError), the driver could not adapt the value, or the "
        "database refused it (class 22 but for a division by zero, 42804, 42883 for an operator, "
        "42P18, SQLite's 'datatype mismatch', which is an IntegrityError that is none)."
    ),
    suggests="A conversion inside the statement, which may have met a stored value.",
    lookalikes=(
        ("timezone-mismatch", "both are datetimes, one with and one without a time zone"),
        ("integrity-violation", "the value fits, and breaks a constraint"),
        ("schema-model-drift", "the value fits the model, the column has another type"),
        ("malformed-statement", "the number of values is wrong, not their type"),
        ("the same on SQLite", "it compares 1 with '1' without an error: nothing is raised there"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.add(Sailing(leaves='2024-05-01'))",
            right="session.add(Sailing(leaves=date.fromisoformat('2024-05-01')))",
        ),
        Example(
            orm="django",
            wrong="Sailing.objects.filter(id='next')",
            right="Sailing.objects.filter(id=int(number))",
        ),
        Example(
            orm="peewee",
            wrong="Sailing.create(leaves={'day': 1})",
            right="Sailing.create(leaves=date(2024, 5, 1))",
        ),
        Example(
            orm="tortoise",
            wrong="await Sailing.filter(id='next')",
            right="await Sailing.filter(id=int(number))",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Convert the value where it enters the app (int(), date.fromisoformat(), UUID(), the "
            "enum's member), give an instance's key where a key is wanted, or say the type with "
            "cast() or bindparam(type_=...).",
        ),
        (
            "django",
            "Convert the value where it enters the app (a form, a serializer, <int:pk> in the "
            "route), and give an instance or its key where a relation is compared.",
        ),
        (
            "peewee",
            "Convert the value where it enters the app (int(), date.fromisoformat(), UUID()), and "
            "give an instance or its key where a relation is compared.",
        ),
        (
            "tortoise",
            "Convert the value where it enters the app (a pydantic model, int(), "
            "date.fromisoformat()), keep within the field's validators, and give an instance or "
            "its key for a relation.",
        ),
    ),
    references=(
        "https://sqlalche.me/e/20/9h9h",
        "https://www.postgresql.org/docs/current/errcodes-appendix.html",
    ),
    rule=rule,
)
