from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.instrumentation.traced import INNER, Child, line_of, names, run, write

SUITE = """\
import json, pathlib, unittest
import pytest

SEEN = pathlib.Path("seen.jsonl")

def see(where):
    with SEEN.open("a") as file:
        file.write(json.dumps([where, {inner}.scope_id()]) + "\\n")

def helper(rows):
    assert rows == []  # in the helper

def test_passes():
    assert 1 == 1

def test_compares():
    titles = ["alice@example.com"]
    assert titles == ["bob@example.com"]  # compares

def test_literal_left():
    found = {"a": 1}
    assert (  # literal left
        2
        in
        found
    )

def test_negated():
    count = 5
    assert not count == 5

def test_two_names():
    one, two = 1, 2
    assert one == two

def test_chained():
    assert 1 < 3 < 2

def test_empty():
    rows = []
    assert rows

def test_not():
    rows = [4, 5]
    assert not rows

def test_helper():
    helper([1])

def test_swallowed_comparison():
    one = 1
    try:
        assert one == 2
    except AssertionError:
        pass
    raise KeyError("status")  # not a check

def test_expected():
    with pytest.raises(ValueError):
        raise ValueError("x")

def test_did_not_raise():
    with pytest.raises(ValueError):
        pass

@pytest.mark.xfail
def test_xfail():
    assert 0

@pytest.mark.xfail(strict=True)
def test_xpass():
    pass

@pytest.mark.skip
def test_skipped():
    pass

@pytest.fixture
def around():
    see("setup")
    yield
    see("teardown")

def test_scope_is_seen(around):
    see("call")

async def test_coroutine():
    see("coroutine")

@pytest.fixture
def broken():
    raise RuntimeError("in setup")

@pytest.fixture
def breaks():
    yield
    raise RuntimeError("in teardown")

def test_broken_setup(broken):
    pass

def test_broken_teardown(breaks):
    pass

def test_both(breaks):
    assert 0

@pytest.mark.parametrize("value", [1, 2])
def test_parameter(value):
    assert value == 1

class TestClass:
    def test_method(self):
        see("method")

class Case(unittest.TestCase):
    def test_equal(self):
        rows = [1]
        self.assertEqual(rows, [1, 2])

    def test_expected(self):
        with self.assertRaises(KeyError):
            {}["a"]
""".replace("{inner}", INNER)

CONFTEST = """\
import asyncio, inspect
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        asyncio.run(pyfuncitem.obj())
        return True
"""

PLAIN = ("-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = tmp_path_factory.mktemp("app")
    write(app, {"test_suite.py": SUITE, "conftest.py": CONFTEST, "test_broken.py": "import nope"})
    child = run([*PLAIN, "--continue-on-collection-errors"], app, app / "trace")
    assert child.status == 1, child.stdout
    assert not child.of("shim", state="disabled")
    return child


def nodeid(name: str) -> str:
    return "test_suite.py::" + name


@pytest.mark.parametrize(
    ("name", "outcome", "phase"),
    [
        ("test_passes", "passed", None),
        ("test_compares", "failed", "call"),
        ("test_xfail", "passed", None),
        ("test_xpass", "failed", "call"),
        ("test_skipped", "skipped", None),
        ("test_broken_setup", "error", "setup"),
        ("test_broken_teardown", "error", "teardown"),
        ("test_both", "failed", "call"),
        ("test_parameter[1]", "passed", None),
        ("test_parameter[2]", "failed", "call"),
        ("TestClass::test_method", "passed", None),
        ("Case::test_equal", "failed", "call"),
        ("Case::test_expected", "passed", None),
        ("test_coroutine", "passed", None),
        ("test_expected", "passed", None),
    ],
)
def test_outcome(suite: Child, name: str, outcome: str, phase: str | None) -> None:
    end = suite.end(nodeid(name))

    assert (end["outcome"], end.get("phase")) == (outcome, phase)
    assert ("failed_at" in end) == (phase is not None)


def test_a_scope_knows_its_file_and_has_no_parent(suite: Child) -> None:
    scope = suite.scope(nodeid("Case::test_equal"))

    assert scope["type"] == "test"
    assert scope["code.file.path"] == "test_suite.py"
    assert "parent" not in scope


def test_one_test_has_one_scope(suite: Child) -> None:
    found = names(suite.of("scope"))

    assert len(found) == len(set(found))
    assert not [name for name in found if not name.startswith(("test_suite.py", "test_broken.py"))]


def test_failures_of_every_phase_are_told(suite: Child) -> None:
    both = suite.within("failure", nodeid("test_both"))

    assert [failure["phase"] for failure in both] == ["call", "teardown"]
    [setup] = suite.within("failure", nodeid("test_broken_setup"))
    assert setup["chain"][0]["type"] == "RuntimeError"
    assert not suite.within("failure", nodeid("test_xfail"))


def test_a_module_that_cannot_be_collected_is_a_scope(suite: Child) -> None:
    [failure] = suite.within("failure", "test_broken.py")

    assert suite.end("test_broken.py")["outcome"] == "error"
    assert failure["phase"] == "collect"
    assert "ModuleNotFoundError" in [link["type"] for link in failure["chain"]]


def test_a_conftest_that_fails_is_a_scope(tmp_path: Path) -> None:
    write(tmp_path, {"conftest.py": "1 / 0", "test_x.py": "def test_x(): pass"})

    child = run(PLAIN, tmp_path, tmp_path / "trace")

    assert child.status == 4
    [failure] = child.within("failure", "conftest.py")
    assert failure["chain"][0]["type"] == "ZeroDivisionError"


CHECKS = [
    ("test_literal_left", "in", 2, {"a": 1}, "left"),
    ("test_negated", "!=", 5, 5, "right"),
    ("test_two_names", "==", 1, 2, None),
    ("test_chained", "<", 3, 2, None),
    ("test_empty", "truth", {"#": 0, "of": []}, None, None),
    ("test_not", "not", {"#": 2, "of": [4, 5]}, None, None),
    ("test_helper", "==", {"#": 1, "of": [1]}, {"#": 0, "of": []}, "right"),
    ("test_parameter[2]", "==", 2, 1, "right"),
    ("test_did_not_raise", "raises", None, None, None),
    ("Case::test_equal", "==", {"#": 1, "of": [1]}, {"#": 2, "of": [1, 2]}, "right"),
]


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: str(case[0]))
def test_operands(suite: Child, case: tuple[object, ...]) -> None:
    [check] = suite.within("check", nodeid(str(case[0])))

    found = [check.get(name) for name in ("operator", "left", "right", "expected")]
    assert found == list(case[1:])
    assert check["form"] == ("unittest" if case[0] == "Case::test_equal" else "assert")


