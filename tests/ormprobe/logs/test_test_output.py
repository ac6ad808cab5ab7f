"""Tests, from what their runners print and from JUnit files, of real runs."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ormprobe.logs.junit import read_junit
from ormprobe.logs.kinds import Kind, kind_of
from ormprobe.logs.model import LogCounts, Notice, TestResult, TestStatus
from ormprobe.logs.pytest_output import read_pytest
from ormprobe.logs.unittest_output import read_unittest
from tests.ormprobe.logs.reading_of import run

SUITE = """
import logging

import pytest


def inner():
    raise KeyError("k")


def outer():
    try:
        inner()
    except KeyError as error:
        raise ValueError("one\\ntwo") from error


def test_passes():
    pass


def test_chain():
    print("Server running on port 3000")
    print("=== FAILURES ===\\n___ nothing ___\\n=== done ===")
    logging.getLogger("app").error("it broke")
    outer()


def test_asserts():
    assert [1, 2] == [1, 3]


class TestGroup:
    @pytest.mark.parametrize("n", [1, 2])
    def test_number(self, n):
        assert n == 1, "not one"

    @pytest.mark.skip(reason="no")
    def test_skipped(self):
        pass

    @pytest.mark.parametrize("n", [1], ids=["long" * 60])
    def test_of_a_long_name(self, n):
        assert not n

    @pytest.mark.xfail
    def test_expected(self):
        assert 0


@pytest.fixture
def broken():
    raise RuntimeError("set up")


def test_setup(broken):
    pass


@pytest.fixture
def late():
    yield
    raise RuntimeError("torn down")


def test_teardown(late):
    assert 0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("suite")
    (made / "test_app.py").write_text(SUITE)
    return made


