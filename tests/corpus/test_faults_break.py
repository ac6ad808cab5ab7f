"""The labels tell the truth: healthy apps pass, and a fault breaks exactly what it names.

Nothing here knows ormprobe: the apps run as their user would run them.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import split
from socket import create_server
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from tests.corpus.cases import FIXTURES, Case, cases, culprit_line, materialise

SECONDS = 60
READY_SECONDS = 20
CASES = cases()
FAULTY = tuple(case for case in CASES if case.fault is not None)
INHERITED = ("DATABASE_URL", "PORT", "PYTHONPATH")
# Of the faults, the silent one: the driver must read back what it wrote to see it.
SERVED = tuple(
    case
    for case in CASES
    if case.exercise.serve and (case.fault is None or case.fault.name == "uncommitted-write")
)
UNITTEST_FAILURE = re.compile(r"^(?:FAIL|ERROR): \w+ \(([\w.]+)\)", re.MULTILINE)
UNITTEST_TOTAL = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_exactly_the_named_outcomes_fail(case: Case, tmp_path: Path) -> None:
    expected = set(case.fault.breaks) if case.fault else set[str]()

    failed = failures(case, materialise(case, tmp_path))

    assert failed == expected


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.id)
def test_every_culprit_is_a_line_of_its_function(case: Case, tmp_path: Path) -> None:
    assert case.fault is not None
    assert case.fault.culprits

    app = materialise(case, tmp_path)

    for culprit in case.fault.culprits:
        number = culprit_line(app, culprit)
        assert function_at(app / culprit.file, number) == culprit.function


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.id)
def test_the_label_is_sound(case: Case) -> None:
    fault = case.fault
    assert fault is not None

    assert fault.name == "--".join(filter(None, (fault.cause, fault.variant)))
    assert fault.certainty in ("certain", "likely")
    assert (fault.severity, bool(fault.breaks)) in (("failure", True), ("hazard", False))


def test_every_patch_has_a_label_and_every_label_a_patch() -> None:
    patches = {path.with_suffix("") for path in FIXTURES.rglob("faults/*.patch")}
    labels = {path.with_suffix("") for path in FIXTURES.rglob("faults/*.toml")}

    assert patches == labels
    assert len(labels) == len(FAULTY)


@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.id)
def test_the_driver_over_a_real_server_fails_with_a_fault_alone(case: Case, tmp_path: Path) -> None:
    app = materialise(case, tmp_path)
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with serving(case, app, port):
        done = run(split(case.exercise.drive.format(port=port)), app)

    assert done.returncode == (0 if case.fault is None else 1), done.stdout


def failures(case: Case, app: Path) -> set[str]:
    """The outcomes that fail when the app is run as its fixture says."""
    command = list(case.exercise.command) or detected(app)
    if "pytest" in command:
        return pytest_failures(command, app)
    done = run(command, app)
    if "unittest" in command:
        return unittest_failures(done)
    return {"process"} if done.returncode else set()


def detected(app: Path) -> list[str]:
    """What auto-detection would choose for an app without an exercise."""
    if any(app.rglob("test_*.py")):
        return ["python", "-m", "pytest", "-q"]
    assert (app / "__main__.py").exists(), "nothing to run"
    return ["python", "."]


def pytest_failures(command: list[str], app: Path) -> set[str]:
    report = app.parent / "junit.xml"
    # Rendering the tracebacks of forty failures takes longer than the tests themselves.
    options = ["--tb=no", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"]
    done = run([*command, *options, f"--junitxml={report}"], app)
    assert report.exists(), done.stderr or done.stdout
    tests = list(ElementTree.parse(report).iter("testcase"))
    assert tests, done.stdout
    bad = {node_id(test.attrib) for test in tests if test.find("failure") is not None}
    bad |= {node_id(test.attrib) for test in tests if test.find("error") is not None}
    assert done.returncode == (1 if bad else 0), done.stdout
    return bad


def node_id(test: Mapping[str, str]) -> str:
    """`tests/test_a.py::TestB::test_c` from a testcase of the xunit1 family."""
    file = test.get("file", "")
    module = file.removesuffix(".py").replace("/", ".")
    classes = test["classname"].removeprefix(module).strip(".").split(".")
    return "::".join(part for part in (file, *classes, test["name"]) if part)


def unittest_failures(done: subprocess.CompletedProcess[str]) -> set[str]:
    total = UNITTEST_TOTAL.search(done.stderr)
    assert total is not None, done.stderr
    assert int(total[1]) > 0, done.stderr
    bad = set(UNITTEST_FAILURE.findall(done.stderr))
    assert bool(done.returncode) == bool(bad), done.stderr
    return bad


def run(command: list[str], app: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        own_python(command),
        cwd=app,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@contextmanager
def serving(case: Case, app: Path, port: int) -> Iterator[None]:
    """The fixture's server, from its first answer to the end of the block."""
    environment = {**clean_environment(), "PORT": str(port)}
    with (app.parent / "server.log").open("wb") as log:
        command = own_python(split(case.exercise.serve.format(port=port)))
        server = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=log)
    try:
        wait_for(case.exercise.ready.format(port=port), server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=10)


def own_python(command: list[str]) -> list[str]:
    return [sys.executable if command[0] == "python" else command[0], *command[1:]]


def clean_environment() -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in INHERITED and not name.startswith(("PYTEST_", "COV_"))
    }
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    # The plugins beside us are not the app's; one that it needs is named with -p in its command.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return environment


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    end = monotonic() + READY_SECONDS
    while True:
        try:
            with urlopen(url, timeout=READY_SECONDS):
                return
        except URLError:
            assert server.poll() is None, "the server ended"
            assert monotonic() < end, "the server does not answer"
            sleep(0.05)


def function_at(file: Path, number: int) -> str:
    """The qualified name of the innermost function or class around a line."""
    if file.suffix != ".py":
        return "<template>"
    names: list[str] = []
    node: ast.AST | None = ast.parse(file.read_text(encoding="utf-8"))
    while node is not None:
        node = next((n for n in ast.iter_child_nodes(node) if spans(n, number)), None)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
    return ".".join(names) or "<module>"


def spans(node: ast.AST, number: int) -> bool:
    return isinstance(node, (ast.stmt, ast.expr, ast.excepthandler)) and (
        node.lineno <= number <= (node.end_lineno or node.lineno)
    )
