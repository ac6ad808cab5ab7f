"""A coroutine of the data layer was used as its result, or dropped."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, WriteLost
from ormprobe_taxonomy.signals.connections import NeverAwaited
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "unawaited-db-call"

_TRUTH = "truth"
"""A condition that asks for a query itself, and not for its result: it always holds."""

_EFFECTS = ("write", "settle")
"""What coroutines do that changes the database; those left out lose work."""


def rule(case: Case) -> Iterator[Finding]:
    used = set[str]()
    for error in blamed(case, ID):
        made = case.about(NeverAwaited, error.key)
        used.add(error.key)
        known = made is not None and made.known
        yield finding(
            case,
            error,
            made,
            place=made.place if made is not None else None,
            at_most=Certainty.CERTAIN if known else Certainty.SUSPECTED,
            variant="used-as-result",
            needs=None if known else "the call that made the coroutine",
        )
    dropped = [signal for signal in case.signals if isinstance(signal, NeverAwaited)]
    for signal in dropped:
        if signal.error is None and not signal.expected and signal.known:
            yield from _dropped(case, signal, bool(used))


def _dropped(case: Case, signal: NeverAwaited, explained: bool) -> Iterator[Finding]:
    if not case.failing:
        if signal.effect in (*_EFFECTS, _TRUTH):
            yield _finding(case, signal, Severity.DEFECT, Certainty.CERTAIN)
        return
    if explained or (case.failed_us is not None and signal.at_us > case.failed_us):
        return
    errors = [error for error in case.raised() if error.link is not Link.NONE]
    if signal.effect in _EFFECTS and signal.felt and not errors:
        yield _finding(case, signal, Severity.FAILURE, Certainty.CERTAIN)
    elif signal.effect in _EFFECTS or (signal.effect == _TRUTH and not errors):
        yield _finding(case, signal, Severity.FAILURE, Certainty.LIKELY)
    elif not errors:
        yield _finding(case, signal, Severity.FAILURE, Certainty.SUSPECTED)


def _finding(case: Case, signal: NeverAwaited, severity: Severity, certainty: Certainty) -> Finding:
    lost = [other for other in case.signals if isinstance(other, WriteLost)]
    settles = [
        other.transaction
        for other in lost
        if signal.effect == "settle" and other.transaction and other.at_us <= signal.at_us
    ]
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=severity,
        certainty=certainty,
        place=signal.place,
        at_us=signal.at_us,
        evidence=(signal,),
        variant="dropped",
        settles=tuple(settles),
        needs=None if certainty is Certainty.CERTAIN else "a failing check that its work decides",
    )


CAUSE = Cause(
    id=ID,
    title="A database call was never awaited",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.STATEMENT,
    definition=(
        "Calling a coroutine function only makes a coroutine. Without await nothing reaches the "
        "database: the coroutine is used as if it were the result, or dropped unnoticed."
    ),
    certain=(
        "A coroutine object was used as a value, and the call that made it is one of the data "
        "layer's or of a function of the app that sends statements; or such a coroutine, of a "
        "write or a commit, was collected without ever having been awaited."
    ),
    suggests="A dropped coroutine that only reads: its result may not have been wanted.",
    lookalikes=(
        ("write-never-emitted", "the same symptom, and no coroutine was dropped"),
        ("uncommitted-write", "the commit was left out, not merely its await"),
        ("another coroutine", "asyncio.sleep() or a notice that sends no statement"),
        ("async-implicit-io", "a synchronous access where an awaited one is needed"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "session.add(loan)\nsession.commit()  # an AsyncSession's: only a coroutine is made"
            ),
            right="session.add(loan)\nawait session.commit()",
        ),
        Example(
            orm="django",
            wrong="Loan.objects.acreate(member=member)",
            right="await Loan.objects.acreate(member=member)",
        ),
        Example(
            orm="peewee",
            wrong="db.run(Loan.create, member=member)",
            right="await db.run(Loan.create, member=member)",
        ),
        Example(
            orm="tortoise",
            wrong="Loan.filter(returned=True).delete()",
            right="await Loan.filter(returned=True).delete()",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Put await before the call: await session.execute(...), await session.commit(), and "
            "await each of the app's own async functions that use them.",
        ),
        (
            "django",
            "Put await before the a-methods (await Model.objects.acreate(...), await obj.asave()) "
            "and before each of the app's own async functions that use them.",
        ),
        (
            "peewee",
            "Put await before the calls of the asyncio bridge (await db.run(...), await "
            "db.list(query), await db.aexecute(query)) and before the app's own async functions.",
        ),
        (
            "tortoise",
            "Put await before every query: create(), save(), delete(), update(), get(), and a "
            "filter() whose rows are wanted; without it nothing reaches the database.",
        ),
    ),
    references=(
        "https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines",
    ),
    rule=rule,
)
