"""The same question was asked again though nothing could have changed its answer."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, LoadsRepeated, QueryRepeated
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "redundant-query"


def rule(case: Case) -> Iterator[Finding]:
    loops = {signal.place for signal in case.signals if isinstance(signal, LoadsRepeated)}
    for signal in case.signals:
        if isinstance(signal, QueryRepeated) and signal.place not in loops:
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                count=signal.count,
            )


CAUSE = Cause(
    id=ID,
    title="The same query was asked again for the same answer",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.READ,
    definition=(
        "One piece of work sends the same statement with the same values again, and nothing was "
        "written and no transaction ended in between, so that the answer is already known."
    ),
    certain=(
        "In one request, or one call of the app, the same text with the same values reached the "
        "database at least twice (small numbers: three times from one line), without a write or "
        "an end of a transaction in between."
    ),
    suggests="The same text with other values.",
    lookalikes=(
        ("n-plus-one-queries", "the same statement for other keys, one for each row"),
        ("a reload after a commit", "the objects had expired, and are asked for anew on purpose"),
        ("a poll", "it waits for another process to write"),
        ("a list and its count", "two statements, of which each answers a question of its own"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "wanted = select(Member).where(Member.card == card)\n"
                "if session.scalar(wanted) is not None:\n"
                "    return session.scalar(wanted).name"
            ),
            right=(
                "wanted = select(Member).where(Member.card == card)\n"
                "member = session.scalar(wanted)\n"
                "if member is not None:\n"
                "    return member.name"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "if Member.objects.filter(card=card).first() is not None:\n"
                "    return Member.objects.filter(card=card).first().name"
            ),
            right=(
                "member = Member.objects.filter(card=card).first()\n"
                "if member is not None:\n"
                "    return member.name"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "if Member.get_or_none(Member.card == card):\n"
                "    return Member.get(Member.card == card).name"
            ),
            right=(
                "member = Member.get_or_none(Member.card == card)\n"
                "if member is not None:\n"
                "    return member.name"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "if await Member.get_or_none(card=card):\n"
                "    return (await Member.get(card=card)).name"
            ),
            right=(
                "member = await Member.get_or_none(card=card)\n"
                "if member is not None:\n"
                "    return member.name"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Keep the first result in a variable and hand it on, or ask by primary key with "
            "session.get(), which answers from the session's identity map.",
        ),
        (
            "django",
            "Keep the first result in a variable and hand it on; a queryset that was evaluated "
            "answers from its own cache, a new filter() asks again.",
        ),
        (
            "peewee",
            "Keep the first result in a variable and hand it on; each get() and each new select() "
            "asks the database again.",
        ),
        (
            "tortoise",
            "Keep the first result in a variable and hand it on; each await of a query asks the "
            "database again.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/session_basics.html",),
    rule=rule,
)
