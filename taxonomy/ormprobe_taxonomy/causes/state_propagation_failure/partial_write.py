"""The first half of a change was committed, and the work then failed."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, HalfKept
from ormprobe_taxonomy.silence import at_most
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "partial-write"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if not isinstance(signal, HalfKept):
            continue
        limit = at_most(case, of=signal.errors)
        if limit is not None:
            certainty = Certainty.CERTAIN if signal.proven else Certainty.SUSPECTED
            yield _finding(case, signal, weaker(limit, certainty))


def _finding(case: Case, kept: HalfKept, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check on a value that the committed half left"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=kept.place,
        at_us=kept.at_us,
        evidence=(kept,),
        echoes=kept.errors,
        transaction=kept.transaction,
        tables=kept.tables,
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="One half of a change was committed, and the other half failed",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "A change takes several writes, and they are not one transaction: each commits by itself. "
        "The work ends in an error or a refusal after the first of them, and that one stays."
    ),
    certain=(
        "A write that changed rows was committed, the same work then ended in an error or was "
        "answered with an error status, and the failing check found what that write left."
    ),
    suggests="A failing check that only reads a table of the committed half.",
    lookalikes=(
        ("uncommitted-write", "nothing of the change was kept, though the work was reported done"),
        ("a write of no rows", "a DELETE or UPDATE that matched nothing before a 404"),
        ("a record of the attempt", "an audit row, a counter of failures: no check misses it"),
        ("a raising cause", "what failed is the error itself, and not what it left behind"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "source.balance -= amount\n"
                "session.commit()\n"
                "target = session.get_one(Account, target_id)\n"
                "target.balance += amount\n"
                "session.commit()"
            ),
            right=(
                "with session.begin():\n"
                "    source.balance -= amount\n"
                "    target = session.get_one(Account, target_id)\n"
                "    target.balance += amount"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "source.save()\ntarget = Account.objects.get(pk=target_id)\ntarget.deposit(amount)"
            ),
            right=(
                "with transaction.atomic():\n"
                "    source.save()\n"
                "    target = Account.objects.get(pk=target_id)\n"
                "    target.deposit(amount)"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("source.save()\ntarget = Account.get_by_id(target_id)\ntarget.deposit(amount)"),
            right=(
                "with db.atomic():\n"
                "    source.save()\n"
                "    target = Account.get_by_id(target_id)\n"
                "    target.deposit(amount)"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "await source.save()\n"
                "target = await Account.get(id=target_id)\n"
                "await target.deposit(amount)"
            ),
            right=(
                "async with in_transaction():\n"
                "    await source.save()\n"
                "    target = await Account.get(id=target_id)\n"
                "    await target.deposit(amount)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Commit once, where the unit of work ends (with session.begin(): ...), and let helpers "
            "flush() instead of commit().",
        ),
        (
            "django",
            "Put the writes that belong together in transaction.atomic(), or set ATOMIC_REQUESTS; "
            "raise, do not return, to have it rolled back.",
        ),
        ("peewee", "Put the writes that belong together in one with db.atomic(): ... block."),
        (
            "tortoise",
            "Put the writes that belong together in one in_transaction(), and hand its connection "
            "(using_db) to each where there are several.",
        ),
    ),
    references=("https://docs.djangoproject.com/en/stable/topics/db/transactions/",),
    rule=rule,
)
