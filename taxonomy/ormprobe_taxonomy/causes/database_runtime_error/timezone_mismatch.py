"""Datetimes with and without a time zone met, one of them on its way to or from the database."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.refusals import DatetimeMixed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "timezone-mismatch"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        if error.statement is not None:
            yield finding(case, error)
            continue
        mixed = case.about(DatetimeMixed, error.key)
        if mixed is None:
            continue  # no date-time of a row was near: plain Python
        proven = mixed.attribute is not None and mixed.read
        yield finding(
            case,
            error,
            mixed,
            at_most=Certainty.CERTAIN if proven else Certainty.SUSPECTED,
            needs=None if proven else "proof that one of the two came from a row",
        )


CAUSE = Cause(
    id=ID,
    title="A datetime without a time zone met one that has a time zone",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A column keeps datetimes with a time zone and the code uses naive ones, or the other way "
        "round, and writing, comparing or subtracting them fails."
    ),
    certain=(
        "The driver refused the bound datetime (asyncpg: can't subtract offset-naive and "
        "offset-aware datetimes), or Python refused to compare or subtract, on a line that reads a "
        "mapped date-time column of a row that was read before."
    ),
    suggests="The same TypeError after rows with date-time columns had been read.",
    lookalikes=(
        ("bind-type-mismatch", "a string or number stands where a datetime is wanted"),
        ("data-layer-code-error", "both datetimes are made in Python, no row is involved"),
        ("projection-mismatch", "only the text form in the answer differs"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "expires = mapped_column(DateTime)\n"
                "stale = ticket.expires < datetime.now(timezone.utc)"
            ),
            right=(
                "expires = mapped_column(DateTime(timezone=True))  # aware on PostgreSQL\n"
                "stale = ticket.expires < datetime.now(timezone.utc)"
            ),
        ),
        Example(
            orm="django",
            wrong="stale = ticket.expires < datetime.now()",
            right="stale = ticket.expires < timezone.now()",
        ),
        Example(
            orm="peewee",
            wrong="stale = ticket.expires < datetime.now(timezone.utc)",
            right=(
                "now = datetime.now(timezone.utc).replace(tzinfo=None)\n"
                "stale = ticket.expires < now"
            ),
        ),
        Example(
            orm="tortoise",
            wrong="stale = ticket.expires < datetime.now()",
            right="stale = ticket.expires < tortoise.timezone.now()",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Use aware UTC datetimes everywhere and DateTime(timezone=True); on SQLite, which has "
            "no time zone, give it back in a TypeDecorator (value.replace(tzinfo=timezone.utc)).",
        ),
        (
            "django",
            "Keep USE_TZ = True and take django.utils.timezone.now() (aware) instead of "
            "datetime.now(); make_aware() what comes in without a zone.",
        ),
        (
            "peewee",
            "Store and compare datetimes of one kind: DateTimeField keeps none of the zone on "
            "SQLite, so use naive UTC everywhere, or TIMESTAMPTZ on PostgreSQL with aware ones.",
        ),
        (
            "tortoise",
            "Say use_tz in Tortoise.init() and stay with it: aware datetimes "
            "(tortoise.timezone.now()) where it is true, naive ones where it is not.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime",
        "https://docs.python.org/3/library/datetime.html#aware-and-naive-objects",
    ),
    rule=rule,
)
