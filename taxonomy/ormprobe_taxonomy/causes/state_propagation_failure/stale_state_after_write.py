"""What was answered had been read before a write, and the write changed it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import AnsweredStale, Case
from ormprobe_taxonomy.silence import at_most
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "stale-state-after-write"


def rule(case: Case) -> Iterator[Finding]:
    limit = at_most(case)
    if limit is None:
        return
    for signal in case.signals:
        if isinstance(signal, AnsweredStale):
            certainty = Certainty.CERTAIN if signal.values else Certainty.LIKELY
            yield _finding(case, signal, weaker(limit, certainty))


def _finding(case: Case, stale: AnsweredStale, certainty: Certainty) -> Finding:
    needs = None
    if certainty is not Certainty.CERTAIN:
        needs = "a failing check on a value, not on a number of rows"
    return Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=stale.place,
        at_us=stale.at_us,
        evidence=(stale,),
        variant="identity-map" if stale.reread else None,
        transaction=stale.transaction,
        reads=(stale.table,),
        needs=needs,
    )


CAUSE = Cause(
    id=ID,
    title="The answer is older than the write",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "An object, a collection or a cached result was read, its rows were changed by a write "
        "that the object does not know of, and the older state was answered or decided on."
    ),
    certain=(
        "The table was read, then written, and not read again, or read again with the new value in "
        "its rows; the failing check found what the earlier rows held, and expected what was "
        "written."
    ),
    suggests="A number that is that of the rows before the write.",
    lookalikes=(
        ("uncommitted-write", "the rows are as old as the answer: nothing was kept"),
        ("bulk-write-bypass", "the object is right and the rows lack what saving would have done"),
        ("lost-update", "the older value was written back"),
        ("an answer about the past", "the check expected what was there before the write"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "before = len(post.tags)\n"
                "session.execute(insert(post_tags).values(post_id=post.id, tag_id=tag.id))\n"
                "return [each.name for each in post.tags]"
            ),
            right="post.tags.append(tag)\nreturn [each.name for each in post.tags]",
        ),
        Example(
            orm="django",
            wrong=(
                "Order.objects.filter(pk=order.pk).update(state='paid')\n"
                "return {'state': order.state}"
            ),
            right=(
                "Order.objects.filter(pk=order.pk).update(state='paid')\n"
                "order.refresh_from_db()\n"
                "return {'state': order.state}"
            ),
        ),
        Example(
            orm="peewee",
            wrong=(
                "Order.update(state='paid').where(Order.id == order.id).execute()\n"
                "return {'state': order.state}"
            ),
            right=(
                "Order.update(state='paid').where(Order.id == order.id).execute()\n"
                "return {'state': Order.get_by_id(order.id).state}"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=(
                "await post.fetch_related('tags')\n"
                "await post.tags.add(tag)\n"
                "return [each.name for each in post.tags]"
            ),
            right=(
                "await post.tags.add(tag)\n"
                "await post.fetch_related('tags')\n"
                "return [each.name for each in post.tags]"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Change the object or the collection itself, or session.refresh() or expire() it after "
            "a Core write; leave synchronize_session on, and expire_on_commit where others write.",
        ),
        (
            "django",
            "refresh_from_db() after a queryset's update(), prefetch again after related rows were "
            "added, and drop cached properties that hold rows.",
        ),
        (
            "peewee",
            "Get the row again after Model.update().execute(), or set the attribute and save(), "
            "and drop results that were kept from before the write.",
        ),
        (
            "tortoise",
            "refresh_from_db() after an update(), and fetch_related() again after add(), remove() "
            "or clear().",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/session_state_management.html#refreshing-expiring",
        "https://docs.djangoproject.com/en/stable/ref/models/instances/#refreshing-objects-from-database",
    ),
    rule=rule,
)
