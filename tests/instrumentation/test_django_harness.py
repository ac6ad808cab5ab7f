"""Django's own test cases: what they hold around a test is not the app's transaction."""

from __future__ import annotations

import pytest

from tests.instrumentation.djangos import Traced, trace

TESTS = """\
import unittest
from start import *
from django.test import TestCase, TransactionTestCase
from django.test.utils import setup_test_environment
from work import *

class Cases(TestCase):
    @classmethod
    def setUpTestData(cls):
        Author.objects.create(name="shared")  # here: test data

    def test_plain(self):
        plain("a")

    def test_block(self):
        block("b")

    def test_refused(self):
        with self.assertRaises(KeyError):
            refused("c")

    def test_marked(self):
        marked("d")

    def test_nested(self):
        nested("e")

    def test_deleted(self):
        plain("x")
        deleted()

    def test_without_a_savepoint(self):
        with self.assertRaises(KeyError):
            without_a_savepoint("f")

    def test_recursive(self):
        recursive(2)

    def test_hooks(self):
        with self.captureOnCommitCallbacks(execute=True):
            hooked("g")

    def test_swallowed(self):
        swallowed()

    def test_driver(self):
        driver()

class Real(TransactionTestCase):
    def test_real(self):
        block("real")

if __name__ == "__main__":
    from django.db import connection
    create()
    unittest.main(verbosity=0)
"""

WORK = """\
from start import *

def plain(name):
    Author.objects.create(name=name)  # here: plain

def block(name):
    with transaction.atomic():  # here: block
        Author.objects.create(name=name)  # here: block write
    list(Author.objects.all())

def refused(name):
    with transaction.atomic():  # here: refused
        Author.objects.create(name=name)
        raise KeyError

def marked(name):
    with transaction.atomic():
        Author.objects.create(name=name)
        transaction.set_rollback(True)  # here: marked

def nested(name):
    with transaction.atomic():  # here: nested
        Author.objects.create(name=name)
        try:
            with transaction.atomic():
                Author.objects.create(name=name + "2")  # here: nested write
                raise KeyError
        except KeyError:
            pass

def deleted():
    Author.objects.get(name="x").delete()  # here: deleted

def without_a_savepoint(name):
    with transaction.atomic(savepoint=False):  # here: without
        Author.objects.create(name=name)
        raise KeyError

@transaction.atomic
def recursive(depth):
    Author.objects.create(name="deep %d" % depth)
    if depth:
        recursive(depth - 1)

def hooked(name):
    with transaction.atomic():  # here: hooked
        Author.objects.create(name=name)
        transaction.on_commit(lambda: Author.objects.create(name=name + "2"))  # here: hook

def driver():
    raw = connection.connection
    raw.execute("INSERT INTO library_tag (label) VALUES ('a')")  # here: driver
    try:
        raw.execute("INSERT INTO nowhere VALUES (1)")
    except Exception:
        pass
    with transaction.atomic():  # here: driver block
        raw.execute("INSERT INTO library_tag (label) VALUES ('b')")  # here: driver inside
    Author.objects.create(name="after the driver")  # here: after

def swallowed():
    with transaction.atomic():  # here: swallowed
        Author.objects.create(name="ok")
        try:
            with transaction.atomic():
                Author.objects.create(name="shared")  # here: refused write
        except IntegrityError:
            pass
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    folder = tmp_path_factory.mktemp("harness")
    # the tests use the database that is there: they are run without Django's own runner
    found = trace(folder, TESTS, files={"work.py": WORK})
    return InWork(WORK, found.child)


class InWork(Traced):
    """Marks of `work.py`, the app's code."""

    def site(self, mark: str) -> set[int]:
        lines = self.lines(mark)
        return {
            site["id"]
            for site in self.child.of("site", **{"code.file.path": "work.py"})
            if site["code.line.number"] in lines
        }


def test_what_is_outside_of_the_apps_blocks_lasts(traced: Traced) -> None:
    assert {(found["transaction"], found["durable"]) for found in traced.at("plain")} == {
        (None, True)
    }
    assert traced.only("hook")["durable"] is True


@pytest.mark.parametrize(
    ("mark", "ends"),
    [
        ("block", [("commit", "exit", 1)] * 2),  # of a real transaction too
        ("refused", [("rollback", "exception", 1)]),
        ("marked", [("rollback", "app", 1)]),
        ("nested", [("commit", "exit", 1)]),
        ("without", [("rollback", "exception", 1)]),
        ("hooked", [("commit", "exit", 1)]),
        ("swallowed", [("commit", "exit", 1)]),
    ],
)
def test_the_apps_outermost_block_is_its_transaction(
    traced: Traced, mark: str, ends: list[tuple[str, str, int]]
) -> None:
    assert traced.ends(mark) == ends


def test_a_block_that_calls_itself_ends_once(traced: Traced) -> None:
    found = [
        event
        for event in traced.child.of("transaction")
        if len(event["writes"]) == 3 and event["end"] == "commit"
    ]

    assert len(found) == 1


def test_a_nested_block_is_a_savepoint(traced: Traced) -> None:
    [write] = traced.at("nested write")
    rolled_back = traced.child.of("savepoint", action="rollback")

    assert [point["writes"] for point in rolled_back if point.get("writes")] == [[write["id"]]]


def test_a_delete_commits_at_its_line(traced: Traced) -> None:
    [end] = traced.at("deleted", "transaction")

    assert (end["end"], end["by"]) == ("commit", "exit")


def test_statements_of_the_driver(traced: Traced) -> None:
    assert traced.only("driver")["durable"] is True
    assert traced.only("driver")["connection"] == traced.only("after")["connection"]
    assert "transaction" not in traced.only("driver") or not traced.only("driver")["transaction"]
    assert traced.ends("driver block") == [("commit", "exit", 1)]
    assert traced.only("driver inside")["source"] == "app"
    assert traced.only("after")["durable"] is True


def test_the_harness_loses_nothing(traced: Traced) -> None:
    ended = traced.child.of("transaction")
    lost = [event for event in ended if event["writes"] and event["end"] != "commit"]

    assert len(lost) == 3  # what the app itself rolled back: refused, marked, without


def test_statements_belong_to_the_tests(traced: Traced) -> None:
    scope = next(event for event in traced.child.of("scope") if "test_plain" in event["name"])

    assert scope["id"] in [found["scope"] for found in traced.at("plain")]
