"""Django's own tests, with the shims and without: the outcomes must be the same, test by test.

Run on demand. The tests come with the source distribution of the Django that the interpreter has,
which pip fetches into a temporary folder (or `--sdist` names); the library itself is the installed
one. Both runs use SQLite in memory and Django's own runner, each in a folder of its own, side by
side. Prints every difference, and exits with 1 if there is one or a shim has switched itself off.

    python tests/upstream/django_suite.py --subset queries transactions --python venv/bin/python
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

from ormprobe_instrumentation import inject_folder

SUBSET = (
    "queries", "transactions", "prefetch_related", "select_related", "async", "get_or_create",
    "backends", "select_related_onetoone", "defer", "defer_regress", "generic_relations",
    "generic_relations_regress", "m2m_and_m2o", "m2m_intermediary", "m2m_multiple",
    "m2m_recursive", "m2m_regress", "m2m_signals", "m2m_through", "m2m_through_regress",
    "many_to_many", "many_to_one", "many_to_one_null", "one_to_one", "raw_query", "bulk_create",
    "delete", "delete_regress", "basic", "lookup", "aggregation", "expressions", "update", "sqlite",
    "transaction_hooks", "atomic_requests", "test_utils", "test_runner", "handlers", "asgi",
    "db_utils", "db_functions", "model_inheritance", "model_fields", "validation", "signals",
    "queryset_pickle", "migrations", "migrate_signals", "introspection", "schema", "fixtures",
    "serializers", "contenttypes_tests", "composite_pk", "fetch_modes", "custom_managers",
    "multiple_database", "nested_foreign_keys", "null_fk", "or_lookups", "ordering",
    "proxy_models", "reverse_lookup", "sessions_tests", "swappable_models", "unmanaged_models",
    "select_for_update", "servers", "view_tests", "wsgi", "test_client", "connection_wrappers",
)  # fmt: skip
PLAIN, TRACED = "plain", "traced"

RUNNER = """
import json, os, unittest
from test_sqlite import *
from django.test.runner import DiscoverRunner

OUTCOMES = {}

class Result(unittest.TextTestResult):
    def note(self, test, state, error=None):
        text = "" if error is None else "%s: %s" % (error[0].__name__, error[1])
        if OUTCOMES.get(test.id(), ["passed"])[0] == "passed":
            OUTCOMES[test.id()] = [state, text.partition("\\n")[0][:300]]
    def addSuccess(self, test):
        self.note(test, "passed")
        super().addSuccess(test)
    def addError(self, test, error):
        self.note(test, "error", error)
        super().addError(test, error)
    def addFailure(self, test, error):
        self.note(test, "failed", error)
        super().addFailure(test, error)
    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, "failed", error)
        super().addSubTest(test, subtest, error)
    def addSkip(self, test, reason):
        self.note(test, "skipped")
        super().addSkip(test, reason)
    def addExpectedFailure(self, test, error):
        self.note(test, "expected")
        super().addExpectedFailure(test, error)
    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected")
        super().addUnexpectedSuccess(test)

class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Result
    def run_suite(self, suite, **kwargs):
        try:
            return super().run_suite(suite, **kwargs)
        finally:
            with open(os.environ["OUTCOMES"], "w") as file:
                json.dump(OUTCOMES, file)

TEST_RUNNER = "ormprobe_suite.Runner"
"""

Outcomes = dict[str, tuple[str, str]]
"""By a test's name: its outcome, and the first line of what it failed with."""


def version_of(python: str) -> str:
    words = [python, "-c", "import django; print(django.__version__)"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def fetched(python: str, version: str, folder: Path) -> Path:
    """The source distribution of a version, fetched by the pip of the interpreter it is for."""
    words = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*words, "--dest", str(folder), f"Django=={version}"], check=True)
    [found] = folder.glob("*.tar.gz")
    return found


def unpacked(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [root] = folder.iterdir()
    return root


class Suite:
    """One run of the tests in an unpacked source distribution."""

    def __init__(self, kind: str, python: str, root: Path, folder: Path) -> None:
        self.kind = kind
        self.tests = root / "tests"
        self.trace = folder / "trace"
        self.result = folder / f"{kind}.json"
        self.log = folder / f"{kind}.log"
        self.python = python

    def start(self, subset: list[str]) -> subprocess.Popen[bytes]:
        (self.tests / "ormprobe_suite.py").write_text(RUNNER)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYTEST", "ORMPROBE", "DJANGO"))
        }
        environment |= {"PYTHONHASHSEED": "0", "OUTCOMES": str(self.result)}
        if self.kind == TRACED:
            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(self.trace),
                "ORMPROBE_APP": str(self.tests),
                "ORMPROBE_KEY": "00" * 16,
            }
        words = [self.python, "runtests.py", "--settings=ormprobe_suite", "--parallel=1"]
        words += [name for name in subset if (self.tests / name).is_dir()]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                words, cwd=self.tests, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def outcomes(self) -> Outcomes:
        if not self.result.exists():
            sys.exit(f"the {self.kind} run gave no result:\n{self.log.read_text()[-3000:]}")
        found = json.loads(self.result.read_text())
        if all(state != "passed" for state, _ in found.values()):
            sys.exit(f"nothing passed in the {self.kind} run:\n{self.log.read_text()[-3000:]}")
        return {name: (state, message) for name, (state, message) in found.items()}

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
    parser.add_argument("--subset", nargs="+", default=list(SUBSET), help="folders of the tests")
    parser.add_argument("--python", default=sys.executable, help="whose Django is tested")
    parser.add_argument("--sdist", type=Path, help="a source distribution that is at hand")
    parser.add_argument("--keep", type=Path, help="where logs and the trace are to stay")
    parser.add_argument("--timeout", type=float, default=7200, help="seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = arguments.keep.resolve() if arguments.keep else folder / "results"
        results.mkdir(parents=True, exist_ok=True)
        version = version_of(arguments.python)
        (folder / "sdist").mkdir()
        sdist = arguments.sdist or fetched(arguments.python, version, folder / "sdist")
        suites = [
            Suite(kind, arguments.python, unpacked(sdist, folder / kind), results)
            for kind in (PLAIN, TRACED)
        ]
        running = [suite.start(arguments.subset) for suite in suites]
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
        print(f"Django {version}, {len(arguments.subset)} folders")
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