def test_values_are_digests_and_messages_scrubbed(suite: Child) -> None:
    [check] = suite.within("check", nodeid("test_compares"))

    [left] = check["left"]["of"]
    assert left.startswith("s17:")
    assert "@example.com" not in str(suite.within("failure", nodeid("test_compares")))
    assert "@example.com" not in check["message"]


@pytest.mark.parametrize(
    ("name", "part", "function"),
    [
        ("test_compares", "# compares", "test_compares"),
        ("test_literal_left", "# literal left", "test_literal_left"),
        ("test_helper", "# in the helper", "helper"),
    ],
)
def test_a_check_has_the_line_that_failed(
    suite: Child, name: str, part: str, function: str
) -> None:
    [check] = suite.within("check", nodeid(name))

    assert suite.site(check["site"]) == ("test_suite.py", line_of(SUITE, part), function)


def test_a_failing_comparison_is_told_when_it_failed(suite: Child) -> None:
    [check] = suite.within("check", nodeid("test_compares"))

    assert suite.end(nodeid("test_compares"))["failed_at"] == check["at"]


def test_an_exception_is_no_check(suite: Child) -> None:
    assert not suite.within("check", nodeid("test_swallowed_comparison"))
    assert suite.within("failure", nodeid("test_swallowed_comparison"))


def test_the_scope_is_seen_in_fixtures_bodies_and_coroutines(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": SUITE, "conftest.py": CONFTEST})

    child = run(
        [*PLAIN, "-k", "scope_is_seen or coroutine or method"], tmp_path, tmp_path / "trace"
    )

    assert child.status == 0, child.stdout
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    around = child.scope(nodeid("test_scope_is_seen"))["id"]
    assert seen == [
        ["setup", around],
        ["call", around],
        ["teardown", around],
        ["coroutine", child.scope(nodeid("test_coroutine"))["id"]],
        ["method", child.scope(nodeid("TestClass::test_method"))["id"]],
    ]


def test_without_assertion_rewriting_local_names_are_operands(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": SUITE, "conftest.py": CONFTEST})

    child = run([*PLAIN, "--assert=plain", "-k", "two_names"], tmp_path, tmp_path / "trace")

    [check] = child.within("check", nodeid("test_two_names"))
    assert (check["operator"], check["left"], check["right"]) == ("==", 1, 2)


def test_every_worker_of_xdist_writes_its_tests(tmp_path: Path) -> None:
    write(tmp_path, {"test_a.py": "def test_a(): pass", "test_b.py": "def test_b(): assert 0"})

    child = run([*PLAIN, "-p", "xdist", "-n", "2"], tmp_path, tmp_path / "trace")

    assert child.status == 1
    assert sorted(names(child.of("scope"))) == ["test_a.py::test_a", "test_b.py::test_b"]
    assert {end["outcome"] for end in child.of("scope_end")} == {"passed", "failed"}
    assert len(child.files) == 3


def test_no_plugin_is_added(tmp_path: Path) -> None:
    text = (
        "def test_plugins(pytestconfig):\n"
        "    manager = pytestconfig.pluginmanager\n"
        "    names = [name for name, _ in manager.list_name_plugin() if not name.isdigit()]\n"
        "    print('plugins', len(manager.get_plugins()), sorted(names))\n"
    )
    write(tmp_path, {"test_plugins.py": text})

    traced, alone = (run([*PLAIN, "-s"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert "plugins" in alone.stdout
    assert traced.stdout.splitlines()[0] == alone.stdout.splitlines()[0]
    assert traced.of("scope")
