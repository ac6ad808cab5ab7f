"""An endpoint that should answer with data answers from constants."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import AnsweredUnread, Case
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "stubbed-data-access"


def rule(case: Case) -> Iterator[Finding]:
    if not case.failing or any(error.link is not Link.NONE for error in case.raised()):
        return
    for signal in case.signals:
        if isinstance(signal, AnsweredUnread):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.FAILURE,
                certainty=Certainty.LIKELY if signal.constant else Certainty.SUSPECTED,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                needs="the same answer before and after a write that it must show",
            )


CAUSE = Cause(
    id=ID,
    title="An endpoint answers from constants, not from the database",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "A request for data is answered with success, and its handler sends no statement: what it "
        "returns is written in the source, often an empty list or an example that was never "
        "replaced by a query."
    ),
    certain="Never: a constant may be what was meant.",
    suggests=(
        "The handler returns constants alone, a check on its answer fails, and rows had been "
        "written before that the check asks for, or by requests on the same resource. Without "
        "constants, no statement was sent: the answer may come from a cache."
    ),
    lookalikes=(
        ("orm-bypass", "the app keeps its data in memory, and its other endpoints do so too"),
        ("filter-not-applied", "a query was sent, without its condition"),
        ("a cache", "an earlier statement had read what is answered"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong='@app.get("/tags")\ndef tags():\n    return {"tags": []}',
            right='@app.get("/tags")\ndef tags(session: Session = Depends(session)):\n'
            '    return {"tags": session.scalars(select(Tag.name)).all()}',
        ),
        Example(
            orm="django",
            wrong='def tags(request):\n    return JsonResponse({"tags": []})',
            right="def tags(request):\n"
            '    names = list(Tag.objects.values_list("name", flat=True))\n'
            '    return JsonResponse({"tags": names})',
        ),
        Example(
            orm="peewee",
            wrong='@app.get("/tags")\ndef tags():\n    return {"tags": []}',
            right='@app.get("/tags")\ndef tags():\n'
            '    return {"tags": [tag.name for tag in Tag.select()]}',
        ),
        Example(
            orm="tortoise",
            wrong='@app.get("/tags")\nasync def tags():\n    return {"tags": []}',
            right='@app.get("/tags")\nasync def tags():\n'
            '    return {"tags": await Tag.all().values_list("name", flat=True)}',
        ),
    ),
    fixes=(
        ("sqlalchemy", "Answer with what session.scalars(select(...)) reads."),
        ("django", "Answer with what a query set of the model reads."),
        ("peewee", "Answer with what Model.select() reads."),
        ("tortoise", "Answer with what an awaited query of the model reads."),
    ),
    references=("https://arxiv.org/abs/2605.06445",),
    rule=rule,
)
