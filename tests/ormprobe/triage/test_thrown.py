"""Tracebacks as libraries really print them, read as causes by their words alone."""

from __future__ import annotations

import asyncio
import gc
import io
import sqlite3
import traceback
import warnings
from collections.abc import Callable

import aiosqlite
import peewee
import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from tortoise import Tortoise, fields
from tortoise.models import Model as TortoiseModel

from ormprobe.logs.model import LogCounts, Traceback
from ormprobe.logs.reading import read_log
from ormprobe.triage.places import Places
from ormprobe.triage.scrubbing import scrubber
from ormprobe.triage.thrown import Told, signals_of, told_of
from ormprobe_taxonomy.causes import CAUSES
from ormprobe_taxonomy.finished import Kind
from ormprobe_taxonomy.signals import Case, CodeBroken
from ormprobe_taxonomy.terms import Certainty, Link


class Base(orm.DeclarativeBase):
    pass


class Ferry(Base):
    __tablename__ = "ferries"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    decks: orm.Mapped[list[Deck]] = orm.relationship()


class Deck(Base):
    __tablename__ = "decks"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    ferry_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("ferries.id"))


def engine(made: bool = True) -> sa.Engine:
    found = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    if made:
        Base.metadata.create_all(found)
    return found


def no_table() -> None:
    with orm.Session(engine(made=False)) as session:
        session.scalars(sa.select(Ferry)).all()


def twice() -> None:
    with orm.Session(engine()) as session:
        session.add_all([Ferry(name="Ida"), Ferry(name="Ida")])
        session.commit()


def detached() -> None:
    with orm.Session(engine()) as session:
        session.add(Ferry(name="Ida"))
        session.commit()
        ferry = session.scalars(sa.select(Ferry)).one()
    len(ferry.decks)


def unawaited() -> None:
    async def serve() -> None:
        bound = create_async_engine("sqlite+aiosqlite://", poolclass=sa.StaticPool)
        async with bound.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(bound) as session:
            session.add(Ferry(name="Ida"))
            await session.commit()
            ferry = (await session.scalars(sa.select(Ferry))).one()
            try:
                len(ferry.decks)
            finally:
                await bound.dispose()

    asyncio.run(serve())


def unbound() -> None:
    with orm.Session(engine()) as session:
        session.execute(sa.text("SELECT id FROM ferries WHERE name = :name"), {"title": "Ida"})


def unjoined() -> None:
    with orm.Session(engine()) as session:
        session.execute(sa.text("SELECT f.id FROM ferries f WHERE d.deck = 1"))


def closed() -> None:
    connection = sqlite3.connect(":memory:")
    connection.close()
    connection.execute("SELECT 1")


def started_twice() -> None:
    async def serve() -> None:
        connection = aiosqlite.connect(":memory:")
        await connection
        try:
            async with connection:
                await connection
        finally:
            await connection.close()

    asyncio.run(serve())


def without_row() -> None:
    with orm.Session(engine()) as session:
        session.scalars(sa.select(Ferry)).one()


def of_peewee() -> None:
    database = peewee.SqliteDatabase(":memory:")

    class Pier(peewee.Model):
        name = peewee.CharField(unique=True)

        class Meta:
            pass

    with database.bind_ctx([Pier]):
        database.create_tables([Pier])
        Pier.create(name="North")
        Pier.create(name="North")


class Buoy(TortoiseModel):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20)


def of_tortoise() -> None:
    async def serve() -> None:
        await Tortoise.init(db_url="sqlite://:memory:", modules={"models": [__name__]})
        await Tortoise.generate_schemas()
        try:
            await Buoy.filter(colour="red")
        finally:
            await Tortoise.close_connections()

    asyncio.run(serve())


def printed(fault: Callable[[], None]) -> Told:
    """What is told of the traceback that a fault prints, read from its text."""
    try:
        fault()
    except Exception:
        text = traceback.format_exc()
    else:
        pytest.fail(f"{fault.__name__} raised nothing")
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # coroutines that nobody awaited warn here, and in no other test
    items = list(read_log(io.BytesIO(text.encode()), LogCounts()))
    (found,) = [item for item in items if isinstance(item, Traceback)]
    return told_of(found, "server.log", 1, Places())


