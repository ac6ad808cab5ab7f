"""Statements on the app's data went around the ORM that it was told to use."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, KeptInMemory, OrmBypassed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity

ID = "orm-bypass"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, OrmBypassed):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.DEFECT,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                variant="other-orm" if signal.by else "raw-driver",
                orm=signal.declared,
            )
        elif isinstance(signal, KeptInMemory) and signal.orm is not None:
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.DEFECT,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                variant="in-memory",
                orm=signal.orm,
            )


CAUSE = Cause(
    id=ID,
    title="Data was read or written around the ORM that the app must use",
    category=Category.CONSTRAINT_VIOLATION,
    subcategory=None,
    severity=Severity.DEFECT,
    layer=Layer.STATEMENT,
    definition=(
        "The app was told to use one ORM, and a SELECT, INSERT, UPDATE or DELETE on its own tables "
        "reaches the database by another way: the driver itself, or another ORM; or nothing "
        "reaches one, because the app keeps its data in containers of its module. Without a "
        "declaration (`--expect-orm`) this is no defect, and there is no label."
    ),
    certain=(
        "A statement on a table of the app was seen at the driver, and the first code above the "
        "driver is the app's own or another ORM's. Of data in memory: requests that change data "
        "succeed, no statement is seen in the whole run, the app imports nothing that stores "
        "data, and its functions change a container that outlives the request."
    ),
    suggests="Nothing less is reported: a statement was seen on its way, or it was not.",
    lookalikes=(
        (
            "the ORM's own work",
            "version probes, PRAGMAs, pings, savepoints and resets come from the ORM's code",
        ),
        ("raw SQL within the ORM", "text() and its like pass through the ORM's session or engine"),
        (
            "set-up",
            "schema changes, migrations' version tables, the lines of tests and what `--setup` "
            "runs are not the app's work on its data",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong='raw = engine.raw_connection()\nraw.cursor().execute("UPDATE jars SET full = 1")',
            right="session.execute(update(Jar).values(full=True))\nsession.commit()",
        ),
        Example(
            orm="django",
            wrong=(
                "with connection.cursor() as cursor:\n"
                '    cursor.execute("UPDATE jars SET sealed = 1")'
            ),
            right="Jar.objects.update(sealed=True)",
        ),
        Example(
            orm="peewee",
            wrong='db.connection().execute("UPDATE jars SET sealed = 1")',
            right="Jar.update(sealed=True).execute()",
        ),
        Example(
            orm="tortoise",
            wrong='await connections.get("default").execute_query("UPDATE jars SET sealed = 1")',
            right="await Jar.all().update(sealed=True)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Send the statement through the session or connection of SQLAlchemy: select(), "
            "insert(), update(), delete(), or text() where no construct fits.",
        ),
        (
            "django",
            "Send the statement through the model's manager (filter(), create(), update(), "
            "annotate()), or through Manager.raw() where no expression fits.",
        ),
        (
            "peewee",
            "Send the statement through the model: select(), insert(), update(), delete() with "
            "execute(), or Model.raw() where no expression fits.",
        ),
        (
            "tortoise",
            "Send the statement through the model: filter(), create(), update(), delete(), or "
            "Model.raw() where no expression fits.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/core/connections.html",),
    rule=rule,
)
