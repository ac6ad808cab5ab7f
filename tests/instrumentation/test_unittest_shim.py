from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.instrumentation.traced import INNER, Child, line_of, names, run, write

SUITE = """\
import json, pathlib, unittest

def see(where):
    with pathlib.Path("seen.jsonl").open("a") as file:
        file.write(json.dumps([where, {inner}.scope_id()]) + "\\n")

class Plain(unittest.TestCase):
    def setUp(self):
        self.addCleanup(see, "cleanup")

    def assertSame(self, one, other):
        self.assertEqual(one, other)  # inner

    def test_passes(self):
        see("plain")

    def test_equal(self):
        rows = ["alice@example.com"]
        self.assertEqual(rows, ["bob@example.com"])  # equal

    def test_literal_left(self):
        rows = [3]
        self.assertIn(
            4,
            rows,
        )

    def test_none(self):
        self.assertIsNone(4)

    def test_true(self):
        rows = []
        self.assertTrue(rows)

    def test_own_helper(self):
        self.assertSame([1], [2])

    def test_plain_assert(self):
        count = 3
        assert count == 4

    def test_raises(self):
        with self.assertRaises(KeyError):
            pass

    def test_error(self):
        raise KeyError("status")

    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(number, 1)

    @unittest.skip("not now")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected_failure(self):
        self.assertTrue(False)

    @unittest.expectedFailure
    def test_unexpected_success(self):
        pass

class BrokenSetUp(unittest.TestCase):
    def setUp(self):
        raise RuntimeError("set up")

    def test_x(self):
        pass

class BrokenTearDown(unittest.TestCase):
    def tearDown(self):
        raise RuntimeError("tear down")

    def test_x(self):
        pass

class BrokenClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("class")

    def test_x(self):
        pass

class Async(unittest.IsolatedAsyncioTestCase):
    async def test_async(self):
        see("async")

    async def asyncTearDown(self):
        see("async tear down")
""".replace("{inner}", INNER)

RUNNER = """\
import unittest, test_suite

class Silent(unittest.TestResult):
    # an override that does not call super, as runners that write XML have
    def addFailure(self, test, err):
        self.failures.append((test, ""))

class Calling(unittest.TestResult):
    def addFailure(self, test, err):
        super().addFailure(test, err)

for kind in Silent, Calling:
    unittest.TestSuite([test_suite.Plain("test_none")]).run(kind())
"""


def case(name: str) -> str:
    return "test_suite." + name


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(
        tmp_path_factory.mktemp("app"), {"test_suite.py": SUITE, "test_broken.py": "import nope"}
    )
    child = run(["-m", "unittest"], app, app / "trace")
    assert child.status == 1, child.stderr
    assert not child.of("shim", state="disabled")
    return child


@pytest.mark.parametrize(
    ("name", "outcome", "phase"),
    [
        ("Plain.test_passes", "passed", None),
        ("Plain.test_equal", "failed", "call"),
        ("Plain.test_error", "error", "call"),
        ("Plain.test_subtests", "failed", "call"),
        ("Plain.test_skipped", "skipped", None),
        ("Plain.test_expected_failure", "passed", None),
        ("Plain.test_unexpected_success", "failed", None),
        ("BrokenSetUp.test_x", "error", "setup"),
        ("BrokenTearDown.test_x", "error", "teardown"),
        ("Async.test_async", "passed", None),
    ],
)
def test_outcome(suite: Child, name: str, outcome: str, phase: str | None) -> None:
    end = suite.end(case(name))

    assert (end["outcome"], end.get("phase")) == (outcome, phase)


def test_one_test_has_one_scope(suite: Child) -> None:
    found = names(suite.of("scope"))

    assert len(found) == len(set(found)) == 18
    assert suite.scope(case("Plain.test_equal"))["code.file.path"] == "test_suite.py"


def test_a_class_that_cannot_be_set_up_is_a_scope(suite: Child) -> None:
    name = "setUpClass (test_suite.BrokenClass)"

    assert suite.end(name)["outcome"] == "error"
    [failure] = suite.within("failure", name)
    assert failure["chain"][0]["type"] == "RuntimeError"


def test_an_import_that_fails_is_a_scope_with_the_real_exception(suite: Child) -> None:
    [failure] = suite.within("failure", "unittest.loader._FailedTest.test_broken")

    assert failure["chain"][0]["type"] == "ModuleNotFoundError"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("test_literal_left", ["in", 4, {"#": 1, "of": [3]}, "left"]),
        ("test_none", ["is", 4, None, "right"]),
        ("test_true", ["truth", {"#": 0, "of": []}, None, None]),
        ("test_own_helper", ["==", {"#": 1, "of": [1]}, {"#": 1, "of": [2]}, None]),
        ("test_plain_assert", ["==", 3, 4, "right"]),
        ("test_raises", ["raises", None, None, None]),
    ],
)
def test_operands(suite: Child, name: str, found: list[object]) -> None:
    [check] = suite.within("check", case("Plain." + name))

    assert [check.get(field) for field in ("operator", "left", "right", "expected")] == found
    assert check["form"] == ("assert" if name == "test_plain_assert" else "unittest")


def test_a_check_has_the_line_of_the_app_that_failed(suite: Child) -> None:
    [equal] = suite.within("check", case("Plain.test_equal"))
    [helper] = suite.within("check", case("Plain.test_own_helper"))

    assert suite.site(equal["site"]) == ("test_suite.py", line_of(SUITE, "# equal"), "test_equal")
    assert suite.site(helper["site"]) == ("test_suite.py", line_of(SUITE, "# inner"), "assertSame")


def test_values_are_digests(suite: Child) -> None:
    [check] = suite.within("check", case("Plain.test_equal"))

    assert check["left"]["of"][0].startswith("s17:")
    assert "@example.com" not in str(suite.events)


def test_each_failing_subtest_is_told(suite: Child) -> None:
    checks = suite.within("check", case("Plain.test_subtests"))

    assert [check["left"] for check in checks] == [0, 2]
    assert suite.end(case("Plain.test_subtests"))["failed_at"] == checks[0]["at"]


def test_the_scope_is_seen_in_tests_cleanups_and_coroutines(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": SUITE})

    child = run(
        ["-m", "unittest", "test_suite.Plain.test_passes", "test_suite.Async"],
        tmp_path,
        tmp_path / "trace",
    )

    plain = child.scope(case("Plain.test_passes"))["id"]
    coroutine = child.scope(case("Async.test_async"))["id"]
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert seen == [
        ["plain", plain],
        ["cleanup", plain],
        ["async", coroutine],
        ["async tear down", coroutine],
    ]


def test_a_runner_with_its_own_result_is_seen_once(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": SUITE, "runner.py": RUNNER})

    child = run(["runner.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stderr
    assert [end["outcome"] for end in child.of("scope_end")] == ["failed", "failed"]
    assert len(child.of("failure")) == len(child.of("check")) == 2
