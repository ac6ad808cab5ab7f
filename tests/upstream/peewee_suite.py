"""Peewee's own tests, with the shims and without: the outcomes must be the same, test by test.

Run on demand. What the registry distributes of Peewee has no tests: `--source` names a tarball of
its repository, as distributions of Linux keep them. The library itself is the installed one, which
may be newer than the tests: then some fail, in both runs. Prints every difference, and exits with 1
if there is one or a shim has switched itself off.

    python tests/upstream/peewee_suite.py --source peewee_3.18.3.orig.tar.gz --backend postgres
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ormprobe_instrumentation import inject_folder
from tests import postgres
from tests.upstream.sqlalchemy_suite import PLAIN, TRACED, Suite, compared, unpacked

LEFT_OUT = ("apsw_ext", "cockroachdb", "cysqlite", "mysql_ext", "sqlcipher_ext", "__main__", "base")
"""Modules of tests that need other drivers, or hold none."""


_NEWER = {
    "from playhouse.psycopg3_ext import Psycopg3Database": """try:
    from playhouse.psycopg3_ext import Psycopg3Database
except ImportError:
    from playhouse.postgres_ext import Psycopg3Database""",
    "from peewee import bytes_type": "bytes_type = bytes",
    "from playhouse.sqlite_ext import SqliteExtDatabase": """try:
    from playhouse.sqlite_ext import SqliteExtDatabase
except ImportError:
    from peewee import SqliteDatabase as SqliteExtDatabase""",
}
"""What the tests of 3.x import and 4.x does not have, and what it has instead."""


class PeeweeSuite(Suite):
    """One run of the tests in an unpacked repository, without the library that is in it."""

    backend = "sqlite"
    more: dict[str, str]

    def start(self, subset: list[str], more: list[str]) -> subprocess.Popen[bytes]:
        for name in ("peewee.py", "pwiz.py"):
            (self.root / name).unlink()
        shutil.rmtree(self.root / "playhouse")
        files = sorted((self.root / "tests").glob("*.py"))
        for file in files:
            text = file.read_text()
            for missing, instead in _NEWER.items():
                text = re.sub(rf"^{re.escape(missing)}$", instead, text, flags=re.MULTILINE)
            file.write_text(text)
        wanted = subset or [file.stem for file in files if file.stem not in LEFT_OUT]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYTEST", "ORMPROBE"))
        }
        environment |= {"PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        environment |= {"PEEWEE_TEST_BACKEND": self.backend, **self.more}
        if self.kind == TRACED:
            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(self.trace),
                "ORMPROBE_APP": str(self.root),
                "ORMPROBE_KEY": "00" * 16,
            }
        words = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        words += ["-o", "python_functions=none", "--continue-on-collection-errors", "-Wignore"]
        words += [f"--junitxml={self.junit}", *more]
        words += [f"tests/{name}.py" for name in wanted if name != "__init__"]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                words, cwd=self.root, env=environment, stdout=log, stderr=subprocess.STDOUT
            )


@contextmanager
def server(backend: str, folder: Path) -> Iterator[dict[str, str]]:
    """What tells the tests of a server with their database; nothing for SQLite."""
    if backend == "sqlite":
        yield {}
        return
    import psycopg

    with postgres.server(folder) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE peewee_test")
        host = re.search(r"host=([^&]+)", url)
        assert host is not None, url
        yield {"PEEWEE_PSQL_HOST": host[1], "PEEWEE_PSQL_USER": "postgres"}


def version_of(python: str) -> str:
    words = [python, "-c", "import peewee; print(peewee.__version__)"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--source", type=Path, required=True, help="a tarball of the repository")
    parser.add_argument("--subset", nargs="+", default=[], help="modules of the tests")
    parser.add_argument("--backend", choices=("sqlite", "postgres", "psycopg3"), default="sqlite")
    parser.add_argument("--python", default=sys.executable, help="whose Peewee is tested")
    parser.add_argument("--keep", type=Path, help="where logs and the trace are to stay")
    parser.add_argument("--pytest", nargs="+", default=[], help="more words for pytest, as -k=...")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        results = arguments.keep.resolve() if arguments.keep else folder / "results"
        results.mkdir(parents=True, exist_ok=True)
        suites: list[PeeweeSuite] = []
        for kind in (PLAIN, TRACED):
            root = unpacked(arguments.source, folder / kind)
            suite = PeeweeSuite(kind, arguments.python, root, results)
            suite.backend = arguments.backend
            place = Path(tempfile.gettempdir()) / f"peewee-{os.getpid()}-{kind}"
            suite.more = stack.enter_context(server(arguments.backend, place))
            suites.append(suite)
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
        print(f"Peewee {version_of(arguments.python)}, {arguments.source.name}, {suite.backend}")
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
