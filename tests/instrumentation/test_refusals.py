"""Work that a test wanted to end in an exception: when it began, and when it ended so."""

from __future__ import annotations

import pytest

from tests.instrumentation.traced import Child, run, write

PYTEST = """\
import pytest

def refuse(number): raise LookupError(number)

def test_block():
    with pytest.raises(LookupError):
        refuse(1)

def test_call():
    pytest.raises(LookupError, refuse, 2)

def test_none():
    with pytest.raises(pytest.fail.Exception):
        with pytest.raises(LookupError):
            pass

def test_other():
    with pytest.raises(LookupError):
        raise ValueError(3)
"""

UNITTEST = """\
import unittest

class Case(unittest.TestCase):
    def test_block(self):
        with self.assertRaises(LookupError):
            raise LookupError(1)

    def test_call(self):
        self.assertRaisesRegex(LookupError, "2", self.refuse, 2)

    def test_other(self):
        with self.assertRaises(LookupError):
            raise ValueError(3)

    def refuse(self, number):
        raise LookupError(number)
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"test_suite.py": PYTEST})
    child = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], app, app / "trace")
    assert not child.of("shim", state="disabled")
    return child


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"test_suite.py": UNITTEST})
    child = run(["-m", "unittest", "-q"], app, app / "trace")
    assert not child.of("shim", state="disabled")
    return child


def is_told(child: Child, test: str) -> None:
    """The one refusal of a test lies within it."""
    [refusal] = child.within("refusal", test)
    assert refusal["type"] == "LookupError"
    began, ended = child.scope(test)["at"], child.end(test)["at"]
    assert began <= refusal["began"] <= refusal["at"] <= ended


@pytest.mark.parametrize("name", ["block", "call"])
def test_an_exception_that_was_wanted(suite: Child, name: str) -> None:
    is_told(suite, f"test_suite.py::test_{name}")


@pytest.mark.parametrize("name", ["block", "call"])
def test_an_exception_that_a_case_wanted(cases: Child, name: str) -> None:
    is_told(cases, f"test_suite.Case.test_{name}")


@pytest.mark.parametrize("name", ["none", "other"])
def test_nothing_is_told_where_the_work_went_well_or_ended_otherwise(
    suite: Child, name: str
) -> None:
    told = suite.within("refusal", f"test_suite.py::test_{name}")

    assert [each for each in told if each["type"] == "LookupError"] == []


def test_outcomes_stay_what_they_were(suite: Child, cases: Child) -> None:
    assert "1 failed, 3 passed" in suite.stdout
    assert "Ran 3 tests" in cases.stderr
    assert "FAILED (errors=1)" in cases.stderr
