"""Conditions over a to-many relation are put to one row of it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, ChildMismatched
from ormprobe_taxonomy.silence import is_silent, silent
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "multi-valued-predicate"


def rule(case: Case) -> Iterator[Finding]:
    if not is_silent(case):
        return
    for signal in case.signals:
        if isinstance(signal, ChildMismatched):
            yield silent(
                case,
                signal,
                ID,
                _certainty(signal),
                variant=signal.kind,
                needs="a parent whose rows of the relation contradict what was asked for",
            )


def _certainty(signal: ChildMismatched) -> Certainty:
    if signal.proven:
        return Certainty.CERTAIN
    if signal.kind == "both" or (signal.held and signal.difference in ("extra", "mixed")):
        return Certainty.LIKELY
    return Certainty.SUSPECTED


CAUSE = Cause(
    id=ID,
    title="Conditions over a to-many relation are put to one row of it",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "A join asks its conditions of one row of the child at a time. Two values of one column "
        "are then never both true, and `child.column <> value` is true of any parent that has "
        "another child."
    ),
    certain=(
        "One joined row's column is asked to equal two values, and a member that the check missed "
        "was written in the run; or a member that came too many has a row with the very value that "
        "the join was to exclude."
    ),
    suggests="A negated condition on a joined to-many relation, and rows too many.",
    lookalikes=(
        ("join-fanout", "the right parents come, several times"),
        ("wrong-predicate", "the column is the parent's own"),
        ("filter-not-applied", "one of the two values is in no condition"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="select(Book).join(Book.tags).where(Tag.name == 'old', Tag.name == 'rare')",
            right=(
                "select(Book).where(Book.tags.any(Tag.name == 'old'), "
                "Book.tags.any(Tag.name == 'rare'))"
            ),
        ),
        Example(
            orm="django",
            wrong="Book.objects.filter(Q(tags__name='old') & Q(tags__name='rare'))",
            right="Book.objects.filter(tags__name='old').filter(tags__name='rare')",
        ),
        Example(
            orm="peewee",
            wrong="Book.select().join(Tag).where(Tag.name != 'rare')",
            right=(
                "rare = Tag.select(Tag.book).where(Tag.name == 'rare')\n"
                "Book.select().where(Book.id.not_in(rare))"
            ),
        ),
        Example(
            orm="tortoise",
            wrong="await Book.exclude(tags__name='rare')",
            right=(
                "rare = await Book.filter(tags__name='rare').values_list('id', flat=True)\n"
                "await Book.exclude(id__in=rare)"
            ),
        ),
    ),
    fixes=(
        ("sqlalchemy", "Ask each condition by its own .any(), and the opposite by ~ .any(...)."),
        (
            "django",
            "Chain filter() for each value, and use exclude() or ~Exists() for the opposite.",
        ),
        ("peewee", "Ask each condition by its own fn.EXISTS() or .in_() over a subquery."),
        (
            "tortoise",
            "Ask each condition by its own subquery: id__in, and not_in for the opposite.",
        ),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/topics/db/queries/#spanning-multi-valued-relationships",
    ),
    rule=rule,
)
