"""An instance was handed to a session that does not hold it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.terms import Category, Layer, Severity, Subcategory

ID = "instance-session-mismatch"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        yield finding(case, error)


CAUSE = Cause(
    id=ID,
    title="An object was used with a session it does not belong to",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.TRANSACTION,
    definition=(
        "A session is asked to refresh, delete or take in an object that no session holds, or that "
        "another session holds."
    ),
    certain=(
        "The session refused the object by name: it is not persistent within this session, or it "
        "is already attached to another one."
    ),
    suggests="Objects that are passed between functions which each open a session of their own.",
    lookalikes=(
        ("detached-instance-access", "a read of an unloaded attribute, without another session"),
        ("concurrent-connection-use", "one session used by two tasks at the same time"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "with Session(engine) as first:\n"
                "    crate = first.get(Crate, 1)\n"
                "    with Session(engine) as second:\n"
                "        second.add(crate)"
            ),
            right=(
                "with Session(engine) as first:\n"
                "    crate = first.get(Crate, 1)\n"
                "    with Session(engine) as second:\n"
                "        crate = second.merge(crate)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Use the session that loaded the object, load it again by its key in this session, or "
            "take session.merge(obj) and go on with what merge returns.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/session_state_management.html",),
    rule=rule,
)