def findings(told: Told) -> list[tuple[str, Certainty]]:
    signals = tuple(signals_of(told, Link.CHAIN, scrubber()))
    case = Case(outcome="request:x#0", failing=True, signals=signals)
    return [(each.cause, each.certainty) for cause in CAUSES for each in cause.rule(case)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (no_table, "schema-not-created"),
        (twice, "integrity-violation"),
        (detached, "detached-instance-access"),
        (unawaited, "async-implicit-io"),
        (unbound, "malformed-statement"),
        (unjoined, "unresolved-reference"),
        (closed, "connection-lifecycle-violation"),
        (started_twice, "connection-lifecycle-violation"),
        (without_row, "result-cardinality-mismatch"),
        (of_peewee, "integrity-violation"),
        (of_tortoise, "unresolved-reference"),
    ],
)
def test_a_printed_exception_is_read_as_its_cause(fault: Callable[[], None], cause: str) -> None:
    told = printed(fault)

    assert told.reading is not None
    assert told.reading.cause == cause
    assert [each for each, certainty in findings(told) if certainty is not Certainty.SUSPECTED] == [
        cause
    ]


def test_its_place_is_the_innermost_line_of_the_app() -> None:
    told = printed(twice)

    assert told.place is not None
    assert told.place.function == "twice"
    assert told.place.file.endswith("test_thrown.py")


def test_values_of_its_message_are_digests() -> None:
    told = printed(twice)
    (raised, *_) = signals_of(told, Link.CHAIN, scrubber())
    (plain, *_) = signals_of(told, Link.CHAIN, scrubber("plain"))

    assert "Ida" not in raised.says
    assert "UNIQUE constraint failed: ferries.name" in raised.says
    assert "UNIQUE constraint failed: ferries.name" in plain.says


def test_a_plain_error_beside_data_access_is_the_data_layers() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/code/quay/handlers.py", line 8, in show\n'
        "    return ferries.busiest()\n"
        '  File "/code/quay/repositories/ferries.py", line 31, in busiest\n'
        "    return self.session.scalars(select(Feery)).all()\n"
        "NameError: name 'Feery' is not defined\n"
    )
    (item,) = read_log(io.BytesIO(text.encode()), LogCounts())
    assert isinstance(item, Traceback)
    told = told_of(item, "server.log", 1, Places(["quay/repositories/ferries.py"]))

    (signal,) = signals_of(told, Link.CHAIN, scrubber())

    assert isinstance(signal, CodeBroken)
    assert str(signal.place) == "quay/repositories/ferries.py:31"
    assert findings(told) == [("data-layer-code-error", Certainty.LIKELY)]


@pytest.mark.parametrize(
    ("frame", "line", "error", "kind"),
    [
        (
            "/code/quay/views.py",
            "total = fare / 0",
            "ZeroDivisionError: division by zero",
            Kind.APP,
        ),
        ("/code/quay/views.py", "pilot = request['user']", "KeyError: 'user'", Kind.CALLER),
        (
            "/code/quay/views.py",
            "raise NotImplementedError",
            "NotImplementedError",
            Kind.UNBUILT,
        ),
        (
            "/usr/lib/python3.12/site-packages/jwt/api_jws.py",
            "raise DecodeError('Not enough segments')",
            "jwt.exceptions.DecodeError: Not enough segments",
            Kind.AUTH,
        ),
        (
            "/usr/lib/python3.12/site-packages/fastapi/routing.py",
            "raise ResponseValidationError(",
            "fastapi.exceptions.ResponseValidationError: 1 validation errors:",
            Kind.FRAMEWORK,
        ),
    ],
)
def test_whose_an_exception_is_that_no_table_reads(
    frame: str, line: str, error: str, kind: Kind
) -> None:
    text = (
        "Traceback (most recent call last):\n"
        f'  File "{frame}", line 8, in show\n'
        f"    {line}\n"
        f"{error}\n"
    )
    (item,) = read_log(io.BytesIO(text.encode()), LogCounts())
    assert isinstance(item, Traceback)

    assert told_of(item, "server.log", 1, Places()).kind is kind
