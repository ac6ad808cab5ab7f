"""The database of the Flask app: made once, before the server."""

from __future__ import annotations

import os

from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    marker: Mapped[str] = mapped_column(unique=True)
    body: Mapped[str]


URL = os.environ["DATABASE_URL"]
engine = create_engine(URL, connect_args={"timeout": 30} if URL.startswith("sqlite") else {})

if URL.startswith("sqlite"):

    @event.listens_for(engine, "connect")
    def tune(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        # a write that waits for its turn, not one that finds its snapshot outdated
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]


if __name__ == "__main__":
    Base.metadata.create_all(engine)
