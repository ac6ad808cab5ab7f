"""A write was handed over, its transaction or session ended without a commit, and nobody minded."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised, WriteLost
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "uncommitted-write"

IMPLICIT = frozenset(("close", "gc", "exit", "unknown"))
"""Ends that nobody asked for: the session or connection was let go."""

_MUTATING = frozenset(("POST", "PUT", "PATCH", "DELETE"))


def rule(case: Case) -> Iterator[Finding]:
    lost = [signal for signal in case.signals if isinstance(signal, WriteLost)]
    if case.failing:
        surfaced = [error for error in case.raised() if not _is_absence(error)]
        surfaced = [error for error in surfaced if error.link is not Link.NONE]
        for signal in lost:
            certainty = _certainty(case, signal, surfaced)
            if certainty is not None:
                yield _finding(case, signal, Severity.FAILURE, certainty)
    else:
        for signal in lost:
            if _is_defect(signal):
                yield _finding(case, signal, Severity.DEFECT, Certainty.CERTAIN)


def _is_absence(error: Raised) -> bool:
    """Whether an error only says that a row was not there, as after a loss it is not."""
    return error.reading is not None and error.reading.cause == "result-cardinality-mismatch"


def _certainty(case: Case, lost: WriteLost, errors: list[Raised]) -> Certainty | None:
    """None where the loss cannot have made the outcome fail, or was meant."""
    if lost.harness or lost.by == "exception" or not lost.kept_on:
        return None
    if lost.rehearsal:
        return Certainty.SUSPECTED if lost.read and not errors else None
    if lost.end == "dropped":
        return _certainty_of_dropped(lost, errors)
    implicit = lost.end in ("open", "reset") or lost.by in IMPLICIT or lost.by == "cleanup"
    read = bool(lost.read)
    if not implicit:
        claimed = Certainty.LIKELY if _is_claimed(lost) else Certainty.SUSPECTED
        return claimed if read and not errors else None
    if lost.let_go_by_test:  # which may have been the one to commit
        sure = read and lost.explicit and not errors
        return Certainty.LIKELY if sure else Certainty.SUSPECTED
    if read and not errors:
        return Certainty.CERTAIN if lost.explicit else Certainty.SUSPECTED
    if read:
        return Certainty.LIKELY if lost.explicit else Certainty.SUSPECTED
    return Certainty.SUSPECTED if lost.explicit and not errors else None


def _is_claimed(lost: WriteLost) -> bool:
    """Whether the app rolled back what it then answered for as if it were kept."""
    answered = lost.answered or 0
    asked = _is_asked(lost) and lost.explicit and lost.method in _MUTATING
    return asked and 200 <= answered < 300


def _is_asked(lost: WriteLost) -> bool:
    return lost.by == "app" and lost.end == "rollback"


def _certainty_of_dropped(lost: WriteLost, errors: list[Raised]) -> Certainty | None:
    """New and deleted instances were meant to be written; an attribute may be set for show."""
    if not lost.read or errors:
        return None
    asked = lost.explicit or (lost.method in _MUTATING and (lost.answered or 0) < 300)
    return Certainty.CERTAIN if asked else Certainty.LIKELY


def _is_defect(lost: WriteLost) -> bool:
    """A request that changes data, answered with success, whose explicit writes were dropped."""
    return (
        not lost.harness
        and not lost.rehearsal
        and lost.explicit
        and lost.end in ("rollback", "reset", "close")
        and lost.by in IMPLICIT
        and lost.method in _MUTATING
        and lost.answered is not None
        and 200 <= lost.answered < 300
    )


def _finding(case: Case, lost: WriteLost, severity: Severity, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check that reads the rows which the lost write would have changed"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=severity,
        certainty=certainty,
        place=(lost.ended if _is_asked(lost) else None) or lost.place,
        at_us=lost.at_us,
        evidence=(lost,),
        transaction=lost.transaction,
        session=lost.session,
        tables=lost.tables,
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A write was sent to the database and never committed",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "An INSERT, UPDATE or DELETE reaches the database, or waits in a session for its flush. "
        "The work is reported as done, and the transaction or session ends by close, by garbage "
        "collection or by a returned connection, without a commit."
    ),
    certain=(
        "The transaction that held the write ended without a commit and without the app asking for "
        "a rollback, the scope ended well by its own account, and what failed read the same table "
        "afterwards. Without a failing check: a request answered 2xx whose flushed writes were "
        "dropped when its session closed."
    ),
    suggests="A rollback that the app asked for; a loss whose table nothing read afterwards.",
    lookalikes=(
        (
            "an intended rollback",
            "a test harness, a rollback that the app asked for, or work that calls itself a "
            "preview, a dry run or a validation",
        ),
        ("write-never-emitted", "no statement was sent at all"),
        ("stale-state-after-write", "the write was committed; an older value was answered"),
        ("a rolled-back error", "the transaction ended because of an exception"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.add(loan)\nsession.flush()\nreturn loan.id",
            right="session.add(loan)\nsession.commit()\nreturn loan.id",
        ),
        Example(
            orm="django",
            wrong=(
                "with transaction.atomic():\n    loan.save()\n    transaction.set_rollback(True)"
            ),
            right=("with transaction.atomic():\n    loan.save()"),
        ),
        Example(
            orm="peewee",
            wrong=("with db.manual_commit():\n    db.begin()\n    loan.save()"),
            right=("with db.manual_commit():\n    db.begin()\n    loan.save()\n    db.commit()"),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "async with in_transaction() as connection:\n"
                "    await loan.save(using_db=connection)\n"
                "    await connection.rollback()"
            ),
            right=(
                "async with in_transaction() as connection:\n"
                "    await loan.save(using_db=connection)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Commit where the unit of work ends: session.commit(), or with session.begin(): ... / "
            "with engine.begin() as connection: ... around it. flush() alone is undone on close.",
        ),
        (
            "django",
            "Let atomic() commit: leave set_rollback(True) and early rollback() to the path that "
            "failed, and where autocommit is off call transaction.commit().",
        ),
        (
            "peewee",
            "Let with db.atomic(): ... commit, without a rollback() on the good path; in "
            "manual_commit() end with db.commit() before the connection is closed.",
        ),
        (
            "tortoise",
            "Let in_transaction() commit at its end, without a rollback() on the good path, and "
            "hand its connection (using_db) to every write that belongs to it.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing",),
    rule=rule,
)
