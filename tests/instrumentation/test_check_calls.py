"""What a failing test had called of the app: read from its source and frame when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.traced import Child, run, write

APP = """\
import functools

def logged(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

def search(session, name, limit=10):
    return []

@logged
def total(session, region):
    return 0

async def later(session, kind):
    return 0

class Service:
    def __init__(self, session): self.session = session
    def find(self, number, *, active=True): return None
    @staticmethod
    def plain(word): return None
"""

SUITE = """\
import asyncio, unittest
import app
from app import Service, later, search

REGION = "north"

def helper(word): return word

def test_names():
    session, wanted = object(), "an"
    found = search(session, wanted, limit=3)
    assert len(found) == 1

def test_module():
    assert app.search(None, name="x") == [1]

def test_decorated():
    assert app.total(None, REGION) == 4

def test_method():
    service = Service(None)
    assert service.find(7, active=False) == 1

def test_static():
    assert Service.plain("w") == 1

def test_coroutine():
    async def body():
        assert await later(None, "k") == 1
    asyncio.run(body())

def test_computed():
    assert search(None, helper("x")) == [1]

def test_later_calls():
    assert search(None, "first") == [1]
    search(None, "second")

def test_own_helper():
    assert helper("x") == "y"

def test_inside():
    check(search(None, "deep"))

def check(found):
    assert found == [1]

class Case(unittest.TestCase):
    def setUp(self):
        self.service = Service(None)
    def test_attribute(self):
        self.assertEqual(self.service.find(8), 1)
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"test_suite.py": SUITE, "app.py": APP})
    child = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], app, app / "trace")
    assert not child.of("shim", state="disabled")
    return child


def calls(suite: Child, name: str) -> list[tuple[str, dict[str, Any]]]:
    [check] = suite.within("check", f"test_suite.py::{name}")
    found = [(call["name"], call["values"]) for call in check.get("calls", ())]
    return [(name, {k: _short(v) for k, v in values.items()}) for name, values in found]


def _short(value: Any) -> Any:
    return value.partition(":")[0] if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("test_names", ("search", {"session": {"?": "object"}, "name": "s2", "limit": 3})),
        ("test_module", ("search", {"session": None, "name": "s1"})),
        ("test_decorated", ("total", {"session": None, "region": "s5"})),
        ("test_method", ("find", {"number": 7, "active": False})),
        ("test_static", ("plain", {"word": "s1"})),
        ("test_computed", ("search", {"session": None})),
        ("test_later_calls", ("search", {"session": None, "name": "s5"})),
        ("test_inside", ("search", {"session": None, "name": "s4"})),
        ("Case::test_attribute", ("find", {"number": 8})),
    ],
)
def test_arguments(suite: Child, name: str, found: tuple[str, dict[str, Any]]) -> None:
    assert calls(suite, name) == [found]


def test_functions_of_the_tests_are_none_of_the_app(suite: Child) -> None:
    assert calls(suite, "test_own_helper") == []


def test_a_test_that_passes_has_no_calls(suite: Child) -> None:
    assert all("calls" not in event for event in suite.events if event["kind"] != "check")
