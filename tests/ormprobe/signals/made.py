"""A small timeline made by hand: scopes and what happened in them, at microseconds of choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ormprobe.signals.known import Known
from ormprobe.source import Source
from ormprobe.timeline.model import (
    Check,
    EntityRows,
    Error,
    Failure,
    Link,
    Load,
    Rows,
    Scope,
    Shape,
    Site,
    Statement,
    Transaction,
)
from ormprobe.timeline.run import Column, Connection, CreatedTable, Engine, Run, Table

PROCESS = "1-1"
APP = Site("shop/orders.py", 7, "place_order")
CALLER = Site("shop/views.py", 21, "checkout")
TEST = Site("tests/test_orders.py", 30, "test_order")


def known_of(app: Path, *tables: Table, system: str = "sqlite") -> Known:
    """What detectors may ask: one engine, the mapped tables, the source under `app`."""
    run = Run()
    run.engines[PROCESS, 1] = engine(system=system)
    run.tables.update({table.name: table for table in tables})
    return Known(run, Source(app))


def table(name: str, *columns: str, **references: str) -> Table:
    """A mapped table, `orders` of `Order`; a keyword names a column and the one it refers to."""
    plain = [Column(column, primary_key=column == "id") for column in columns]
    keys = [Column(column, foreign_key=target) for column, target in references.items()]
    return Table("1-1:2", name, name.title().removesuffix("s"), (*plain, *keys))


def created(name: str, at_us: int) -> CreatedTable:
    return CreatedTable("1-1:3", PROCESS, name, at_us, 50)


def engine(at_us: int = 0, site: Site | None = None, system: str = "sqlite") -> Engine:
    return Engine("1-1:4", PROCESS, 1, at_us, system, site=site)


def connection(number: int, opened_us: int = 0, **fields: Any) -> Connection:
    return Connection(f"1-1:{number}", PROCESS, number, opened_us, **fields)


def request(number: int = 2, at: int = 0, end: int = 900, **fields: Any) -> Scope:
    told = {"outcome": "passed", "status": 200, "method": "POST", "ended_us": end, **fields}
    return Scope(PROCESS, number, "request", "POST /orders", f"1-1:{number}", at, **told)


def failed_test(*children: Scope, **fields: Any) -> Scope:
    """A failed test that lasts 1,000 microseconds, with its requests."""
    told = {"outcome": "failed", "ended_us": 1000, "children": list(children), **fields}
    scope = Scope(PROCESS, 1, "test", "tests/test_orders.py::test_order", "1-1:1", 0, **told)
    for child in children:
        child.parent = scope
    return scope


def process_scope(**fields: Any) -> Scope:
    told = {"outcome": "failed", "ended_us": 1000, **fields}
    return Scope(PROCESS, 0, "process", "app.py", "1-1:1", 0, **told)


def statement(
    text: str, at: int, *binds: Shape, number: int | None = None, **fields: Any
) -> Statement:
    told = {"site": APP, "scope": 1, "connection": 50, **fields}
    return Statement(
        number=at if number is None else number,
        event=f"1-1:{at}",
        at_us=at,
        duration_us=1,
        text=text,
        operation=text.split()[0].upper(),
        binds=binds,
        **told,
    )


def read(at: int, *keys: Shape, entity: str = "Order", text: str = "", **fields: Any) -> Statement:
    """A SELECT that returned objects with these keys."""
    rows = Rows(f"1-1:{at}r", len(keys), (EntityRows(entity, len(keys), keys),))
    return statement(text or f"SELECT id FROM {entity.lower()}s", at, rows=rows, **fields)


def lazy(
    at: int,
    parent: Shape,
    kind: str = "lazy",
    entity: str = "Order",
    attribute: str | None = "buyer",
    **fields: Any,
) -> Statement:
    """The load of an attribute for the object with that key."""
    told = {"load": Load(kind, entity, attribute), "parent": parent, **fields}
    return statement("SELECT * FROM buyers WHERE id = ?", at, parent, **told)


def wrote(transaction: Transaction, text: str, at: int, scope: int = 1, **fields: Any) -> Statement:
    told = {"transaction": transaction.number, "session": transaction.session, **fields}
    found = statement(text, at, scope=scope, settled_by=transaction, **told)
    transaction.writes.append(found)
    return found


def transaction(
    end: str = "rollback", by: str | None = "close", at: int | None = 100, **fields: Any
) -> Transaction:
    told = {"connection": 50, "session": 9, "began_us": 1, "site": CALLER, **fields}
    return Transaction(20, "1-1:t", ended_us=at, end=end, pending=False, by=by, **told)


def error(
    kind: str = "IntegrityError",
    at: int = 50,
    message: str = "UNIQUE constraint failed: users.email",
    **fields: Any,
) -> Error:
    """What sqlite3 raised, wrapped by SQLAlchemy, in the app's code called from a test."""
    told = {"scope": 1, "site": APP, "frames": (APP, CALLER, TEST), **fields}
    inner = Link(kind, (kind, "DatabaseError"), message, "sqlite3", relation="orig")
    if "chain" not in told:
        told["chain"] = (inner,)
    mro = (kind, "DBAPIError", "SQLAlchemyError")
    number = told.pop("number", at)
    return Error(
        number, f"1-1:{at}", at_us=at, type=kind, module="sqlalchemy.exc", mro=mro,
        message=f"(sqlite3.{kind}) {message}", **told,
    )  # fmt: skip


def detached(at: int = 50, **fields: Any) -> Error:
    message = "Parent instance is not bound to a Session; lazy load operation cannot proceed"
    told = {"entity": "Order", "chain": (), **fields}
    return error("DetachedInstanceError", at, message, **told)


def failure(*errors: Error, at: int = 900, frames: tuple[Site, ...] = (TEST,)) -> Failure:
    """The end of a scope by an exception that leads to these errors."""
    head = Link("AssertionError" if not errors else "Wrapped", frames=frames)
    links = [Link(e.type, e.mro, e.message, error_number=e.number, error=e) for e in errors]
    return Failure(f"1-1:{at}f", at, "call", (head, *links))


def check(at: int = 900, site: Site | None = TEST, left: Shape = 1, right: Shape = 2) -> Check:
    return Check(f"1-1:{at}c", at, "==", left, right, site=site)
