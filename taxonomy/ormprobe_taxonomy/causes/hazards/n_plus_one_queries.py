"""One line loads again for each row of an earlier result."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, LoadsRepeated
from ormprobe_taxonomy.terms import Certainty, Layer, Severity

ID = "n-plus-one-queries"


def rule(case: Case) -> Iterator[Finding]:
    for signal in case.signals:
        if isinstance(signal, LoadsRepeated):
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.HAZARD,
                certainty=Certainty.CERTAIN,
                place=signal.place,
                at_us=0,
                evidence=(signal,),
                variant=signal.kind,
                facet=signal.about,
                count=signal.count,
            )


CAUSE = Cause(
    id=ID,
    title="One query for each row of an earlier result",
    category=None,
    subcategory=None,
    severity=Severity.HAZARD,
    layer=Layer.READ,
    definition=(
        "A loop over the rows of one query runs another query for each of them, where one more "
        "query or a join would fetch them all."
    ),
    certain=(
        "Two or more loads from one line in one scope, lazily or by key, whose keys all came from "
        "one earlier result."
    ),
    suggests="The same statement many times from one line, keys of unknown origin.",
    lookalikes=(
        ("a batched load", "selectin, subquery and joined loading ask once for all rows"),
        ("single loads", "objects that were each fetched by themselves, or one load a request"),
        ("redundant-query", "the same statement with the same binds: nothing new is asked"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="for route in session.scalars(select(Route)):\n    print(route.driver.name)",
            right=(
                "wanted = select(Route).options(selectinload(Route.driver))\n"
                "for route in session.scalars(wanted):\n    print(route.driver.name)"
            ),
        ),
        Example(
            orm="django",
            wrong=("for route in Route.objects.all():\n    print(route.driver.name)"),
            right=(
                "for route in Route.objects.select_related('driver'):\n    print(route.driver.name)"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("for route in Route.select():\n    print(route.driver.name)"),
            right=(
                "for route in Route.select(Route, Driver).join(Driver):\n"
                "    print(route.driver.name)"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("for route in await Route.all():\n    print((await route.driver).name)"),
            right=(
                "for route in await Route.all().select_related('driver'):\n"
                "    print(route.driver.name)"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Load the relation with the first query: options(selectinload(...)) for collections, "
            "joinedload(...) for a single object; for get() in a loop, one select with "
            "Model.id.in_(ids).",
        ),
        (
            "django",
            "Load the relation with the first query: select_related() for a single object, "
            "prefetch_related() for collections; for get() in a loop, one in_bulk() or "
            "filter(pk__in=ids).",
        ),
        (
            "peewee",
            "Load the relation with the first query: a join that selects both models for a single "
            "object, prefetch() for collections; for get_by_id() in a loop, one query with "
            "Model.id.in_(ids).",
        ),
        (
            "tortoise",
            "Load the relation with the first query: select_related() for a single object, "
            "prefetch_related() for collections; for get() in a loop, one filter(id__in=ids).",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",),
    rule=rule,
)
