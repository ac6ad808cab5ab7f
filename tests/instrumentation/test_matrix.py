"""The shim's own tests against every pair of `tests/matrix.toml`; `make matrix` runs them.

A pair whose interpreter is not at hand is skipped, and says so. Environments stay in `.matrix/`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TABLE: dict[str, Any] = tomllib.loads((ROOT / "tests" / "matrix.toml").read_text())
PAIRS: list[dict[str, Any]] = TABLE["pair"]
ASKED = "ORMPROBE_MATRIX" in os.environ
LIBRARIES = ("sqlalchemy", "django")


def wanted_by(pair: dict[str, Any]) -> list[str]:
    """What a pair's environment has."""
    if library_of(pair) == "django":
        version = pair["django"]
        return [f"Django=={version}.*", "psycopg[binary]", "psycopg2-binary"]
    wanted = [f"SQLAlchemy=={pair['sqlalchemy']}.*", "Jinja2", "Flask"]
    if pair.get("asyncio"):
        wanted += ["aiosqlite", "asyncpg", "greenlet", "psycopg[binary]", "psycopg2-binary"]
        wanted += ["pydantic"]
    return wanted


def files_of(pair: dict[str, Any]) -> list[str]:
    """The files of tests that a pair runs."""
    if library_of(pair) == "django":
        return list(TABLE["default"]["django"])
    tests = pair.get("tests", TABLE["default"]["tests"])
    return [*tests, *TABLE["default"]["asyncio"]] if pair.get("asyncio") else list(tests)


def name_of(pair: dict[str, Any]) -> str:
    library = library_of(pair)
    kind = "" if library == "sqlalchemy" else f"{library}-"
    return f"{pair['python']}-{kind}{pair[library]}"


def library_of(pair: dict[str, Any]) -> str:
    """The ORM that a pair is about."""
    return next(name for name in LIBRARIES if name in pair)


def interpreter(version: str) -> str | None:
    """An interpreter of this version: on PATH, or of pyenv's."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [str(path) for path in root.glob(f"versions/{version}.*/bin/python")]
    for python in [*found, shutil.which(f"python{version}")]:
        if python is not None:
            code = "import sys; print('%d.%d' % sys.version_info[:2])"
            words = [python, "-I", "-c", code]
            answer = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
            if answer.stdout.strip() == version:
                return python
    return None


def environment_of(pair: dict[str, Any]) -> Path:
    """The interpreter of a pair's environment, made where there is none."""
    folder = ROOT / ".matrix" / name_of(pair)
    python = folder / "bin" / "python"
    made = folder / ".made"
    if made.exists():
        return python
    base = interpreter(pair["python"])
    if base is None:
        pytest.skip(f"no Python {pair['python']} here")
    subprocess.run([base, "-m", "venv", folder], timeout=120, check=True)
    words = [python, "-m", "pip", "install", "-q", *wanted_by(pair)]
    subprocess.run(words, timeout=300, check=True)
    made.touch()
    return python


@pytest.mark.slow
@pytest.mark.skipif(not ASKED, reason="`make matrix` runs it")
@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_pair(pair: dict[str, Any]) -> None:
    files = [f"tests/instrumentation/test_{name}.py" for name in files_of(pair)]
    environment = {**os.environ, "ORMPROBE_TEST_PYTHON": str(environment_of(pair))}
    environment.pop("ORMPROBE_MATRIX")
    words = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-rfE", "-p", "no:cacheprovider"]
    answer = subprocess.run(
        [*words, "-m", "not slow", *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-6000:] + answer.stderr[-2000:]
    assert re.search(r"[1-9]\d* passed", answer.stdout)


def test_every_file_of_the_table_is_there() -> None:
    named = {name for pair in PAIRS for name in files_of(pair)}

    assert named
    assert all((Path(__file__).parent / f"test_{name}.py").is_file() for name in named)


def test_every_test_of_the_shim_is_in_the_table() -> None:
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("*sqlalchemy*")}

    assert files <= {*TABLE["default"]["tests"], *TABLE["default"]["asyncio"]}


def test_pairs_are_named_once() -> None:
    names = [name_of(pair) for pair in PAIRS]

    assert len(names) == len(set(names))
