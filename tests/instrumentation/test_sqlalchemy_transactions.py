"""Transactions: who ended each, with which writes; savepoints; what is durable at once."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import Traced, trace
from tests.instrumentation.traced import Event

PROGRAM = """\
import gc, itertools
from models import *
seed()
number = itertools.count(100)
insert = lambda: Author.__table__.insert().values(id=next(number), name="n%d" % next(number))
new = lambda: Author(id=next(number), name="m%d" % next(number))

s = make_session()
s.add(new())
s.commit()  # here: commit
s.add(new())
s.flush()
s.rollback()  # here: rollback
s.add(new())
s.flush()
s.close()  # here: close
with make_session() as s:  # here: left open
    s.add(new())
    s.flush()
try:
    with make_session() as s:  # here: left by an exception
        s.add(new())
        s.flush()
        raise KeyError("x")
except KeyError:
    pass
s = make_session()
try:
    try:
        s.add(new())
        s.flush()
        raise KeyError("x")
    finally:
        s.rollback()  # here: rolled back for an exception
        s.close()
except KeyError:
    pass
with make_session.begin() as s:  # here: maker begin
    s.add(new())
with Session(engine, future=True) as s, s.begin():  # here: session begin
    s.add(new())
try:
    with make_session.begin() as s:  # here: maker begin broken
        s.add(new())
        s.flush()
        raise KeyError("x")
except KeyError:
    pass
with engine.begin() as c:  # here: engine begin
    c.execute(insert())
try:
    with engine.begin() as c:  # here: engine begin broken
        c.execute(insert())
        raise KeyError("x")
except KeyError:
    pass
with engine.connect() as c:  # here: connection left open
    c.execute(insert())
c = engine.connect()
c.execute(insert())
c.close()  # here: connection closed
c = engine.connect()
c.execute(insert())
c.commit()  # here: connection commit
t = c.begin()
c.execute(insert())
t.rollback()  # here: transaction rollback
t = c.begin()
c.execute(insert())
t.commit()  # here: transaction commit
t = c.begin()
c.execute(insert())
t.close()  # here: transaction close
c.close()
def forget():
    s = make_session()
    s.add(new())
    s.flush()  # here: forgotten
forget()
gc.collect()
def forget_connection():
    engine.connect().execute(insert())  # here: forgotten connection
forget_connection()
gc.collect()

s = make_session()
s.add(new())
s.query(Book).count()  # here: autoflush
s.rollback()
s.add(new())
with s.no_autoflush:
    s.query(Book).count()  # here: no autoflush
s.close()

with make_session() as s:
    s.add(new())
    s.flush()  # here: before the savepoint
    with s.begin_nested():
        s.add(new())
        s.flush()  # here: kept
    point = s.begin_nested()
    s.add(new())
    s.flush()  # here: undone
    point.rollback()
    outer = s.begin_nested()
    s.add(new())
    s.flush()  # here: outer
    inner = s.begin_nested()
    s.add(new())
    s.flush()  # here: inner
    inner.commit()
    outer.rollback()
    s.commit()  # here: commit after savepoints
with engine.connect() as c:
    t = c.begin()
    c.execute(insert())
    point = c.begin_nested()
    c.execute(insert())  # here: core undone
    point.rollback()
    t.commit()  # here: core savepoint

with make_session() as s:
    for n in range(70):
        s.execute(insert())
    point = s.begin_nested()
    for n in range(5):
        s.execute(insert())
    point.rollback()
    s.commit()  # here: many writes

automatic = engine.execution_options(isolation_level="AUTOCOMMIT")
with automatic.connect() as c:
    c.execute(insert())  # here: durable
    c.execute(select(Book)).all()
with engine.connect() as c:
    c = c.execution_options(isolation_level="AUTOCOMMIT")
    c.execute(insert())  # here: durable connection
always = create_engine("sqlite://", isolation_level="AUTOCOMMIT", future=True)
with always.connect() as c:
    c.exec_driver_sql("CREATE TABLE t (x)")
    c.exec_driver_sql("INSERT INTO t VALUES (1)")  # here: durable engine

c = engine.connect()
outer = c.begin()
first = Session(bind=c, future=True)
first.add(new())
first.flush()  # here: joined first
first.close()
second = Session(bind=c, future=True)
second.add(new())
second.flush()  # here: joined second
second.close()
outer.rollback()  # here: joined
c.close()

s = make_session()
s.execute(select(Book)).all()
s.commit()  # here: read only
s.close()
with engine.connect() as c:
    c.execute(insert())
    c.invalidate()
    try:
        c.execute(insert())
    except exc.SQLAlchemyError:
        pass
    c.rollback()  # here: invalidated
with engine.connect() as c:
    assert c.execute(text("SELECT 1")).scalar() == 1  # here: at the end
