"""The right row was read, and the answer does not show its value where it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ValueNotShown
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity

ID = "projection-mismatch"


def rule(case: Case) -> Iterator[Finding]:
    if not case.failing or any(error.link is not Link.NONE for error in case.raised()):
        return
    for signal in case.signals:
        if isinstance(signal, ValueNotShown):
            certainty = _certainty(signal)
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.FAILURE,
                certainty=certainty,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                variant=signal.how,
                reads=signal.tables,
                needs=None
                if certainty is Certainty.CERTAIN
                else "a check whose expected value is the one in the row",
            )


def _certainty(signal: ValueNotShown) -> Certainty:
    """Certain where a column of the key's name was read with the value that is missed."""
    if signal.named and signal.exact and signal.sure:
        return Certainty.CERTAIN
    if signal.how == "wrapped":
        return Certainty.LIKELY if signal.exact else Certainty.SUSPECTED
    return Certainty.LIKELY if signal.named or signal.exact else Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="The right row was read, and the answer does not show its value",
    category=Category.SCHEMA_FORMAT_ERROR,
    subcategory=None,
    severity=Severity.FAILURE,
    layer=Layer.PROJECTION,
    definition=(
        "A statement of the request fetched the value that a check asks for. The serializer, the "
        "response model or the dict that the handler returns leaves its key out, gives it another "
        "name or level, or shows another column there."
    ),
    certain=(
        "The key is missing in the answer, or shows null or another column of the same row, and a "
        "column of the key's name was read with the expected value."
    ),
    suggests=(
        "The expected value stands in the row under another name; the whole object stands at "
        "another level of the answer."
    ),
    lookalikes=(
        ("wrong-predicate", "the row that was read is another one than the check asks for"),
        ("stale-state-after-write", "the answer shows what that very column held before"),
        ("identifier-not-propagated", "the value was not read: it was made by the database later"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="class LoanOut(BaseModel):\n    id: int\n    title: str",
            right="class LoanOut(BaseModel):\n    id: int\n    title: str\n    due_on: date",
        ),
        Example(
            orm="django",
            wrong="class LoanSerializer(ModelSerializer):\n    class Meta:\n        model = Loan\n"
            '        fields = ["id", "title"]',
            right="class LoanSerializer(ModelSerializer):\n    class Meta:\n        model = Loan\n"
            '        fields = ["id", "title", "due_on"]',
        ),
        Example(
            orm="peewee",
            wrong="return model_to_dict(loan, only=[Loan.id, Loan.title])",
            right="return model_to_dict(loan, only=[Loan.id, Loan.title, Loan.due_on])",
        ),
        Example(
            orm="tortoise",
            wrong='LoanOut = pydantic_model_creator(Loan, exclude=("due_on",))',
            right="LoanOut = pydantic_model_creator(Loan)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Add the field to the response model, or the column to the dict that is returned, "
            "under the name that clients read.",
        ),
        ("django", "Add the field to the serializer's fields, or to the dict that is returned."),
        ("peewee", "Add the field to the dict that is returned, or to only= of model_to_dict()."),
        ("tortoise", "Add the field to the response model, or drop it from exclude=."),
    ),
    references=("https://fastapi.tiangolo.com/tutorial/response-model/",),
    rule=rule,
)
