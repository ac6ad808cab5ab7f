"""An association of a table with itself is read the wrong way round."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, DirectionSwapped
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "relation-direction-swap"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, DirectionSwapped):
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                needs="the rows of the other end, to compare with those that were expected",
            )


def _certainty(signal: DirectionSwapped) -> Certainty:
    """That one row exists the other way round is found for any list that was expected fuller."""
    if signal.fits:
        return Certainty.CERTAIN
    return Certainty.LIKELY if signal.mirrored else Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="An association is read the wrong way round",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A table that refers twice to one other, as followers and followed do, is filtered on one "
        "end where the rows that were asked for were written with the value in the other."
    ),
    certain=(
        "The pair that was asked for was written the other way round in the run, and not this way; "
        "or the members that the check missed belong to the rows of the mirror, and those that "
        "came in their place do not."
    ),
    suggests="As many rows were expected as exist the other way round.",
    lookalikes=(
        ("uncommitted-write", "no row exists, either way"),
        ("wrong-predicate", "the other column is no end of the same association"),
        ("a misread specification", "reads and writes agree with each other"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(User).join(follows, follows.c.follower_id == User.id)",
            right="select(User).join(follows, follows.c.followed_id == User.id)",
        ),
        Example(
            orm="django",
            wrong="User.objects.filter(following=who)",
            right="User.objects.filter(followers=who)",
        ),
        Example(
            orm="peewee",
            wrong="User.select().join(Follow, on=Follow.follower).where(Follow.followed == who)",
            right="User.select().join(Follow, on=Follow.followed).where(Follow.follower == who)",
        ),
        Example(
            orm="tortoise",
            wrong="await User.filter(followers__follower_id=who)",
            right="await User.filter(following__follower_id=who)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Filter on the end that the value was written to, and state primaryjoin and "
            "secondaryjoin of both relationships.",
        ),
        (
            "django",
            "Use the accessor of the other end, with symmetrical=False and a related_name for it.",
        ),
        ("peewee", "Name the key that joins by on=, and filter on the other one."),
        ("tortoise", "State forward_key and backward_key, and use the accessor of the other end."),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/join_conditions.html#self-referential-many-to-many",
    ),
    rule=rule,
)