def pytest_run(folder: Path, *options: str) -> bytes:
    plugins = ("-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "--rootdir=.")
    return run([sys.executable, "-m", "pytest", *plugins, "test_app.py", *options], folder)


def results(output: bytes) -> dict[tuple[str, TestStatus], TestResult]:
    assert kind_of(output) is Kind.PYTEST
    found = list(read_pytest(io.BytesIO(output), LogCounts()))
    made = {(one.name, one.status): one for one in found}
    assert len(made) == len(found)
    return made


BAD = {
    ("test_app.py::test_chain", TestStatus.FAILED),
    ("test_app.py::test_asserts", TestStatus.FAILED),
    ("test_app.py::TestGroup::test_number[2]", TestStatus.FAILED),
    (f"test_app.py::TestGroup::test_of_a_long_name[{'long' * 60}]", TestStatus.FAILED),
    ("test_app.py::test_setup", TestStatus.ERROR),
    ("test_app.py::test_teardown", TestStatus.FAILED),
    ("test_app.py::test_teardown", TestStatus.ERROR),
}


@pytest.mark.parametrize(
    "options",
    [
        ("-v",),
        ("--tb=short",),
        ("--tb=native", "-q"),
        ("--color=yes",),
        ("-n1", "-v"),
        ("--tb=long",),
    ],
)
def test_failures_of_pytest(folder: Path, options: tuple[str, ...]) -> None:
    found = results(pytest_run(folder, *options))
    assert {key for key in found if key[1] in (TestStatus.FAILED, TestStatus.ERROR)} == BAD
    chain = found["test_app.py::test_chain", TestStatus.FAILED]
    (traceback,) = chain.tracebacks
    surfaced, cause = traceback.chain
    assert (surfaced.type, surfaced.message) == ("ValueError", "one\ntwo")
    assert (cause.relation, cause.type, cause.message) == ("cause", "KeyError", "'k'")
    last = surfaced.frames[-1]
    assert (last.line, last.function) == (15, "outer")
    assert last.code == 'raise ValueError("one\\ntwo") from error'
    assert cause.frames[-1].function == "inner"
    assert chain.message == "ValueError: one"
    assert chain.first < traceback.last < chain.last
    said = [item.text for item in chain.captured if isinstance(item, Notice)]
    assert said[0] == "Server running on port 3000"
    setup = found["test_app.py::test_setup", TestStatus.ERROR]
    assert (setup.phase, setup.message) == ("setup", "RuntimeError: set up")
    assert found["test_app.py::test_teardown", TestStatus.ERROR].phase == "teardown"
    number = found["test_app.py::TestGroup::test_number[2]", TestStatus.FAILED]
    assert number.message == "AssertionError: not one"
    assert all(one.tracebacks for one in (found[key] for key in BAD))
    assert number.tracebacks[0].chain[0].frames[-1].function == "test_number"


def test_all_tests_of_a_verbose_run(folder: Path) -> None:
    found = results(pytest_run(folder, "-v"))
    statuses = {name: status for name, status in found if status is not TestStatus.ERROR}
    assert statuses["test_app.py::test_passes"] is TestStatus.PASSED
    assert statuses["test_app.py::TestGroup::test_skipped"] is TestStatus.SKIPPED
    assert statuses["test_app.py::TestGroup::test_expected"] is TestStatus.XFAILED


def test_a_line_for_each_failure(folder: Path) -> None:
    found = results(pytest_run(folder, "--tb=line"))
    assert set(found) == BAD
    chain = found["test_app.py::test_chain", TestStatus.FAILED].tracebacks[0].chain
    assert (chain[0].type, chain[0].frames[0].line) == ("ValueError", 15)


def test_a_summary_alone(folder: Path) -> None:
    found = results(pytest_run(folder, "--tb=no", "-rA"))
    assert set(found) > BAD
    assert found["test_app.py::test_chain", TestStatus.FAILED].message == "ValueError: one"


def test_a_run_that_was_cut(folder: Path) -> None:
    output = pytest_run(folder)
    cut = output[: output.index(b"_ test_asserts _")]
    assert [one.name for one in read_pytest(io.BytesIO(cut), LogCounts())][-1] == "test_chain"


def test_a_suite_that_cannot_be_collected(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("import nobody_has_this\n")
    ((name, status),) = found = results(pytest_run(tmp_path))
    assert (name, status) == ("test_app.py", TestStatus.ERROR)
    assert found[name, status].phase == "collect"
    thrown = found[name, status].tracebacks[0].chain[0]
    assert thrown.type == "ModuleNotFoundError"
    assert thrown.message == "No module named 'nobody_has_this'"


def test_a_junit_file_of_pytest(folder: Path) -> None:
    path = folder / "report.xml"
    pytest_run(folder, f"--junitxml={path}", "-o", "junit_logging=all")
    data = path.read_bytes()
    assert kind_of(data) is Kind.JUNIT
    results_ = list(read_junit(io.BytesIO(data), LogCounts()))
    found = {(one.name, one.status): one for one in results_}
    chain = found["test_app.test_chain", TestStatus.FAILED]
    assert [one.type for one in chain.tracebacks[0].chain] == ["ValueError", "KeyError"]
    assert [frame.function for frame in chain.tracebacks[0].chain[1].frames] == ["outer", "inner"]
    assert "Server running on port 3000" in [
        item.text for item in chain.captured if isinstance(item, Notice)
    ]
    assert found["test_app.test_setup", TestStatus.ERROR].phase == "setup"
    assert found["test_app.TestGroup.test_skipped", TestStatus.SKIPPED].tracebacks == ()
    assert ("test_app.TestGroup.test_expected", TestStatus.XFAILED) in found
    torn = list(read_junit(io.BytesIO(data[: data.index(b"test_asserts")]), LogCounts()))
    assert [one.name for one in torn] == ["test_app.test_passes", "test_app.test_chain"]


def junit(body: str, head: str = "") -> list[TestResult]:
    data = f'<?xml version="1.0"?>{head}<testsuites><testsuite>{body}</testsuite></testsuites>'
    return list(read_junit(io.BytesIO(data.encode()), LogCounts()))


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    assert junit('<testcase name="&b;"/>', bomb) == []


def test_junit_of_node() -> None:
    text = "Error: no&#10;    at f (/code/a.js:3:4)&#10;    at node:internal/x:1:2"
    (found,) = junit(f'<testcase classname="a" name="b"><failure>{text}</failure></testcase>')
    assert found.tracebacks[0].chain[0].frames[-1].path == "/code/a.js"


def test_control_bytes_in_a_junit_file() -> None:
    (found,) = junit('<testcase name="a"><failure message="\x1b[31mno\x00"/></testcase>')
    assert (found.name, found.status) == ("a", TestStatus.FAILED)


UNITTEST = '''
import unittest


class Case(unittest.TestCase):
    def test_passes(self):
        pass

    def test_fails(self):
        """What it does."""
        self.assertEqual(1, 2, "no\\nyes")

    def test_errs(self):
        try:
            {}["k"]
        except KeyError as error:
            raise ValueError("v") from error

    @unittest.skip("no")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("class")

    def test_never(self):
        pass
'''


@pytest.mark.parametrize("options", [(), ("-v",), ("-b",)])
def test_output_of_unittest(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "suite.py").write_text(UNITTEST)
    output = run([sys.executable, "-m", "unittest", *options, "suite"], tmp_path)
    assert kind_of(output) is Kind.UNITTEST
    found = {one.name: one for one in read_unittest(io.BytesIO(output), LogCounts())}
    fails = found["suite.Case.test_fails"]
    assert fails.status is TestStatus.FAILED
    assert fails.tracebacks[0].chain[0].message == "1 != 2 : no\nyes"
    errs = found["suite.Case.test_errs"]
    assert errs.status is TestStatus.ERROR
    assert [one.type for one in errs.tracebacks[0].chain] == ["ValueError", "KeyError"]
    assert found["suite.Broken.setUpClass"].message == "RuntimeError: class"
    if options == ("-v",):
        assert found["suite.Case.test_passes"].status is TestStatus.PASSED
        assert found["suite.Case.test_skipped"].status is TestStatus.SKIPPED
        assert found["suite.Case.test_expected"].status is TestStatus.XFAILED
