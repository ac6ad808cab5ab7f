"""A result, row or mapped object is used as something that it is not."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.signals.refusals import ObjectMisused
from ormprobe_taxonomy.terms import Category, Layer, Severity, Subcategory

ID = "result-object-misuse"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        yield finding(case, error, case.about(ObjectMisused, error.key))


CAUSE = Cause(
    id=ID,
    title="A result or row was used as something it is not",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "The statement did its work, and the code handles what it gave back as something else: a "
        "result as a list, a row as the entity or a dict, a mapped object as JSON, a statement as "
        "its rows, or a result that has no rows or is used up."
    ),
    certain=(
        "The ORM says so (does not return rows, unique() must be invoked, no such column in row), "
        "the error was raised inside its row classes, or Python names the class of the object, and "
        "that is one of the ORM's results or a class that the run saw mapped."
    ),
    suggests="An index or attribute that a tuple or scalar lacks, in code that reads rows.",
    lookalikes=(
        ("unawaited-db-call", "Python names a coroutine: the result was never there"),
        ("result-cardinality-mismatch", "Python names NoneType: there was no row"),
        ("connection-lifecycle-violation", "the result was closed with its connection"),
        ("projection-mismatch", "it was serialized well, in another shape than was wanted"),
        ("data-layer-code-error", "the class that Python names is the app's own, and not mapped"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="rows = session.execute(select(Buoy))\nreturn [row.colour for row in rows]",
            right="buoys = session.scalars(select(Buoy))\nreturn [buoy.colour for buoy in buoys]",
        ),
        Example(
            orm="django",
            wrong="return JsonResponse({'crew': ship.crew})",
            right="return JsonResponse({'crew': list(ship.crew.values('id', 'name'))})",
        ),
        Example(
            orm="peewee",
            wrong="return jsonify(Buoy.select())",
            right="return jsonify(list(Buoy.select().dicts()))",
        ),
        Example(
            orm="tortoise",
            wrong=("buoy = await Buoy.all().only('id').first()\nprint(buoy.colour)"),
            right=("buoy = await Buoy.all().only('id', 'colour').first()\nprint(buoy.colour)"),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Take entities with scalars() and rows as dicts with mappings(), add .unique() where a "
            "collection is loaded by a join, .returning() where a write should give rows, and "
            "turn objects into dicts before they become JSON.",
        ),
        (
            "django",
            "Turn what the ORM gives into what is wanted: .all() on a related manager, list() "
            "before JSON, .values() for dictionaries, get() or first() for one object.",
        ),
        (
            "peewee",
            "Turn what the ORM gives into what is wanted: list() or iteration for rows, .dicts() "
            "for dictionaries, model_to_dict() before JSON, get() or first() for one object.",
        ),
        (
            "tortoise",
            "Turn what the ORM gives into what is wanted: .values() for dictionaries, a pydantic "
            "model before JSON, and load with only() every field that is read or saved later.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/core/connections.html#working-with-results",),
    rule=rule,
)
