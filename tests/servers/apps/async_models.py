"""The database of the asyncio apps: made once, before the server."""

from __future__ import annotations

import asyncio
import os

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    marker: Mapped[str] = mapped_column(unique=True)
    body: Mapped[str]


URL = os.environ["DATABASE_URL"]
SYNCHRONOUS = URL.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg")
options = {"connect_args": {"timeout": 30}} if URL.startswith("sqlite") else {}
async_engine = create_async_engine(URL, **options)
engine = create_engine(SYNCHRONOUS, **options)
make_async_session = async_sessionmaker(async_engine, expire_on_commit=False)
make_session = sessionmaker(engine)


def tune(made: Engine) -> None:
    @event.listens_for(made, "connect")
    def connected(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(made, "begin")
    def begin(connection: object) -> None:
        # a write that waits for its turn, not one that finds its snapshot outdated
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]


if URL.startswith("sqlite"):
    tune(async_engine.sync_engine)
    tune(engine)


async def make() -> None:
    async with async_engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await async_engine.dispose()


if __name__ == "__main__":
    asyncio.run(make())
