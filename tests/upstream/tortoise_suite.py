"""Tortoise's own tests, with the shims and without: the outcomes must be the same, test by test.

Run on demand, on SQLite. The tests come with the source distribution of the Tortoise that the
interpreter has (of 1.1 or later), which pip fetches into a temporary folder (or `--sdist` names);
the library itself is the installed one. Prints every difference, and exits with 1 if there is one
or a shim has switched itself off.

    python tests/upstream/tortoise_suite.py --subset tests/test_relations.py tests/fields
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.upstream.sqlalchemy_suite import PLAIN, TRACED, Suite, compared, unpacked

FIXTURES = Path(__file__).with_name("tortoise_conftest.py")


class TortoiseSuite(Suite):
    """One run of Tortoise's tests."""

    app = "tests"


def version_of(python: str) -> str:
    words = [python, "-c", "import tortoise; print(tortoise.__version__)"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def fetched(version: str, folder: Path) -> Path:
    """The source distribution of a version, fetched by pip."""
    words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*words, "--dest", str(folder), f"tortoise-orm=={version}"], check=True)
    [found] = folder.glob("*.tar.gz")
    return found


def prepared(sdist: Path, folder: Path) -> Path:
    """The unpacked tests, with the fixtures that they need, and without the library."""
    root = unpacked(sdist, folder)
    shutil.rmtree(root / "tortoise")
    shutil.copy(FIXTURES, root / "conftest.py")
    return root


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subset", nargs="+", default=["tests"], help="paths in the sdist")
    parser.add_argument("--python", default=sys.executable, help="whose Tortoise is tested")
    parser.add_argument("--sdist", type=Path, help="a source distribution that is at hand")
    parser.add_argument("--keep", type=Path, help="where logs and the trace are to stay")
    parser.add_argument("--pytest", nargs="+", default=[], help="more words for pytest, as -k=...")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = arguments.keep.resolve() if arguments.keep else folder / "results"
        results.mkdir(parents=True, exist_ok=True)
        version = version_of(arguments.python)
        (folder / "sdist").mkdir()
        sdist = arguments.sdist or fetched(version, folder / "sdist")
        suites = [
            TortoiseSuite(kind, arguments.python, prepared(sdist, folder / kind), results)
            for kind in (PLAIN, TRACED)
        ]
        words = ["-p", "pytest_asyncio.plugin", *arguments.pytest]
        running = [suite.start(arguments.subset, words) for suite in suites]
        try:
            for process in running:
                process.wait(arguments.timeout)
        finally:
            for process in running:
                process.kill()
                process.wait()
        plain, traced = (suite.outcomes() for suite in suites)
        differences, disabled = compared(plain, traced), suites[1].disabled()
        print(f"Tortoise {version}, {' '.join(arguments.subset)}")
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
