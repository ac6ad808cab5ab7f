"""SQLAlchemy's own tests, with the shims and without: the outcomes must be the same, test by test.

Run on demand. The tests come with the source distribution of the SQLAlchemy that the interpreter
has, which pip fetches into a temporary folder (or `--sdist` names); the library itself is the
installed one. Both runs go side by side, each in a process and a folder of its own. Prints every
difference, and exits with 1 if there is one or a shim has switched itself off.

    python tests/upstream/sqlalchemy_suite.py --subset test/orm/test_session.py test/ext/asyncio
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from ormprobe_instrumentation import inject_folder

SUBSET = ("test/orm", "test/ext/asyncio", "test/engine/test_pool.py")
PLAIN, TRACED = "plain", "traced"

Outcomes = dict[str, tuple[str, str]]
"""By a test's name: its outcome and the first line of what pytest says of a failure."""


def version_of(python: str) -> str:
    code = "import sqlalchemy; print(sqlalchemy.__version__)"
    words = [python, "-c", code]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def fetched(version: str, folder: Path) -> Path:
    """The source distribution of a version, fetched by pip."""
    words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    # pip builds the metadata, and need not compile anything for it
    environment = {**os.environ, "DISABLE_SQLALCHEMY_CEXT": "1"}
    words += ["--dest", str(folder), f"SQLAlchemy=={version}"]
    subprocess.run(words, env=environment, check=True)
    [found] = folder.glob("*.tar.gz")
    return found


def unpacked(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [root] = folder.iterdir()
    return root


class Suite:
    """One run of the tests in an unpacked source distribution."""

    app = "test"
    """The folder of the distribution whose code is the app's."""

    def __init__(self, kind: str, python: str, root: Path, folder: Path) -> None:
        self.kind = kind
        self.root = root
        self.trace = folder / "trace"
        self.junit = folder / f"{kind}.xml"
        self.log = folder / f"{kind}.log"
        self.python = python

    def start(self, subset: list[str], more: list[str]) -> subprocess.Popen[bytes]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYTEST", "ORMPROBE"))
        }
        # the first keeps the tests' own copy of the library off the path
        environment |= {"PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0"}
        environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        if self.kind == TRACED:
            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(self.trace),
                "ORMPROBE_APP": str(self.root / self.app),
                "ORMPROBE_KEY": "00" * 16,
            }
        words = [self.python, "-m", "pytest", "-q", "--maxfail=1000000", "-p", "no:cacheprovider"]
        # a file that the interpreter is too old for must not keep the others from running
        words += ["--continue-on-collection-errors", f"--junitxml={self.junit}", *more, *subset]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                words, cwd=self.root, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def outcomes(self) -> Outcomes:
        if not self.junit.exists():
            sys.exit(f"the {self.kind} run gave no result:\n{self.log.read_text()[-3000:]}")
        found: Outcomes = {}
        times: Counter[str] = Counter()
        for case in ElementTree.parse(self.junit).iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            times[name] += 1  # an error at teardown is an entry of its own
            state, message = "passed", ""
            for entry in case:
                if entry.tag in ("failure", "error", "skipped"):
                    state = entry.tag
                    message = (entry.get("message") or "").partition("\n")[0][:300]
            found[f"{name} ({times[name]})" if times[name] > 1 else name] = state, message
        if all(state != "passed" for state, _ in found.values()):
            sys.exit(f"nothing passed in the {self.kind} run:\n{self.log.read_text()[-3000:]}")
        return found

    def disabled(self) -> list[str]:
        """What the shims said when they switched themselves off."""
        found: Counter[str] = Counter()
        for file in self.trace.glob("events-*.jsonl"):
            with file.open() as lines:
                for line in lines:
                    if line.startswith('{"kind":"shim"') and '"disabled"' in line:
                        event = json.loads(line)
                        found[f"{event['name']}: {event.get('reason')}"] += 1
        return [f"{times} x {reason}" for reason, times in found.items()]

    def lines(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for file in self.trace.glob("events-*.jsonl"):
            with file.open() as lines:
                for line in lines:
                    found[line[9 : line.index('"', 9)]] += 1
        return found


def compared(plain: Outcomes, traced: Outcomes) -> list[str]:
    """A line for each test whose outcome is not the same."""
    missing = ("not run", "")
    found: list[str] = []
    for name in sorted(plain.keys() | traced.keys()):
        before, after = plain.get(name, missing), traced.get(name, missing)
        if before[0] != after[0]:
            found.append(
                f"{name}\n    plain:  {before[0]} {before[1]}\n    traced: {after[0]} {after[1]}"
            )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subset", nargs="+", default=list(SUBSET), help="paths in the sdist")
    parser.add_argument("--python", default=sys.executable, help="whose SQLAlchemy is tested")
    parser.add_argument("--sdist", type=Path, help="a source distribution that is at hand")
    parser.add_argument("--keep", type=Path, help="where logs and the trace are to stay")
    parser.add_argument("--pytest", nargs="+", default=[], help="more words for pytest, as -k=...")
    parser.add_argument("--timeout", type=float, default=7200, help="seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = arguments.keep.resolve() if arguments.keep else folder / "results"
        results.mkdir(parents=True, exist_ok=True)
        version = version_of(arguments.python)
        (folder / "sdist").mkdir()
        sdist = arguments.sdist or fetched(version, folder / "sdist")
        suites = [
            Suite(kind, arguments.python, unpacked(sdist, folder / kind), results)
            for kind in (PLAIN, TRACED)
        ]
        running = [suite.start(arguments.subset, arguments.pytest) for suite in suites]
        try:
            for process in running:
                process.wait(arguments.timeout)
        finally:
            for process in running:
                process.kill()
                process.wait()
        plain, traced = (suite.outcomes() for suite in suites)
        differences = compared(plain, traced)
        disabled = suites[1].disabled()
        print(f"SQLAlchemy {version}, {' '.join(arguments.subset)}")
        for suite, found in zip(suites, (plain, traced), strict=True):
            counts = Counter(state for state, _ in found.values())
            print(f"{suite.kind}: {len(found)} tests, {dict(sorted(counts.items()))}")
        print(f"events: {dict(suites[1].lines().most_common())}")
        for line in (*differences, *disabled):
            print(line)
        print(f"{len(differences)} differences, {len(disabled)} shims off")
        return 1 if differences or disabled else 0


if __name__ == "__main__":
    sys.exit(main())
