"""A value of a request stands inside the SQL text."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ValueInText
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "unparameterized-sql"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, ValueInText):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                facet=signal.name or None,
                count=signal.count,
            )


CAUSE = Cause(
    id=ID,
    title="A value of a request stands inside the SQL text",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.STATEMENT,
    definition=(
        "A statement is put together out of text and a value that a request brought. A "
        "quote in the value breaks the statement, and whoever chooses the value chooses "
        "the statement."
    ),
    certain=(
        "A literal in the text of a statement is a value of the request, and the "
        "function that sent it, or one that led there, puts values into a text that "
        "reads like SQL."
    ),
    suggests="A literal in the text that equals a value of the request by chance.",
    lookalikes=(
        (
            "a constant of the app",
            ("it was written in the code, and the request asks for it by name"),
        ),
        ("a name of a column", "chosen from a list of the app's own; it cannot be bound"),
        (
            "malformed-statement",
            ("the value has already broken the statement: a failure, no hazard"),
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.execute(text(f\"SELECT id FROM sails WHERE name = '{name}'\"))",
            right=(
                'session.execute(text("SELECT id FROM sails WHERE name = :name"), {"name": name})'
            ),
        ),
        Example(
            orm="django",
            wrong="Sail.objects.raw(f\"SELECT * FROM sails WHERE name = '{name}'\")",
            right=('Sail.objects.raw("SELECT * FROM sails WHERE name = %s", [name])'),
        ),
        Example(
            orm="peewee",
            wrong="Sail.raw(f\"SELECT * FROM sails WHERE name = '{name}'\")",
            right=('Sail.raw("SELECT * FROM sails WHERE name = ?", name)'),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "await connection.execute_query(f\"SELECT * FROM sails WHERE name = '{name}'\")"
            ),
            right=('await connection.execute_query("SELECT * FROM sails WHERE name = ?", [name])'),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Write :name in text() and hand the value over as a parameter, or use select() "
            "with a comparison.",
        ),
        (
            "django",
            "Hand values over as params of raw(), extra() or cursor.execute(), never by "
            "formatting; better, filter().",
        ),
        (
            "peewee",
            "Hand values over as further arguments of raw() or SQL(), or compare a field "
            "with them.",
        ),
        ("tortoise", "Hand values over as the list of execute_query(), or use filter()."),
    ),
    references=("https://cwe.mitre.org/data/definitions/89.html",),
    rule=rule,
)
