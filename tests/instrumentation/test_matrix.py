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


PACKAGES: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("SQLAlchemy", "Jinja2", "Flask"),
    "django": ("Django", "psycopg[binary]", "psycopg2-binary"),
    "peewee": ("peewee", "Jinja2", "Flask", "psycopg[binary]", "psycopg2-binary"),
    "tortoise": ("tortoise-orm", "aiosqlite<0.22", "asyncpg", "psycopg[binary,pool]"),
}
"""By the ORM that a pair names: its package, and those that its tests need beside it."""


def orm_of(pair: dict[str, Any]) -> str:
    [orm] = [name for name in PACKAGES if name in pair]
    return orm


def defaults_of(pair: dict[str, Any]) -> dict[str, Any]:
    """The files of tests that a pair runs where it names none."""
    found: dict[str, Any] = TABLE["default" if orm_of(pair) == "sqlalchemy" else orm_of(pair)]
    return found


def name_of(pair: dict[str, Any]) -> str:
    orm = orm_of(pair)
    version = f"{pair['python']}-{pair[orm]}"
    return version if orm == "sqlalchemy" else f"{version}-{orm}"


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
    package, *beside = PACKAGES[orm_of(pair)]
    wanted = [f"{package}=={pair[orm_of(pair)]}.*", *beside]
    if pair.get("asyncio"):
        wanted += ["aiosqlite", "asyncpg", "greenlet", "psycopg[binary]", "psycopg2-binary"]
        wanted += ["pydantic"]
    subprocess.run([python, "-m", "pip", "install", "-q", *wanted], timeout=300, check=True)
    made.touch()
    return python


@pytest.mark.slow
@pytest.mark.skipif(not ASKED, reason="`make matrix` runs it")
@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_pair(pair: dict[str, Any]) -> None:
    defaults = defaults_of(pair)
    tests = pair.get("tests", defaults["tests"])
    if pair.get("asyncio"):
        tests = [*tests, *defaults["asyncio"]]
    files = [f"tests/instrumentation/test_{name}.py" for name in tests]
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
    tables = [*map(defaults_of, PAIRS), *PAIRS]
    keys = ("tests", "asyncio", "elsewhere")
    named = {name for table in tables for key in keys for name in names(table, key)}

    assert named
    assert all((Path(__file__).parent / f"test_{name}.py").is_file() for name in named)


def names(table: dict[str, Any], key: str) -> list[str]:
    found = table.get(key, ())
    return found if isinstance(found, list) else []  # of a pair it says whether


@pytest.mark.parametrize("orm", PACKAGES)
def test_every_test_of_the_shim_is_in_the_table(orm: str) -> None:
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob(f"test_{orm}*")}
    table = defaults_of({orm: ""})

    named = [name for key in ("tests", "asyncio", "elsewhere") for name in names(table, key)]
    assert files <= set(named)


def test_pairs_are_named_once() -> None:
    names = [name_of(pair) for pair in PAIRS]

    assert len(names) == len(set(names))
