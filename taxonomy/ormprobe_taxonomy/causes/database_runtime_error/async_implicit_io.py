"""The ORM had to ask the database where only awaited input and output is possible."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.blame import blamed, finding
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Place, Raised
from ormprobe_taxonomy.signals.connections import ImplicitAccess
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "async-implicit-io"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        access = case.about(ImplicitAccess, error.key)
        excluded = access is not None and not access.closed and access.looped is not False
        yield finding(
            case,
            error,
            access,
            place=_place(error, access),
            at_most=Certainty.CERTAIN if excluded else Certainty.LIKELY,
            variant=access.kind if access is not None else None,
            needs=None if excluded else "the event loop and the session of the failing access",
        )


def _place(error: Raised, access: ImplicitAccess | None) -> Place | None:
    """The line that read the attribute; the request's handler where a serializer read it."""
    if access is not None and access.handler is not None:
        return access.handler
    return access.read if access is not None and access.read is not None else error.place


CAUSE = Cause(
    id=ID,
    title="A lazy load or a synchronous call where only await may reach the database",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.READ,
    definition=(
        "Under asyncio the ORM may ask the database only inside an awaited call. Reading an "
        "attribute that was never loaded, or that a commit had expired, asks it outside of one, "
        "as does a synchronous call on an asynchronous engine."
    ),
    certain=(
        "The ORM refused for want of its greenlet (SQLAlchemy xd2s or xd1r, by itself or inside a "
        "StatementError), while an event loop ran and the object's session was open."
    ),
    suggests="The same refusal where neither the session nor the event loop was seen.",
    lookalikes=(
        ("detached-instance-access", "the session is closed: no load is possible, awaited or not"),
        ("n-plus-one-queries", "the load works; it is only slow"),
        ("unawaited-db-call", "a coroutine is used as if it were its result"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "ship = await session.get(Ship, 7)\nnames = [sailor.name for sailor in ship.crew]"
            ),
            right=(
                "ship = await session.get(Ship, 7, options=[selectinload(Ship.crew)])\n"
                "names = [sailor.name for sailor in ship.crew]"
            ),
        ),
        Example(
            orm="django",
            wrong=("ship = await Ship.objects.aget(pk=7)\nprint(ship.owner.name)"),
            right=(
                "ship = await Ship.objects.select_related('owner').aget(pk=7)\n"
                "print(ship.owner.name)"
            ),
        ),
        Example(
            orm="peewee",
            wrong=("async def owner_of(ship_id):\n    return Ship.get_by_id(ship_id).owner"),
            right=(
                "async def owner_of(ship_id):\n"
                "    return await db.run(lambda: Ship.get_by_id(ship_id).owner)"
            ),
        ),
        Example(
            orm="tortoise",
            wrong=("ship = await Ship.get(id=7)\nnames = [sailor.name for sailor in ship.crew]"),
            right=(
                "ship = await Ship.get(id=7).prefetch_related('crew')\n"
                "names = [sailor.name for sailor in ship.crew]"
            ),
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Load what is read later in the awaited query (options(selectinload(...))), await "
            "session.refresh(obj, [...]) or obj.awaitable_attrs, and make the session factory with "
            "expire_on_commit=False where a commit expired it.",
        ),
        (
            "django",
            "Load what is read later in the awaited query (select_related(), prefetch_related()), "
            "iterate with async for, use the a-methods (aget, acount, asave), or wrap the whole "
            "block with sync_to_async.",
        ),
        (
            "peewee",
            "Run the query inside the bridge: await db.run(function) or await db.list(query), and "
            "read related objects there too, or join them into the query.",
        ),
        (
            "tortoise",
            "Fetch the relation before it is read: prefetch_related() or select_related() in the "
            "query, await obj.fetch_related('name'), or await the relation itself.",
        ),
    ),
    references=(
        "https://sqlalche.me/e/20/xd2s",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads",
    ),
    rule=rule,
)