"""


def write_of(traced: Traced, mark: str) -> Event:
    """The one write of a line, which may also have set a savepoint."""
    [found] = [event for event in traced.at(mark) if "affected" in event]
    return found


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("transactions"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "end", "by"),
    [
        ("commit", "commit", "app"),
        ("rollback", "rollback", "app"),
        ("close", "rollback", "close"),
        ("left open", "rollback", "exit"),
        ("left by an exception", "rollback", "exception"),
        ("rolled back for an exception", "rollback", "app"),
        ("maker begin", "commit", "exit"),
        ("session begin", "commit", "exit"),
        ("maker begin broken", "rollback", "exception"),
        ("engine begin", "commit", "exit"),
        ("engine begin broken", "rollback", "exception"),
        ("connection left open", "rollback", "exit"),
        ("connection closed", "rollback", "close"),
        ("connection commit", "commit", "app"),
        ("transaction rollback", "rollback", "app"),
        ("transaction commit", "commit", "app"),
        ("transaction close", "rollback", "close"),
    ],
)
def test_end_of_a_transaction_that_wrote(traced: Traced, mark: str, end: str, by: str) -> None:
    found = traced.ends(mark)

    assert found == [(end, by, 1)]


@pytest.mark.parametrize(
    ("mark", "raised"), [("rollback", None), ("rolled back for an exception", True)]
)
def test_whether_an_exception_was_on_its_way(
    traced: Traced, mark: str, raised: bool | None
) -> None:
    [end] = traced.at(mark, "transaction")

    assert end.get("raised") is raised


def test_forgotten_sessions_and_connections_end_by_garbage_collection(traced: Traced) -> None:
    for mark in ("forgotten", "forgotten connection"):
        statement = traced.at(mark)[0]
        ended = traced.child.one("transaction", id=statement["transaction"])
        assert (ended["end"], ended["by"]) == ("reset", "gc")
        assert ended["writes"] == [statement["id"]]


def test_autoflush_and_flush(traced: Traced) -> None:
    insert, select = traced.at("autoflush")

    assert insert["via"] == "autoflush"
    assert "via" not in select
    assert len(traced.at("no autoflush")) == 1
    assert write_of(traced, "kept")["via"] == "flush"


def test_a_savepoint_names_the_writes_that_it_undid(traced: Traced) -> None:
    number = {
        mark: write_of(traced, mark)["id"]
        for mark in ("before the savepoint", "kept", "undone", "outer", "inner", "core undone")
    }
    undone = [event["writes"] for event in traced.child.of("savepoint", action="rollback")]
    assert undone[:3] == [
        [number["undone"]],
        [number["outer"], number["inner"]],
        [number["core undone"]],
    ]
    [end] = traced.at("commit after savepoints", "transaction")
    assert end["writes"] == [number["before the savepoint"], number["kept"]]
    [end] = traced.at("core savepoint", "transaction")
    assert len(end["writes"]) == 1
    assert number["core undone"] not in end["writes"]


def test_life_of_savepoints(traced: Traced) -> None:
    transaction = traced.only("commit after savepoints", "transaction")["id"]
    actions = [event["action"] for event in traced.child.of("savepoint", transaction=transaction)]

    assert actions == [
        *("begin", "release"),
        *("begin", "rollback"),
        *("begin", "begin", "release", "rollback"),
    ]


def test_writes_beyond_the_cap_are_counted(traced: Traced) -> None:
    [end] = traced.at("many writes", "transaction")

    assert len(end["writes"]) == 64
    assert end["more"] == 6


def test_autocommit_is_durable_at_once(traced: Traced) -> None:
    for mark in ("durable", "durable connection", "durable engine"):
        statement = traced.only(mark)
        assert statement["durable"] is True
        ends = traced.child.of("transaction", id=statement["transaction"])
        assert all(end["writes"] == [] for end in ends)
    assert "durable" not in write_of(traced, "kept")


def test_sessions_that_join_a_transaction(traced: Traced) -> None:
    first, second = write_of(traced, "joined first"), write_of(traced, "joined second")
    [end] = traced.at("joined", "transaction")

    assert first["transaction"] == second["transaction"] == end["id"]
    assert first["session"] != second["session"]
    assert end["writes"] == [first["id"], second["id"]]
    assert (end["end"], end["by"]) == ("rollback", "app")


def test_a_transaction_that_wrote_nothing_is_told_too(traced: Traced) -> None:
    ends = [event for event in traced.child.of("transaction") if not event["writes"]]

    assert ends
    assert all("site" not in event for event in ends)
    assert {event["statements"] for event in ends} >= {1}


def test_an_invalidated_connection_loses_its_writes(traced: Traced) -> None:
    assert len(traced.at("at the end")) == 1
    lost = [event for event in traced.child.of("transaction", end="close") if event["writes"]]
    assert len(lost) == 1


def test_numbers_of_transactions_are_never_reused(traced: Traced) -> None:
    numbers = [event["id"] for event in traced.child.of("transaction")]

    assert len(numbers) == len(set(numbers))
