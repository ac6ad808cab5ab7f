from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.traced import INNER, run, without_times, write

PYTEST_SUITE = """\
import unittest, warnings
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("in setup")

@pytest.fixture
def breaks():
    yield
    raise RuntimeError("in teardown")

def test_passes(): print("captured")
def test_fails():
    print("captured")
    rows = [{"name": "a"}]
    assert rows == [{"name": "b"}], "a message"
def test_raises(): raise KeyError("status")
def test_setup(broken): pass
def test_teardown(breaks): pass
def test_warns(): warnings.warn("careful")
def test_did_not_raise():
    with pytest.raises(ValueError): pass
def test_other_exception():
    with pytest.raises(ValueError): raise KeyError("other")
def test_no_match():
    with pytest.raises(ValueError, match="this"): raise ValueError("that")
@pytest.mark.skip(reason="why")
def test_skipped(): pass
@pytest.mark.xfail
def test_xfail(): assert 0
@pytest.mark.xfail(strict=True)
def test_xpass(): pass
@pytest.mark.parametrize("value", [1, 2])
def test_parameter(value): assert value == 1
class Case(unittest.TestCase):
    def test_equal(self): self.assertEqual([1], [2])
    def test_raises(self):
        with self.assertRaises(KeyError): raise ValueError("wrong one")
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number): self.assertEqual(number, 1)
"""

UNITTEST_SUITE = """\
import unittest, warnings

class Case(unittest.TestCase):
    def test_passes(self): pass
    def test_equal(self): self.assertEqual([1], [2])
    def test_error(self): raise KeyError("status")
    def test_returns(self): return 4
    def test_warns(self): warnings.warn("careful")
    def test_not_raised(self):
        with self.assertRaises(KeyError): pass
    def test_other_raised(self):
        with self.assertRaises(KeyError): raise ValueError("wrong one")
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number): self.assertEqual(number, 1)
    @unittest.skip("why")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("class")
    def test_x(self): pass
class TornDown(unittest.TestCase):
    def tearDown(self): raise RuntimeError("tear down")
    def test_x(self): pass
class Async(unittest.IsolatedAsyncioTestCase):
    async def test_async(self): self.assertIn(1, [2])
"""

REQUESTS = """\
from flask import Flask
app = Flask(__name__)

@app.get("/")
def index():
    return "fine"

client = app.test_client()
print(client.get("/").data, client.get("/").data)
"""

# Each makes one step of a shim fail inside, before anything else runs.
SABOTAGE = """\
import sys
def broken(*args, **kwargs):
    raise ZeroDivisionError("sabotage")
recorder = {inner}
recorder.{method} = broken
""".replace("{inner}", INNER)


def same(app: Path, arguments: list[str]) -> str:
    """Assert that a run is the same with and without us; its output."""
    traced, alone = (run(arguments, app, trace) for trace in (app / "trace", None))
    assert traced.status == alone.status
    assert without_times(traced.stdout) == without_times(alone.stdout)
    assert without_times(traced.stderr) == without_times(alone.stderr)
    assert traced.of("scope")
    assert not traced.of("shim", state="disabled")
    return alone.stdout + alone.stderr


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-v", "-rA"],
        ["-W", "error"],
        ["-p", "no:cacheprovider"],
        ["--assert=plain"],
        ["--tb=native"],
        ["--full-trace"],
        ["-x", "--showlocals"],
        ["--setup-show", "-s"],
        ["--collect-only", "-q", "test_suite.py", "test_broken.py"],
    ],
    ids=" ".join,
)
def test_pytest_says_the_same(tmp_path: Path, options: list[str]) -> None:
    write(tmp_path, {"test_suite.py": PYTEST_SUITE})
    if "test_broken.py" in options:
        write(tmp_path, {"test_broken.py": "import nope"})

    output = same(tmp_path, ["-m", "pytest", *options])

    assert "test_" in output


def test_xdist_says_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": PYTEST_SUITE})
    arguments = [
        "-m",
        "pytest",
        "-p",
        "xdist",
        "-n",
        "2",
        "-q",
        "--tb=no",
        "-p",
        "no:cacheprovider",
    ]

    traced, alone = (run(arguments, tmp_path, trace) for trace in (tmp_path / "t", None))

    assert traced.status == alone.status == 1
    counts = [without_times(output.stdout).splitlines()[-1] for output in (traced, alone)]
    assert counts[0] == counts[1]
    assert len(traced.of("scope")) == 17


@pytest.mark.parametrize("options", [[], ["-W", "error"], ["-b"]], ids=" ".join)
def test_unittest_says_the_same(tmp_path: Path, options: list[str]) -> None:
    write(tmp_path, {"test_suite.py": UNITTEST_SUITE, "test_broken.py": "import nope"})
    python = options if "-W" in options else []
    runner = [] if "-W" in options else options

    output = same(tmp_path, [*python, "-m", "unittest", "-v", *runner])

    assert "FAILED (" in output


@pytest.mark.parametrize(
    ("shim", "arguments", "method"),
    [
        ("unittest", ["-m", "unittest", "-v"], "number"),
        ("unittest", ["-m", "unittest", "-v"], "site_number"),
        ("pytest", ["-m", "pytest", "-v", "-p", "no:cacheprovider"], "number"),
        ("pytest", ["-m", "pytest", "-v", "-p", "no:cacheprovider"], "site_number"),
        ("flask", ["calls.py"], "number"),
        ("flask", ["calls.py"], "site_number"),
    ],
)
def test_a_failing_hook_turns_its_shim_off_and_nothing_else(
    tmp_path: Path, shim: str, arguments: list[str], method: str
) -> None:
    suite = UNITTEST_SUITE if shim == "unittest" else PYTEST_SUITE
    sabotage = SABOTAGE.replace("{method}", method)
    guarded = "import sys\nif '_ormprobe.activate' in sys.modules:\n    import sabotage\n"
    files = {"sabotage.py": sabotage, "calls.py": guarded + REQUESTS}
    write(tmp_path, files if shim == "flask" else {**files, "test_suite.py": suite})
    if shim != "flask":
        write(tmp_path, {"test_a.py" if shim == "unittest" else "conftest.py": guarded})

    traced, alone = (run(arguments, tmp_path, trace) for trace in (tmp_path / "t", None))

    assert traced.status == alone.status
    assert without_times(traced.stdout) == without_times(alone.stdout)
    assert without_times(traced.stderr) == without_times(alone.stderr)
    disabled = traced.one("shim", state="disabled")
    assert disabled["name"] == shim
    assert disabled["reason"].startswith("ZeroDivisionError: sabotage (")


PROPERTIES = """\
import warnings

class Odd(Exception):
    @property
    def code(self):
        warnings.warn("use status", DeprecationWarning)
        return "x"

    @property
    def sqlstate(self):
        raise RuntimeError("not without a server")

def test_odd():
    raise Odd("odd")
"""


def test_an_exception_s_own_properties_do_not_run(tmp_path: Path) -> None:
    write(tmp_path, {"test_odd.py": PROPERTIES})

    output = same(tmp_path, ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"])

    assert "1 failed" in output
