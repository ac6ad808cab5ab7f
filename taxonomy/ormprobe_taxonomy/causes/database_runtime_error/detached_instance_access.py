"""An unloaded or expired attribute was read on an object that no session holds any more."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ObjectLeft, Place, Raised
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "detached-instance-access"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        left = case.about(ObjectLeft, error.key)
        known = left is not None and (left.closed is not None or left.loaded is not None)
        yield finding(
            case,
            error,
            left,
            place=_place(error, left),
            at_most=Certainty.CERTAIN if known or error.entity else Certainty.LIKELY,
            needs=None if known else "the session that the object had left",
        )


def _place(error: Raised, left: ObjectLeft | None) -> Place | None:
    """Where the object went out of its session without what is read later.

    Code that closes its own session and reads on is wrong where it reads; code that hands the
    object out is wrong where it loaded it.
    """
    if left is None:
        return error.place
    accessed = left.accessed or error.place
    closed, loaded = left.closed, left.loaded
    if closed is not None and accessed is not None and _same_function(closed, accessed):
        return accessed
    if closed is not None and loaded is not None and _same_function(closed, loaded):
        return loaded
    return closed or loaded or accessed


def _same_function(one: Place, other: Place) -> bool:
    return one.file == other.file and one.function == other.function


CAUSE = Cause(
    id=ID,
    title="An attribute was read after its object had left the session",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.TRANSACTION,
    definition=(
        "An attribute that was never loaded, or that a commit had expired, is read on an object "
        "whose session is closed or gone, so nothing can load it."
    ),
    certain=(
        "The ORM raised its detached-instance error (SQLAlchemy code bhk3), and the session that "
        "the object had belonged to ended earlier in the same run."
    ),
    suggests="An object that outlives a request: a module-level cache, an object kept in a thread.",
    lookalikes=(
        ("async-implicit-io", "the session is open, but only awaited input and output is possible"),
        (
            "instance-session-mismatch",
            "the object is handed to a session that does not hold it; nothing is loaded lazily",
        ),
        ("n-plus-one-queries", "the same lazy load with the session open: slow, but it works"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "def shelf(name):\n"
                "    with Session(engine) as session:\n"
                "        return session.scalar(select(Shelf).where(Shelf.name == name))\n\n"
                "len(shelf('B').boxes)"
            ),
            right=(
                "def shelf(name):\n"
                "    with Session(engine) as session:\n"
                "        wanted = select(Shelf).where(Shelf.name == name)\n"
                "        return session.scalar(wanted.options(selectinload(Shelf.boxes)))\n\n"
                "len(shelf('B').boxes)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Load what is read later while the session is open (options(selectinload(...))), keep "
            "the session open until the answer is built, or set expire_on_commit=False where only "
            "a commit expired it.",
        ),
    ),
    references=("https://sqlalche.me/e/20/bhk3",),
    rule=rule,
)
