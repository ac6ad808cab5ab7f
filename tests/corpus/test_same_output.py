"""Do no harm: the fixtures' own suites say the same with shims as without, to the last line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ormprobe_instrumentation import inject_folder
from tests.corpus.cases import Case, cases, materialise
from tests.corpus.databases import Environment
from tests.corpus.rotation import VARIABLE, day_of_year, params_of_one, today
from tests.corpus.running import clean_environment, command_of, own_python
from tests.instrumentation.traced import without_times

SECONDS = 180
DURATION = re.compile(r"\bin \d+(\.\d+)?s\b(?: \(\d+:\d\d:\d\d\))?|=+(?= )|(?<= )=+")
SLOW = re.compile(r"^\.*Executing <.* took .*\n", re.MULTILINE)  # so says asyncio's debug mode
# names of temporary files and databases, salted hashes, times of rows, numbers of sessions in a
# race of threads, parameters that SQLAlchemy names by their address, the date of an answer, ports
# and file descriptors of sockets, whether a thread was done when it was asked
RANDOM = re.compile(
    r"\btmp[a-z0-9_]{8}\b|\btest_[0-9a-f]{12}\b|(?:scrypt|sha256):[^']+|[0-9a-f]{16,}"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+|datetime\.datetime\([\d, ]+|session '\d+'"
    r"|this is '\d+'|%\(\d+ |'Date': '[^']*'|127\.0\.0\.1:\d+|\bfd=\d+|_base\.py:\d+: in resu\w+"
)

# asyncio's debug mode shows ten frames, those of a wrapped coroutine function among them
CREATED = re.compile(r"Coroutine created at \(most recent call last\)\n(?:  .*\n)+")

# SQLAlchemy connects from another line of the same function once anybody listens to its errors
CONNECT = re.compile(r"""create\.py(?::\d+:|", line \d+,) in connect\n.*\n(?: +[\^~]+\n)?""")


@dataclass(frozen=True)
class Ran:
    """What a user sees of a run. `tests`: outcome by name, where pytest ran them."""

    status: int
    stdout: str
    stderr: str
    tests: dict[str, tuple[str, str]]


CASES = cases()
HEALTHY = [case for case in CASES if case.fault is None]
FAULTY = [case for case in CASES if case.fault is not None]


def healthy() -> Iterator[object]:
    """Each healthy case under one filter of warnings today, and under the other tomorrow."""
    chosen = today(HEALTHY)
    other = pytest.mark.skip(reason=f"not its turn; {VARIABLE}=all runs it")
    for number, case in enumerate(HEALTHY):
        for which, filtered in enumerate(("default", "error")):
            turn = VARIABLE in os.environ or (number + which + day_of_year()) % 2 == 0
            marks = () if turn and case.id in chosen else other
            yield pytest.param(case, filtered, id=f"{case.id}-{filtered}", marks=marks)


@pytest.mark.parametrize(("case", "warnings"), list(healthy()))
def test_a_healthy_suite_says_the_same(
    case: Case, warnings: str, tmp_path: Path, database_of: Environment
) -> None:
    assert_same(case, warnings, tmp_path, database_of)


@pytest.mark.parametrize("case", params_of_one(FAULTY))
def test_a_failing_suite_says_the_same(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    assert_same(case, "default", tmp_path, database_of)


def assert_same(case: Case, warnings: str, tmp_path: Path, database_of: Environment) -> None:
    folder = tmp_path / "at"
    bare = ran(case, folder, warnings, database_of(case, folder))
    shutil.rmtree(folder)

    shims = {"PYTHONPATH": os.fspath(inject_folder()), "ORMPROBE_TRACE": str(tmp_path / "trace")}
    traced = ran(case, folder, warnings, {**database_of(case, folder), **shims})

    fault = case.fault
    if fault is not None and fault.raced:
        assert {*traced.tests} == {*bare.tests}
        return
    assert traced.tests == bare.tests
    if fault is None or not fault.collected:
        assert traced.stdout == bare.stdout
        assert traced.stderr == bare.stderr
    assert traced.status == bare.status
    assert list((tmp_path / "trace").glob("events-*.jsonl"))


def ran(case: Case, into: Path, warnings: str, variables: Mapping[str, str]) -> Ran:
    """Run the app's suite in a fresh copy at `into`, in an environment with these variables."""
    into.mkdir()
    app = materialise(case, into)
    command = own_python(command_of(case, app))
    report = into / "junit.xml"
    if "pytest" in command:
        command += ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        # short, since forty long tracebacks take longer than their tests
        command += ["--tb=short", f"--basetemp={into / 'temporary'}"]
    command[1:1] = ["-W", warnings]
    environment = {**clean_environment(), "PYTHONHASHSEED": "0", "COLUMNS": "80", **variables}
    done = subprocess.run(
        command,
        cwd=app,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    tests = dict(outcomes(report)) if report.exists() else {}
    return Ran(done.returncode, plain(done.stdout), plain(done.stderr), tests)


def plain(output: str) -> str:
    """An output without durations (and the rulers that they shift), addresses, what is random.

    And without the line from which SQLAlchemy connects.
    """
    output = CONNECT.sub("<connect>\n", without_times(SLOW.sub("", output)))
    return RANDOM.sub("<random>", DURATION.sub("", CREATED.sub("<created>\n", output)))


def outcomes(report: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each test's name with its outcome and the message of it."""
    for test in ElementTree.parse(report).iter("testcase"):
        ends = [part for part in test if part.tag in ("failure", "error", "skipped")]
        tags = ",".join(part.tag for part in ends) or "passed"
        messages = "\n".join(part.get("message", "") for part in ends)
        yield f"{test.get('classname')}::{test.get('name')}", (tags, plain(messages))
