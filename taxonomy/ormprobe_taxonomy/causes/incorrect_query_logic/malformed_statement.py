"""The text of a statement is no SQL, or its placeholders and values do not match."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, by_driver, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.signals.refusals import StatementRefused
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "malformed-statement"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        refused = case.about(StatementRefused, error.key)
        needs = _needs(error, refused)
        yield finding(
            case,
            error,
            refused,
            at_most=Certainty.LIKELY if needs else Certainty.CERTAIN,
            needs=needs,
        )


def _needs(error: Raised, refused: StatementRefused | None) -> str | None:
    if refused is None:
        return "the text of the statement" if error.statement is None and by_driver(error) else None
    if refused.mixed:
        return "proof that the text itself is wrong, and not a value that was put into it"
    if refused.function:
        return "proof that no such function was to be registered on this connection"
    return None


CAUSE = Cause(
    id=ID,
    title="A statement's text is not valid SQL, or its values do not match its placeholders",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "The text of a statement breaks the grammar of SQL in every dialect, or it was given "
        "fewer or other values than it has placeholders."
    ),
    certain=(
        "The database stopped at a token (42601, 1064, 'near ...: syntax error') that is part of "
        "no construct of another dialect, or the driver or the ORM counted the values (08P01, "
        "cd3x, wrong number of bindings), or a plain string was given where SQL was wanted."
    ),
    suggests="Text that is put together from parts, with a value between quotes inside it.",
    lookalikes=(
        (
            "backend-unsupported-operation",
            "the token belongs to another dialect, in which the statement is whole",
        ),
        ("bind-type-mismatch", "the statement was understood, a value of it was refused"),
        ("unresolved-reference", "the grammar is right, a name in it is not known"),
        (
            "unparameterized-sql",
            "a value with a quote in it, inside the text, broke a statement that was right",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong='session.execute(text("SELECT id FROM ferries WHERE pier = :pier"), {"dock": 3})',
            right='session.execute(text("SELECT id FROM ferries WHERE pier = :pier"), {"pier": 3})',
        ),
        Example(
            orm="django",
            wrong=(
                'plan = "SELECT id FROM ferries WHERE pier = %s OR line = %s"\n'
                "Ferry.objects.raw(plan, [pier])"
            ),
            right=(
                'plan = "SELECT id FROM ferries WHERE pier = %s OR line = %s"\n'
                "Ferry.objects.raw(plan, [pier, line])"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "plan = 'SELECT id FROM ferries WHERE pier = ? OR line = ?'\n"
                "db.execute_sql(plan, (pier,))"
            ),
            right=(
                "plan = 'SELECT id FROM ferries WHERE pier = ? OR line = ?'\n"
                "db.execute_sql(plan, (pier, line))"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "plan = 'SELECT id FROM ferries WHERE pier = ? OR line = ?'\n"
                "await connection.execute_query(plan, [pier])"
            ),
            right=(
                "plan = 'SELECT id FROM ferries WHERE pier = ? OR line = ?'\n"
                "await connection.execute_query(plan, [pier, line])"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Correct the text at the token that the database names, give every placeholder "
            "(:name) a value, and build conditions with select() and where(), not with strings.",
        ),
        (
            "django",
            "Correct the text at the token that the database names, give every %s a value, filter "
            "before a queryset is sliced, and prefer expressions (F, Func, annotate) to raw SQL.",
        ),
        (
            "peewee",
            "Correct the text at the token that the database names, give every placeholder a "
            "value, and build conditions with expressions, not with strings.",
        ),
        (
            "tortoise",
            "Correct the text at the token that the database names, give every placeholder a "
            "value, and build conditions with filter() and Q, not with strings.",
        ),
    ),
    references=(
        "https://sqlalche.me/e/20/cd3x",
        "https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.text",
    ),
    rule=rule,
)
