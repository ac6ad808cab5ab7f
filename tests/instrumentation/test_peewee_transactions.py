"""Transactions of Peewee: who ended them, how, and which writes they settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, python_version
from tests.instrumentation.peewees import peewee_version, trace

PROGRAM = """\
from models import *
seed()

def add(name):
    return Author.create(name=name)

with db.atomic():  # here: block
    add("block")
try:
    with db.atomic():  # here: exception
        add("exception")
        raise ValueError
except ValueError:
    pass
with db.atomic() as transaction:
    add("undone")
    transaction.rollback()  # here: explicit rollback
with db.atomic() as transaction:  # here: rest
    add("first")
    transaction.commit()  # here: explicit commit
    add("second")
with db.atomic():  # here: outer
    add("kept")
    try:
        with db.atomic():
            add("inner undone")
            raise ValueError
    except ValueError:
        pass
    with db.atomic():
        add("inner kept")
with db.atomic():  # here: outer of explicit
    with db.atomic() as point:
        add("point undone")
        point.rollback()
        add("after the point")

@db.atomic()
def decorated():
    add("decorated")
decorated()  # here: decorated

with db.transaction():  # here: transaction
    add("transaction")
with db.manual_commit():
    db.begin()
    add("manual")
    db.commit()  # here: manual commit
    db.begin()
    add("manual undone")
    db.rollback()  # here: manual rollback
try:
    with db.manual_commit():
        db.begin()
        try:
            add("manual failed")
            raise ValueError
        except ValueError:
            db.rollback()  # here: cleanup
            raise
except ValueError:
    pass
with db.atomic():
    list(Author.select())  # here: read only
db.execute_sql("BEGIN")
add("words")
db.execute_sql("COMMIT")  # here: words
db.begin()
add("session")
db.session_rollback() if db.in_transaction() else db.rollback()  # here: begun by hand
with db.savepoint():  # here: savepoint alone
    add("savepoint alone")
with db.atomic():  # here: raw inside
    add("orm beside raw")
    db.connection().execute("INSERT INTO tag (label) VALUES ('raw in transaction')")  # here: raw
add("autocommit")  # here: autocommit
db.begin()
add("never committed")
db.close()  # here: close
db.connect()
with db:  # here: with database
    add("with database")
db.connect()
db.begin()
add("open at death")  # here: open
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("transactions"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "ends"),
    [
        ("block", [("commit", "exit", 1)]),
        ("exception", [("rollback", "exception", 1)]),
        ("explicit rollback", [("rollback", "app", 1)]),
        ("explicit commit", [("commit", "app", 1)]),
        ("rest", [("commit", "exit", 1)]),
        ("outer", [("commit", "exit", 2)]),
        ("outer of explicit", [("commit", "exit", 1)]),
        ("decorated", [("commit", "exit", 1)]),
        ("transaction", [("commit", "exit", 1)]),
        ("manual commit", [("commit", "app", 1)]),
        ("manual rollback", [("rollback", "app", 1)]),
        ("cleanup", [("rollback", "app", 1)]),
        ("words", [("commit", "app", 1)]),
        ("begun by hand", [("rollback", "app", 1)]),
        ("savepoint alone", [("commit", "exit", 1)]),
        ("raw inside", [("commit", "exit", 2)]),
        ("close", [("close", "close", 1)]),
        ("with database", [("commit", "exit", 1)]),
        ("open", []),
    ],
)
def test_ends(traced: Traced, mark: str, ends: list[tuple[str, str, int]]) -> None:
    if python_version() < (3, 10):  # a block ends at its last line, which may have an end, too
        assert traced.ends(mark)[-len(ends) :] == ends or not ends
    else:
        assert traced.ends(mark) == ends


def test_a_rollback_while_an_exception_is_on_its_way(traced: Traced) -> None:
    assert traced.at("cleanup", "transaction")[0]["raised"] is True
    assert "raised" not in traced.at("manual rollback", "transaction")[0]


def test_writes_are_numbers_of_statements(traced: Traced) -> None:
    [end] = traced.at("raw inside", "transaction")

    numbers = {event["id"]: event for event in traced.child.of("statement")}
    first, second = (numbers[number] for number in end["writes"])
    assert first["orm"] == "peewee"
    assert second["source"] == "app"
    assert first["transaction"] == second["transaction"] == end["id"]
    assert first["connection"] == second["connection"] == end["connection"]


def test_autocommit_is_in_no_transaction(traced: Traced) -> None:
    [site] = [traced.line("autocommit")]
    statements = [
        event
        for event in traced.child.of("statement")
        if site in [traced.child.site(number)[1] for number in event.get("callers", [])]
    ]
    assert statements == []  # callers are told of reads
    durable = [event for event in traced.child.of("statement") if event.get("durable")]
    assert all(event["transaction"] is None for event in durable)


def test_savepoints(traced: Traced) -> None:
    [end] = traced.at("outer", "transaction")

    points = traced.child.of("savepoint", transaction=end["id"])
    actions = [point["action"] for point in points]
    assert actions[:2] == ["begin", "rollback"]
    assert actions[-2:] == ["begin", "release"]
    assert len(points[1]["writes"]) == 1
    assert points[1]["writes"][0] not in end["writes"]


def test_a_transaction_that_only_read(traced: Traced) -> None:
    [statement] = traced.at("read only")
    end = traced.child.one("transaction", id=statement["transaction"])

    assert end["writes"] == []
    assert end["end"] == "commit"


def test_open_at_death(traced: Traced) -> None:
    last = traced.child.of("statement")[-1]

    assert last["transaction"] is not None
    assert "durable" not in last
    ended = [event["end"] for event in traced.child.of("transaction", id=last["transaction"])]
    assert ended in ([], ["close"])  # the interpreter may collect the connection at its end


LOST = """\
import threading
from models import *
seed()
def work():
    db.connect()
    db.begin()
    Author.create(name="lost")
thread = threading.Thread(target=work)
thread.start()
thread.join()
import gc; gc.collect()
print(Author.select().where(Author.name == "lost").count())  # here: after
"""


def test_a_thread_that_dies_with_its_connection(tmp_path: Path) -> None:
    traced = trace(tmp_path, LOST)

    assert traced.child.stdout == "0\n"
    [end] = [event for event in traced.child.of("transaction") if event["end"] == "close"]
    assert end["by"] == "gc"
    assert len(end["writes"]) == 1


CALLBACKS = """\
from models import *
seed()
with db.atomic():
    Author.create(name="callback")
    db.after_commit(lambda: print("committed"))
"""


@pytest.mark.skipif(peewee_version() < (4, 0), reason="4.x brought after_commit()")
def test_callbacks_run_as_ever(tmp_path: Path) -> None:
    assert trace(tmp_path, CALLBACKS).child.stdout == "committed\n"
