"""A session factory, engine or binding was used before anything had set it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.signals.connections import NeverSetUp
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "data-layer-not-initialized"


def rule(case: Case) -> Iterator[Finding]:
    errors = sorted(blamed(case, ID), key=lambda error: error.at_us)
    followed = set[str]()
    for index, error in enumerate(errors):
        empty = case.about(NeverSetUp, error.key)
        certain = _is_unbound(error) or (empty is not None and _is_shown(empty))
        later = [] if error.key in followed else _followers(case, error, errors[index + 1 :])
        followed.update(other.key for other in later)
        # the outcome hangs on what is missing, whichever use of it the failing check saw
        tie = min((error, *later), key=lambda each: _TIES.index(each.link)).link
        found = finding(
            case,
            replace(error, link=tie),
            empty,
            at_most=Certainty.CERTAIN if certain else Certainty.LIKELY,
            needs=None if certain else "the step that would have set it up",
        )
        yield replace(found, echoes=(*found.echoes, *(other.key for other in later)))


_TIES = list(Link)


def _followers(case: Case, error: Raised, later: list[Raised]) -> list[Raised]:
    """Later uses of what this one met, where all of the ORM lacked its set-up."""
    if error.entity is not None or _is_unbound(error) or not _is_refused(case, error):
        return []
    process = error.key.rpartition("/")[0]
    return [
        other
        for other in later
        if other.key.rpartition("/")[0] == process and _is_refused(case, other)
    ]


def _is_refused(case: Case, error: Raised) -> bool:
    """Whether the ORM itself said so, and had never been set up in that process."""
    empty = case.about(NeverSetUp, error.key)
    return empty is not None and empty.refused and not empty.before


def _is_shown(empty: NeverSetUp) -> bool:
    """Whether what was missing is known: by the ORM's own word, or by the app's source."""
    if empty.refused:
        return not empty.before
    return not empty.guarded and empty.setter is not None


def _is_unbound(error: Raised) -> bool:
    return error.type in _UNBOUND


_UNBOUND = frozenset(
    (
        "UnboundExecutionError", "ConnectionDoesNotExist", "AppRegistryNotReady",
        "ImproperlyConfigured",
    )
)  # fmt: skip
"""What libraries raise of a data layer that nobody has set up."""


CAUSE = Cause(
    id=ID,
    title="The data layer was used before it was set up",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.STARTUP,
    definition=(
        "A request, test or job uses the engine, session factory or pool, and the step that "
        "makes it (a lifespan, a start-up hook, an init function) has not run."
    ),
    certain=(
        "The ORM found no engine bound (UnboundExecutionError), or what failed as None is a name "
        "of the app that is empty at first and that another function of the app fills with an "
        "engine, a session factory or a pool."
    ),
    suggests="The app's own guard says that the database is not initialised.",
    lookalikes=(
        ("startup-connection-failure", "the step ran, and could not connect"),
        ("connection-lifecycle-violation", "it was set up, and closed before the use"),
        ("a missing row", "the None is a query's result, not a part of the data layer"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "client = TestClient(app)  # the lifespan, which makes the engine, does not run\n"
                "client.get('/tides')"
            ),
            right="with TestClient(app) as client:\n    client.get('/tides')",
        ),
        Example(
            orm="django",
            wrong=("from shop.models import Order\nprint(Order.objects.count())"),
            right=(
                "import django\n"
                "\n"
                "django.setup()  # with DJANGO_SETTINGS_MODULE set\n"
                "from shop.models import Order\n"
                "\n"
                "print(Order.objects.count())"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("db = SqliteDatabase(None)\nTide.select().count()"),
            right=("db = SqliteDatabase(None)\ndb.init('tides.db')\nTide.select().count()"),
        ),
        Example(
            orm="tortoise",
            wrong=("async def main():\n    print(await Tide.all().count())"),
            right=(
                "async def main():\n"
                "    await Tortoise.init(db_url=url, modules={'models': ['tides.models']})\n"
                "    print(await Tide.all().count())"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Make the engine and session factory in the start path that really runs (lifespan, "
            "on_startup, main), register that step, and in tests enter it (with TestClient(app)).",
        ),
        (
            "django",
            "Set DJANGO_SETTINGS_MODULE and call django.setup() before the first model is "
            "imported or used; manage.py, get_wsgi_application() and pytest-django do both.",
        ),
        (
            "peewee",
            "Initialise the deferred database (db.init(path)) or the proxy "
            "(proxy.initialize(database)) in the start path that really runs, before the first "
            "query.",
        ),
        (
            "tortoise",
            "Await Tortoise.init(db_url=..., modules=...) in the start path that really runs "
            "(lifespan, RegisterTortoise, main), with every module that defines models; in tests "
            "enter the lifespan.",
        ),
    ),
    references=("https://docs.sqlalchemy.org/en/20/orm/session_basics.html#using-a-sessionmaker",),
    rule=rule,
)
