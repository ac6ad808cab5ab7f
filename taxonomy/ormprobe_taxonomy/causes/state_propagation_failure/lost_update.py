"""A value was written over another write that came after it had been read."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding, weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, WriteOverwritten
from ormprobe_taxonomy.silence import at_most
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "lost-update"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        needs = "two writes that met"
        yield finding(case, error, at_most=Certainty.LIKELY, needs=needs)
    limit = at_most(case)
    if limit is None:
        return
    for signal in case.signals:
        if isinstance(signal, WriteOverwritten):
            certainty = Certainty.CERTAIN if signal.proven else Certainty.SUSPECTED
            yield _finding(case, signal, weaker(limit, certainty))


def _finding(case: Case, lost: WriteOverwritten, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check that found the value of the last write"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=lost.place,
        at_us=lost.at_us,
        evidence=(lost,),
        transaction=lost.transaction,
        tables=(lost.table,),
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="A write was lost under one that had read the row before it",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "Two tasks, requests or sessions read the same row, each makes a new value of what it read "
        "and writes it. The second write replaces the first as if that had never been."
    ),
    certain=(
        "One read a row, another wrote the same column of it, the first wrote a value to that "
        "column without reading it again, and the failing check found that value."
    ),
    suggests="Such writes whose column no failing check looked at.",
    lookalikes=(
        ("write-conflict", "the database or a version column noticed, and an error was raised"),
        ("an atomic write", "the column is set to an expression over itself: col = col + ?"),
        ("a locked row", "it was read FOR UPDATE, or again after the other write"),
        ("stale-state-after-write", "the row is right; the answer is older than it"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="show = session.get(Show, show_id)\nshow.seats = show.seats - 1",
            right=(
                "session.execute(\n"
                "    update(Show).where(Show.id == show_id).values(seats=Show.seats - 1)\n"
                ")"
            ),
        ),
        Example(
            orm="django",
            wrong="show = Show.objects.get(pk=show_id)\nshow.seats -= 1\nshow.save()",
            right="Show.objects.filter(pk=show_id).update(seats=F('seats') - 1)",
        ),
        Example(
            orm="peewee",
            wrong="show = Show.get_by_id(show_id)\nshow.seats -= 1\nshow.save()",
            right="Show.update(seats=Show.seats - 1).where(Show.id == show_id).execute()",
        ),
        Example(
            orm="tortoise",
            wrong="show = await Show.get(id=show_id)\nshow.seats -= 1\nawait show.save()",
            right="await Show.filter(id=show_id).update(seats=F('seats') - 1)",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Set the column to an expression (show.seats = Show.seats - 1, or update().values()), "
            "or read the row with with_for_update(), or map a version_id_col.",
        ),
        (
            "django",
            "Use F() in an update(), or read the row with select_for_update() inside atomic(), and "
            "save only what changed (update_fields).",
        ),
        (
            "peewee",
            "Use an expression (Show.update(seats=Show.seats - 1)), or read the row with "
            "for_update() inside db.atomic(), and save only what changed (only=...).",
        ),
        (
            "tortoise",
            "Use F() in an update(), or read the row with select_for_update() inside "
            "in_transaction(), and save only what changed (update_fields).",
        ),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/ref/models/expressions/#avoiding-race-conditions-using-f",
        "https://docs.sqlalchemy.org/en/20/orm/versioning.html",
    ),
    rule=rule,
)
