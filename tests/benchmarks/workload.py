"""Operations of a small SQLAlchemy app, timed in blocks on request.

Runs as a process of its own, so that it can be plain, traced by ormprobe or instrumented by
OpenTelemetry: one line `<operation> <repeats>` in, nanoseconds per operation out.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter_ns
from typing import Any

from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

ROWS = 200
LISTED = 50
ASYNCHRONOUS = ("aiosqlite", "asyncpg")


class Base(DeclarativeBase):
    pass


class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    city: Mapped[str]
    weight: Mapped[int]
    note: Mapped[str]


class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]


LISTING = select(Parcel).order_by(Parcel.id).limit(LISTED)
BY_KEY = text("select code from parcels where id = :key")


def parcels() -> list[Parcel]:
    return [
        Parcel(code=f"P{number:05}", city=f"city {number % 7}", weight=number, note="n" * 20)
        for number in range(ROWS)
    ]


def main(kind: str, url: str) -> None:
    if any(f"+{driver}:" in url for driver in ASYNCHRONOUS):
        asyncio.run(asynchronous(kind, url))
    else:
        synchronous(kind, url)


def synchronous(kind: str, url: str) -> None:
    engine = create_engine(url)
    do_not_wait(engine)
    if kind == "opentelemetry":
        instrument(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(parcels())
        session.commit()
    connection = engine.connect()

    def get(number: int) -> None:
        with Session(engine) as session:
            session.get(Parcel, number % ROWS + 1)

    def list_50(number: int) -> None:
        with Session(engine) as session:
            session.scalars(LISTING).all()

    def core(number: int) -> None:
        connection.execute(BY_KEY, {"key": number % ROWS + 1}).fetchall()

    def commit(number: int) -> None:
        with Session(engine) as session:
            session.add(Visit(place="the same"))
            session.commit()

    serve({"get": get, "list": list_50, "core": core, "commit": commit})


def do_not_wait(engine: Engine) -> None:
    """SQLite without waiting for the disk at a commit."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def connected(connection: Any, record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF").close()


def serve(operations: dict[str, Callable[[int], None]]) -> None:
    """Answer requests for blocks until standard input ends."""
    for line in sys.stdin:
        name, repeats = line.split()
        operation, count = operations[name], int(repeats)
        gc.collect()
        started = perf_counter_ns()
        for number in range(count):
            operation(number)
        print((perf_counter_ns() - started) / count, flush=True)


async def asynchronous(kind: str, url: str) -> None:
    engine = create_async_engine(url)
    if kind == "opentelemetry":
        instrument(engine.sync_engine)
    async with engine.begin() as start:
        await start.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all(parcels())
        await session.commit()
    connection = await engine.connect()

    async def get(number: int) -> None:
        async with AsyncSession(engine) as session:
            await session.get(Parcel, number % ROWS + 1)

    async def list_50(number: int) -> None:
        async with AsyncSession(engine) as session:
            (await session.scalars(LISTING)).all()

    async def core(number: int) -> None:
        (await connection.execute(BY_KEY, {"key": number % ROWS + 1})).fetchall()

    async def commit(number: int) -> None:
        async with AsyncSession(engine) as session:
            session.add(Visit(place="the same"))
            await session.commit()

    await serve_in_loop({"get": get, "list": list_50, "core": core, "commit": commit})
    await connection.close()
    await engine.dispose()


async def serve_in_loop(operations: dict[str, Callable[[int], Awaitable[None]]]) -> None:
    """As `serve`, from inside the event loop: nothing else waits for it between blocks."""
    for line in sys.stdin:
        name, repeats = line.split()
        operation, count = operations[name], int(repeats)
        gc.collect()
        started = perf_counter_ns()
        for number in range(count):
            await operation(number)
        print((perf_counter_ns() - started) / count, flush=True)


def instrument(engine: object) -> None:
    """OpenTelemetry as a service would have it: batch processor, here with a no-op exporter."""
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )

    class Nowhere(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    SQLAlchemyInstrumentor().instrument(
        engine=engine, tracer_provider=provider, skip_dep_check=True
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
