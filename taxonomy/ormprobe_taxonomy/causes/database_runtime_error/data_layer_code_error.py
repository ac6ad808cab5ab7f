"""Plain Python code of the data layer is wrong: a name, an attribute, an argument."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, CodeBroken
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "data-layer-code-error"

_BY_ACCESS = {
    "sends": Certainty.CERTAIN,
    "holds": Certainty.CERTAIN,
    "class": Certainty.CERTAIN,
    "near": Certainty.LIKELY,
}


def rule(case: Case) -> Iterator[Finding]:
    if not case.failing:
        return
    for signal in case.signals:
        if not isinstance(signal, CodeBroken) or signal.before or signal.link is Link.NONE:
            continue
        certainty = _BY_ACCESS.get(signal.access or "")
        if certainty is None:
            continue
        if signal.link not in (Link.CHAIN, Link.ANSWER):
            certainty = weaker(certainty, Certainty.LIKELY)
        sure = certainty is Certainty.CERTAIN
        yield Finding(
            cause=ID,
            outcome=case.outcome,
            severity=Severity.FAILURE,
            certainty=certainty,
            place=signal.place,
            at_us=signal.at_us,
            evidence=(signal,),
            errors=(signal.error,),
            needs=None if sure else "a check on the very call that raised the error, or its class",
        )


CAUSE = Cause(
    id=ID,
    title="Code of the data layer is broken by itself",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "An ordinary Python defect in code that reads or writes data: a name that is not imported, "
        "a method that the repository lacks, an argument that it does not take, a repository that "
        "is None."
    ),
    certain=(
        "NameError, ImportError, AttributeError or TypeError was raised by the app's own line, the "
        "code is shown to be data access (it sends statements, or works with a session or "
        "connection; or the object that was asked is of such a class), and no error of the data "
        "layer came before."
    ),
    suggests="The same error next to data access, with no class that shows it.",
    lookalikes=(
        ("code outside the data layer", "a view, a validator, a test: no data access is in it"),
        ("result-cardinality-mismatch", "what is None is a row that was not found"),
        ("data-layer-not-initialized", "what is None is the session, the engine or their factory"),
        ("unresolved-reference", "the attribute was looked for on a mapped class or a query"),
        ("unawaited-db-call", "the attribute was looked for on a coroutine"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "from sqlalchemy.orm import Session\n\n"
                "def berths(session: Session):\n"
                "    return session.scalars(select(Berth)).all()"
            ),
            right=(
                "from sqlalchemy import select\n"
                "from sqlalchemy.orm import Session\n"
                "from harbour.models import Berth\n\n"
                "def berths(session: Session):\n"
                "    return session.scalars(select(Berth)).all()"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "def berths():\n    return Berth.objects.filter(pier=1)  # nobody imported Berth"
            ),
            right=(
                "from harbour.models import Berth\n"
                "\n"
                "def berths():\n"
                "    return Berth.objects.filter(pier=1)"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("def berths():\n    return list(Berth.select())  # nobody imported Berth"),
            right=(
                "from harbour.models import Berth\n\ndef berths():\n    return list(Berth.select())"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("async def berths():\n    return await Berth.all()  # nobody imported Berth"),
            right=(
                "from harbour.models import Berth\n"
                "\n"
                "async def berths():\n"
                "    return await Berth.all()"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Correct the code at that line: import the name, write or rename the method, pass the "
            "arguments that it takes, hand in the repository.",
        ),
        (
            "django",
            "Correct the code at that line: import the name, write or rename the method, pass the "
            "arguments that it takes.",
        ),
        (
            "peewee",
            "Correct the code at that line: import the name, write or rename the method, pass the "
            "arguments that it takes.",
        ),
        (
            "tortoise",
            "Correct the code at that line: import the name, write or rename the method, pass the "
            "arguments that it takes.",
        ),
    ),
    references=("https://docs.python.org/3/library/exceptions.html#NameError",),
    rule=rule,
)
