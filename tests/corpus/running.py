"""Runs an app as its user would, without ormprobe, and reads which outcomes failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from tests.corpus.cases import Case

SECONDS = 60
INHERITED = ("DATABASE_URL", "PORT", "PYTHONPATH")
UNITTEST_FAILURE = re.compile(r"^(?:FAIL|ERROR): \w+ \(([\w.]+)\)", re.MULTILINE)
UNITTEST_TOTAL = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)


def failures(case: Case, app: Path, variables: Mapping[str, str]) -> set[str]:
    """The outcomes that fail when the app is run as its fixture says.

    `variables`: what the environment holds for this case.
    """
    command = command_of(case, app)
    if "pytest" in command:
        return pytest_failures(command, app, variables)
    done = run(command, app, variables)
    if "unittest" in command:
        return unittest_failures(done)
    if "manage.py" in command and UNITTEST_TOTAL.search(done.stderr):
        return unittest_failures(done)
    return {"process"} if done.returncode else set()


def command_of(case: Case, app: Path) -> list[str]:
    return list(case.exercise.command) or detected(app)


def detected(app: Path) -> list[str]:
    """What auto-detection would choose for an app without an exercise."""
    if any(app.rglob("test_*.py")):
        return ["python", "-m", "pytest", "-q"]
    assert (app / "__main__.py").exists(), "nothing to run"
    return ["python", "."]


def pytest_failures(command: list[str], app: Path, variables: Mapping[str, str]) -> set[str]:
    report = app.parent / "junit.xml"
    # Rendering the tracebacks of forty failures takes longer than the tests themselves.
    options = ["--tb=no", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"]
    done = run([*command, *options, f"--junitxml={report}"], app, variables)
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


def run(
    command: list[str], app: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        own_python(command),
        cwd=app,
        env={**clean_environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


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
