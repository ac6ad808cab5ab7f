"""Transactions of Django: which writes each settled, how it ended, and who asked for it."""

from __future__ import annotations

import pytest

from tests.instrumentation.djangos import Traced, trace

PROGRAM = """\
import sys
from start import *
create()

def write(name):
    return Author.objects.create(name=name)  # here: write

with transaction.atomic():  # here: committed
    write("a")
    write("b")

try:
    with transaction.atomic():  # here: exception
        write("c")
        raise KeyError
except KeyError:
    pass

with transaction.atomic():
    write("d")
    transaction.set_rollback(True)  # here: marked

def tolerant():
    try:
        with transaction.atomic(savepoint=False):
            write("a")
    except IntegrityError:
        pass

with transaction.atomic():  # here: silently
    write("e")
    tolerant()

@transaction.atomic
def decorated():
    write("f")

decorated()  # here: decorated

with transaction.atomic():  # here: outer
    write("g")
    try:
        with transaction.atomic():
            write("h")  # here: inner write
            raise KeyError
    except KeyError:
        pass
    with transaction.atomic():
        write("i")

transaction.set_autocommit(False)
write("j")
transaction.commit()  # here: commit
write("k")
transaction.rollback()  # here: rollback
try:
    write("l")
    raise KeyError
except KeyError:
    transaction.rollback()  # here: rollback of an exception
write("m")
transaction.set_autocommit(True)  # here: autocommit

write("n")  # here: durable

with transaction.atomic():
    list(Author.objects.all())

with transaction.atomic():  # here: hooks
    write("o")
    transaction.on_commit(lambda: write("p"))

with connection.cursor() as cursor:
    cursor.execute("BEGIN")
    cursor.execute("INSERT INTO library_author (name, biography) VALUES ('q', '')")  # here: own
    cursor.execute("ROLLBACK")  # here: own rollback

with transaction.atomic():  # here: shared
    write("r")
    connection.connection.execute("INSERT INTO library_author (name, biography) VALUES ('s', '')")

try:
    with transaction.atomic():  # here: closed block
        write("t")
        connection.close()  # here: closed
except Exception as error:
    print(type(error).__name__, file=sys.stderr)

transaction.set_autocommit(False)
write("u")
connection.close()  # here: close
write("v")  # here: last
sys.stdout.write(",".join(Author.objects.order_by("id").values_list("name", flat=True)))
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("transactions"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "ends"),
    [
        ("committed", [("commit", "exit", 2)]),
        ("exception", [("rollback", "exception", 1)]),
        ("marked", [("rollback", "app", 1)]),
        ("silently", [("rollback", "exit", 1)]),
        ("decorated", [("commit", "exit", 1)]),
        ("outer", [("commit", "exit", 2)]),
        ("commit", [("commit", "app", 1)]),
        ("rollback", [("rollback", "app", 1)]),
        ("rollback of an exception", [("rollback", "app", 1)]),
        ("autocommit", [("commit", "app", 1)]),
        ("hooks", [("commit", "exit", 1)]),
        ("own rollback", [("rollback", "app", 1)]),
        ("shared", [("commit", "exit", 2)]),
        ("closed", [("close", "close", 1)]),
        ("close", [("close", "close", 1)]),
    ],
)
def test_end(traced: Traced, mark: str, ends: list[tuple[str, str, int]]) -> None:
    assert traced.ends(mark) == ends


def test_what_the_database_holds_is_what_was_told(traced: Traced) -> None:
    names = set(traced.child.stdout.split(","))

    assert names == set("abfgijmnoprsv")


def test_writes_outside_of_transactions_last(traced: Traced) -> None:
    found = [statement for statement in traced.at("write") if statement.get("durable")]

    assert len(found) == 3  # two outside of any block, one after a commit
    assert {statement["transaction"] for statement in found} == {None}


def test_a_rollback_to_a_savepoint_names_its_writes(traced: Traced) -> None:
    [outer] = traced.at("outer", "transaction")
    points = traced.child.of("savepoint", transaction=outer["id"])

    assert [point["action"] for point in points][:3] == ["begin", "rollback", "release"]
    [undone] = points[1]["writes"]
    assert undone not in outer["writes"]


def test_an_exception_on_its_way_is_told(traced: Traced) -> None:
    assert traced.only("rollback of an exception", "transaction")["raised"] is True
    assert "raised" not in traced.only("rollback", "transaction")


def test_frames_lead_to_the_block(traced: Traced) -> None:
    found = traced.only("committed", "transaction")

    assert found["frames"] == [found["site"]]


def test_reads_alone_ride_on(traced: Traced) -> None:
    found = [event for event in traced.child.of("transaction") if not event["writes"]]

    assert found
    assert all("site" not in event for event in found)


LEFT = """\
import gc, threading
from start import *
create()

def work():
    transaction.set_autocommit(False)
    Author.objects.create(name="lost")  # here: lost

thread = threading.Thread(target=work)
thread.start()
thread.join()
del thread
gc.collect()
transaction.set_autocommit(False)
Author.objects.create(name="open")  # here: open
import os
os._exit(0)
"""


def test_writes_of_a_thread_that_ended(tmp_path_factory: pytest.TempPathFactory) -> None:
    traced = trace(tmp_path_factory.mktemp("left"), LEFT)

    lost, left_open = traced.only("lost"), traced.only("open")
    ended = {event["id"]: event for event in traced.child.of("transaction")}
    assert (ended[lost["transaction"]]["end"], ended[lost["transaction"]]["by"]) == ("close", "gc")
    assert left_open["transaction"] not in ended
