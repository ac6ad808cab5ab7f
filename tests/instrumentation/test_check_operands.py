"""Operands of the assertions that tests write: what is compared, whichever way it is compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.traced import Child, run, write

PYTEST = """\
import datetime, decimal
from dataclasses import dataclass
import pytest

class Answer:
    active = False
    title = None
    def json(self): return {"items": [{"id": 1}], "count": 2}
    def found(self): return []

@dataclass
class Item:
    id: int
    name: str

EXPECTED = [3]
answer = Answer()

def same(found, wanted):
    assert found["count"] == wanted

def test_chain(): assert answer.json()["items"][0]["id"] == 2
def test_helper(): same(answer.json(), 3)
def test_in(): assert {"id": 2} in answer.json()["items"]
def test_not_in(): assert 1 not in [item["id"] for item in answer.json()["items"]]
def test_key_in():
    body = answer.json()
    assert "status" in body
def test_len(): assert len(answer.json()["items"]) == 4
def test_loop():
    for number in (1, 2, 3):
        assert number != 2
def test_attribute(): assert answer.active
def test_none_attribute(): assert answer.title
def test_call(): assert answer.found()
def test_not_call(): assert not answer.json()
def test_constant(): assert EXPECTED == answer.found()
def test_made(): assert answer.found() == [200] * 2
def test_partly(): assert {"id": answer.title, "name": "x"} == answer.json()
def test_decimal(): assert decimal.Decimal("4") == sum([1, 2])
def test_approx(): assert answer.json()["count"] == pytest.approx(6)
def test_dataclass(): assert Item(1, "x") == Item(2, "x")
def test_views(): assert list(answer.json()) == [1] or answer.json().keys() == {"id"}
async def test_key_error(): pass
def test_missing_key():
    body = answer.json()
    assert body["status"] == 3
def test_missing_inner_key(): assert answer.json()["items"][0]["name"] == "x"
def test_missing_member():
    items = answer.found()
    assert items[0] == 3
def test_of_none(): assert answer.title.upper() == "X"
def test_app_error():
    import app
    app.look({})
"""

APP = """\
def look(body):
    return body["status"]
"""

ITEMS = {"#": 1, "of": [{"id": 1}]}
MISSING = {"?": "missing"}
EMPTY: dict[str, Any] = {"#": 0, "of": []}
CASES: list[tuple[Any, ...]] = [
    ("chain", "==", 1, 2, "right"),
    ("helper", "==", 2, 3, None),
    ("in", "in", {"id": 2}, ITEMS, "left"),
    ("not_in", "not in", 1, {"#": 1, "of": [1]}, "left"),
    ("key_in", "in", {"status": MISSING}, {"items": ITEMS, "count": 2}, "left"),
    ("len", "==", 1, 4, "right"),
    ("loop", "!=", 2, 2, "right"),
    ("attribute", "truth", False, None, None),
    ("none_attribute", "truth", None, None, None),
    ("call", "truth", EMPTY, None, None),
    ("not_call", "not", {"items": ITEMS, "count": 2}, None, None),
    ("constant", "==", {"#": 1, "of": [3]}, EMPTY, "left"),
    ("made", "==", EMPTY, {"#": 2, "of": [200, 200]}, "right"),
    ("decimal", "==", "n1#4", 3, "left"),
    ("approx", "==", 2, 6, "right"),
    ("missing_key", "KeyError", {"items": ITEMS, "count": 2}, {"status": MISSING}, "right"),
    ("missing_inner_key", "KeyError", None, {"name": MISSING}, "right"),
    ("missing_member", "IndexError", EMPTY, None, "right"),
    ("of_none", "AttributeError", None, None, "right"),
]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"test_suite.py": PYTEST, "app.py": APP})
    child = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], app, app / "trace")
    assert not child.of("shim", state="disabled")
    return child


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
def test_operands(suite: Child, case: tuple[Any, ...]) -> None:
    [check] = suite.within("check", f"test_suite.py::test_{case[0]}")

    found = [check.get(name) for name in ("operator", "left", "right", "expected")]
    assert found == list(case[1:])


def test_fields_of_records_are_compared(suite: Child) -> None:
    [check] = suite.within("check", "test_suite.py::test_dataclass")

    assert (check["left"]["id"], check["right"]["id"]) == (1, 2)
    assert check["left"]["name"] == check["right"]["name"]


def test_an_object_that_is_partly_written_out_is_expected(suite: Child) -> None:
    [check] = suite.within("check", "test_suite.py::test_partly")

    assert check["expected"] == "left"


def test_what_the_test_took_for_there_is_a_check_of_its_own_form(suite: Child) -> None:
    forms = {
        name: suite.within("check", f"test_suite.py::test_{name}")[0]["form"]
        for name in ("missing_key", "missing_member", "of_none", "len")
    }

    assert forms == {
        "missing_key": "exception",
        "missing_member": "exception",
        "of_none": "exception",
        "len": "assert",
    }


def test_an_exception_of_the_code_under_test_is_no_check(suite: Child) -> None:
    assert not suite.within("check", "test_suite.py::test_app_error")


UNITTEST = """\
import unittest

