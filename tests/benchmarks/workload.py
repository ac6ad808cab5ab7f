"""Operations of a small SQLAlchemy app, timed in blocks on request.

Runs as a process of its own, so that it can be plain, traced by ormprobe or instrumented by
OpenTelemetry: one line `<operation> <repeats>` in, nanoseconds per operation out.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

ROWS = 200
LISTED = 50


class Base(DeclarativeBase):
    pass


class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    city: Mapped[str]
    weight: Mapped[int]
    note: Mapped[str]


def main(kind: str, folder: str) -> None:
    engine = create_engine(f"sqlite:///{Path(folder, kind)}.db")
    if kind == "opentelemetry":
        instrument(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            Parcel(code=f"P{number:05}", city=f"city {number % 7}", weight=number, note="n" * 20)
            for number in range(ROWS)
        )
        session.commit()
    listing = select(Parcel).order_by(Parcel.id).limit(LISTED)
    by_key = text("select code from parcels where id = :key")
    connection = engine.connect()

    def get(number: int) -> None:
        with Session(engine) as session:
            session.get(Parcel, number % ROWS + 1)

    def list_50(number: int) -> None:
        with Session(engine) as session:
            session.scalars(listing).all()

    def core(number: int) -> None:
        connection.execute(by_key, {"key": number % ROWS + 1}).fetchall()

    serve({"get": get, "list": list_50, "core": core})


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
