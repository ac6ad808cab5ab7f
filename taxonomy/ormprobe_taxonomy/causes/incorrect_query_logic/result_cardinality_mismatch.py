"""Code took for granted that a query finds exactly one row, or at least one."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import HANDLED, weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised, RowsAssumed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "result-cardinality-mismatch"

_FIRM = (Link.CHAIN, Link.ANSWER)
_SUBQUERY = "subquery"
_SEVERAL = ("MultipleResultsFound", "MultipleObjectsReturned")
_NONE = ("NoResultFound", "DoesNotExist", "ObjectDoesNotExistError")


def rule(case: Case) -> Iterator[Finding]:
    if not case.failing:
        return
    raised = {error.key: error for error in case.raised()}
    for signal in case.signals:
        if not isinstance(signal, RowsAssumed) or signal.in_tests:
            continue
        error = raised.get(signal.error)
        tie = signal.link if error is None else error.link
        if tie is Link.NONE or (error is not None and _is_settled(error)):
            continue
        yield _finding(case, signal, error, tie)


def _is_settled(error: Raised) -> bool:
    return error.fate in HANDLED or error.follows is not None


def _finding(case: Case, signal: RowsAssumed, error: Raised | None, tie: Link) -> Finding:
    variant = _variant(signal, error)
    certainty, needs = _certainty(signal, variant)
    if tie not in _FIRM:
        certainty = weaker(certainty, Certainty.LIKELY)
        needs = needs or "a check on the answer of the request in which the error was raised"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=signal.place,
        at_us=signal.at_us,
        evidence=(signal,) if error is None else (error, signal),
        variant=variant,
        errors=(signal.error,),
        transaction=None if error is None else error.transaction,
        session=None if error is None else error.session,
        reads=signal.reads or (() if error is None else error.reads),
        needs=needs,
    )


def _variant(signal: RowsAssumed, error: Raised | None) -> str:
    kind = signal.type.rpartition(".")[2]
    if kind in _SEVERAL or ((signal.rows or 0) > 1 and signal.how == "raised"):
        return "multiple"
    if signal.how == "raised" and not kind.endswith(_NONE):
        return _SUBQUERY
    return "missing" if signal.how == "raised" else signal.how


def _certainty(signal: RowsAssumed, variant: str) -> tuple[Certainty, str | None]:
    """How surely the rows, and not what was asked, are what the code is wrong about."""
    if not signal.proven:
        return Certainty.SUSPECTED, "proof that the value came from a statement without rows"
    if signal.place is None:
        return Certainty.LIKELY, "the app's own line"
    if variant == _SUBQUERY:
        return Certainty.CERTAIN, None
    if variant == "multiple":
        if signal.rows is None:
            return Certainty.LIKELY, "the rows of the statement"
        if signal.distinct is not None and signal.distinct < signal.rows:
            return Certainty.LIKELY, "proof that no join repeats the row"
        return Certainty.CERTAIN, None
    if signal.wanted or signal.exists is False:
        return Certainty.CERTAIN, None
    if signal.exists:
        return Certainty.SUSPECTED, "proof that the row which was asked for was not there"
    return Certainty.LIKELY, "proof that no such row was written before"


CAUSE = Cause(
    id=ID,
    title="A query was trusted to find a row, or only one",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "Code goes on as if a statement had returned exactly one row, or at least one, and it "
        "returned none, several, or an aggregate over nothing."
    ),
    certain=(
        "The ORM's no-row or several-rows error was not handled, or None (an index beyond the end) "
        "was used where the source shows that the value came from a statement with no row; and the "
        "outcome wanted a refusal, or no row with the value that was asked for had been written."
    ),
    suggests="None was used, and its origin is not shown by the source.",
    lookalikes=(
        ("uncommitted-write", "the row should be there: its write was lost before"),
        ("schema-not-created", "an earlier step failed, and its row was never written"),
        ("a wrong predicate", "the row is there, and the statement asks for another"),
        ("join-fanout", "one row comes several times because a join repeats it"),
        (
            "data-layer-not-initialized",
            "what is None is the session, the engine or their factory, not a row",
        ),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="desk = session.get(Desk, number)\nreturn desk.owner",
            right=(
                "desk = session.get(Desk, number)\n"
                "if desk is None:\n"
                "    raise NoSuchDesk(number)\n"
                "return desk.owner"
            ),
        ),
        Example(
            orm="django",
            wrong="desk = Desk.objects.get(number=number)",
            right="desk = get_object_or_404(Desk, number=number)",
        ),
        Example(
            orm="peewee",
            wrong=("desk = Desk.get_or_none(Desk.number == number)\nreturn desk.owner"),
            right=(
                "desk = Desk.get_or_none(Desk.number == number)\n"
                "if desk is None:\n"
                "    raise NoSuchDesk(number)\n"
                "return desk.owner"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("desk = await Desk.get_or_none(number=number)\nreturn desk.owner_id"),
            right=(
                "desk = await Desk.get_or_none(number=number)\n"
                "if desk is None:\n"
                "    raise NoSuchDesk(number)\n"
                "return desk.owner_id"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Say what a missing row means: test the result of get(), first() or "
            "scalar_one_or_none() for None, or catch NoResultFound, and answer 404; where several "
            "rows must not exist, give the table a unique constraint.",
        ),
        (
            "django",
            "Say what a missing row means: catch Model.DoesNotExist or take get_object_or_404(), "
            "test first() for None; where several rows must not exist, give the model a unique "
            "constraint.",
        ),
        (
            "peewee",
            "Say what a missing row means: catch Model.DoesNotExist, or test the result of "
            "get_or_none() or first() for None, and answer 404.",
        ),
        (
            "tortoise",
            "Say what a missing row means: catch DoesNotExist, or test the result of "
            "get_or_none() or first() for None, and answer 404; where several rows must not "
            "exist, make the field unique.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Result.scalar_one",
    ),
    rule=rule,
)