class Suite(unittest.TestCase):
    found = [1, 2]
    def test_list(self): self.assertListEqual(self.found, [1])
    def test_dict(self): self.assertDictEqual({"a": 1}, {"a": 2})
    def test_count(self): self.assertCountEqual(self.found, [2, 3])
    def test_in(self): self.assertIn(3, self.found)
    def test_key_in(self): self.assertIn("status", {"a": 1})
    def test_len(self): self.assertEqual(len(self.found), 3)
    def test_expected_first(self): self.assertEqual(3, len(self.found))
    def test_not_none(self): self.assertIsNotNone(None)
    def test_true(self): self.assertTrue(self.found == [])
    def test_false(self): self.assertFalse(self.found)
    def test_less(self): self.assertLess(len(self.found), 1)
    def test_missing_key(self):
        body = {"a": 1}
        self.assertEqual(body["status"], 1)
"""

UNITTEST_CASES: list[tuple[Any, ...]] = [
    ("list", "==", {"#": 2, "of": [1, 2]}, {"#": 1, "of": [1]}, "right"),
    ("dict", "==", {"a": 1}, {"a": 2}, None),
    ("count", "assertCountEqual", {"#": 2, "of": [1, 2]}, {"#": 2, "of": [2, 3]}, "right"),
    ("in", "in", 3, {"#": 2, "of": [1, 2]}, "left"),
    ("key_in", "in", {"status": MISSING}, {"a": 1}, None),
    ("len", "==", 2, 3, "right"),
    ("expected_first", "==", 3, 2, "left"),
    ("not_none", "is not", None, None, "right"),
    ("true", "truth", False, None, None),
    ("false", "not", {"#": 2, "of": [1, 2]}, None, None),
    ("less", "<", 2, 1, "right"),
    ("missing_key", "KeyError", {"a": 1}, {"status": MISSING}, "right"),
]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"test_suite.py": UNITTEST})
    child = run(["-m", "unittest", "-q"], app, app / "trace")
    assert not child.of("shim", state="disabled")
    return child


@pytest.mark.parametrize("case", UNITTEST_CASES, ids=lambda case: str(case[0]))
def test_operands_of_unittest(cases: Child, case: tuple[Any, ...]) -> None:
    [check] = cases.within("check", f"test_suite.Suite.test_{case[0]}")

    found = [check.get(name) for name in ("operator", "left", "right", "expected")]
    assert found == list(case[1:])


DJANGO = """\
import unittest
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["app"], DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, ROOT_URLCONF="app.urls",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
import django
django.setup()
from django.test import TestCase
from app.models import Author

class Suite(TestCase):
    def setUp(self):
        self.ann = Author.objects.create(name="Ann")
        self.bob = Author.objects.create(name="Bob")
    def test_query_set(self): self.assertQuerySetEqual(Author.objects.order_by("id"), [self.ann])
    def test_unordered(self):
        self.assertQuerySetEqual(Author.objects.all(), [self.ann], ordered=False)
    def test_contains(self): self.assertContains(self.client.get("/"), "Cid")
    def test_values(self): self.assertEqual(list(Author.objects.values_list("id", "id")), [])
    def test_status(self): self.assertEqual(self.client.get("/").status_code, 404)
    def test_object(self): self.assertEqual(Author.objects.get(name="Ann"), self.bob)
"""


@pytest.fixture(scope="module")
def django(tmp_path_factory: pytest.TempPathFactory) -> Child:
    files = {
        "app/__init__.py": "",
        "app/models.py": "from django.db import models\n\n"
        "class Author(models.Model):\n    name = models.TextField()\n",
        "app/urls.py": "from django.http import HttpResponse\nfrom django.urls import path\n"
        "urlpatterns = [path('', lambda request: HttpResponse('Ann'))]\n",
        "test_suite.py": DJANGO,
        "main.py": "import test_suite\nfrom django.test.runner import DiscoverRunner\n"
        "raise SystemExit(DiscoverRunner(verbosity=0).run_tests(['test_suite']))\n",
    }
    app = write(tmp_path_factory.mktemp("app"), files)
    return run(["main.py"], app, app / "trace")


ANN = {"?": "Author", "key": 1}
BOB = {"?": "Author", "key": 2}
DJANGO_CASES: list[tuple[Any, ...]] = [
    ("query_set", "==", {"#": 2, "of": [ANN, BOB]}, {"#": 1, "of": [ANN]}),
    ("values", "==", {"#": 2, "of": [{"#": 2, "of": [1, 1]}, {"#": 2, "of": [2, 2]}]}, EMPTY),
    ("status", "==", 200, 404),
    ("object", "==", ANN, BOB),
]


@pytest.mark.parametrize("case", DJANGO_CASES, ids=lambda case: str(case[0]))
def test_operands_of_django(django: Child, case: tuple[Any, ...]) -> None:
    [check] = django.within("check", f"test_suite.Suite.test_{case[0]}")

    assert [check.get(name) for name in ("operator", "left", "right")] == list(case[1:])


def test_a_text_that_an_answer_must_contain(django: Child) -> None:
    [check] = django.within("check", "test_suite.Suite.test_contains")

    assert check["operator"] == "assertContains"
    assert check["right"].startswith("s3:")


def test_what_is_too_large_is_not_looked_through() -> None:
    from ormprobe_instrumentation.operands import plain

    many = [(1, 2)] * 2_000
    endless: list[Any] = []
    endless.append(endless)

    assert plain(many) is many
    assert plain(range(10**12)) == range(10**12)
    assert len(plain([[(1,)] * 100] * 100)) == 100
    assert isinstance(plain(endless), list)
