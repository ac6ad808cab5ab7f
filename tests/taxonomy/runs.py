"""Finished runs for the placing rules: a small suite about harbours, in words of its own."""

from __future__ import annotations

from dataclasses import replace

from ormprobe_taxonomy.finished import Finished, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.placing import RULES

SUITE = (
    ("Sign up", Role.REGISTER, "pilot", None, False, False),
    ("Sign in", Role.LOG_IN, "pilot", None, False, False),
    ("Me", Role.CURRENT, "pilot", None, False, True),
    ("Moor", Role.CREATE, "berth", None, False, True),
    ("Berths", Role.LIST, "berth", None, False, False),
    ("Berths of a pilot", Role.LIST, "berth", None, True, False),
    ("Berth", Role.READ, "berth", "berth", False, False),
    ("Shift", Role.UPDATE, "berth", "berth", False, True),
    ("Pin", Role.RELATE, "pin", "berth", False, True),
    ("Berth again", Role.READ, "berth", "berth", False, False),
)
STATUS = {
    Shape.CRASHED: 500, Shape.REFUSED: 401, Shape.UNFOUND: 404, Shape.METHOD: 405,
    Shape.REDIRECTED: 301, Shape.UNBUILT: 501, Shape.REJECTED: 422,
}  # fmt: skip


def run(
    shapes: dict[str, Shape | tuple[Shape, int]] | None = None,
    roots: dict[str, str] | None = None,
    **facts: object,
) -> Finished:
    """A run of the suite. shapes: how its requests failed, with the number of failed checks."""
    names = [name for name, *_ in SUITE]
    requests: list[Request] = []
    for position, (name, role, resource, needs, filtered, authenticated) in enumerate(SUITE):
        told = (shapes or {}).get(name)
        shape, failed = told if isinstance(told, tuple) else (told, 5)
        root = names.index(roots[name]) if roots and name in roots else position
        requests.append(
            Request(
                position=position,
                outcome=f"request:{name}#{position}",
                name=name,
                role=role,
                resource=resource,
                needs=needs,
                filtered=filtered,
                authenticated=authenticated,
                status=200 if shape is None else STATUS.get(shape, 200),
                shape=shape,
                failed=failed if shape is not None else 0,
                checks=5,
                root=root if shape is not None else None,
                bodied=role in (Role.REGISTER, Role.LOG_IN, Role.CREATE, Role.UPDATE),
                events=(f"report.csv:{position + 2}",),
            )
        )
    made = Finished(requests=tuple(requests), answered=True, database="sqlite")
    return replace(made, **facts)  # type: ignore[arg-type]


def placed(finished: Finished, name: str) -> list[Placement]:
    """What the rules of one category or subcategory say."""
    every = [found for rule in RULES for found in rule(finished)]
    return [found for found in every if name in (found.category, found.subcategory)]
