"""Where the app's source names the database that it uses; read when asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ormprobe.source import Source, is_test_file
from ormprobe_taxonomy.signals import Place

_NAMED = {
    "sqlite": re.compile(
        r"django\.db\.backends\.sqlite3|tortoise\.backends\.sqlite|\bsqlite(?:\+\w+)?:"
        r"|\w*Sqlite\w*Database\(|sqlite3\.connect\("
    ),
    "postgresql": re.compile(
        r"django\.db\.backends\.postgresql|tortoise\.backends\.(?:asyncpg|psycopg)"
        r"|\b(?:postgres(?:ql)?(?:\+\w+)?|asyncpg|psycopg)://|\w*Postgres\w*Database\("
    ),
    "mysql": re.compile(
        r"django\.db\.backends\.mysql|tortoise\.backends\.mysql"
        r"|\b(?:mysql|mariadb)(?:\+\w+)?://|\w*(?:MySQL|MariaDB)\w*Database\("
    ),
}
_OUTSIDE = re.compile(
    r"environ|getenv|sys\.argv|BaseSettings|dj_database_url|\bconfig\s*\(|\benv(?:\.\w+)?\s*\("
)
_DATABASE = re.compile(r"DATABASE|_?DB_|\bDB\b|_URL\b|_URI\b|DSN|SQL|BaseSettings|sys\.argv")
_SETTINGS = ("settings.py", "config.py", "database.py", "db.py")


class Databases:
    """What an app's source, outside its tests, says of its databases.

    chosen_outside: something around the app chooses among them.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.chosen_outside = False
        self._lines: list[tuple[str, int, str]] = []
        for path in sorted(source.files(), key=_rank):
            for number, line in enumerate((source.text(path) or "").splitlines(), start=1):
                if line.lstrip().startswith("#"):
                    continue
                if _OUTSIDE.search(line) and _DATABASE.search(line):
                    self.chosen_outside = True
                if any(pattern.search(line) for pattern in _NAMED.values()):
                    self._lines.append((path, number, line))

    def of(self, system: str) -> Place | None:
        """The first line that names a database system, settings before other files."""
        for path, number, line in self._lines:
            if _names(line, system) and not _is_for_tests(path):
                return Place(path, number, self._source.function_at(path, number))
        return None

    def in_tests(self, system: str) -> bool:
        """Whether a file of the tests, or settings made for them, names a system."""
        return any(
            _names(line, system)
            for path in self._test_files()
            for line in (self._source.text(path) or "").splitlines()
        )

    def _test_files(self) -> Iterator[str]:
        for full in sorted(self._source.app.rglob("*.py"))[:3000]:
            relative = full.relative_to(self._source.app).as_posix()
            if is_test_file(relative) or _is_for_tests(relative):
                yield relative


def _names(line: str, system: str) -> bool:
    pattern = _NAMED.get("mysql" if system == "mariadb" else system)
    return pattern is not None and pattern.search(line) is not None


def _is_for_tests(path: str) -> bool:
    """Whether settings are those of the tests: `settings/test.py`, `test_settings.py`."""
    return re.search(r"(?:^|[/_])(?:test|tests|testing|ci)\.py$", path) is not None


def _rank(path: str) -> tuple[bool, str]:
    return path.rpartition("/")[2] not in _SETTINGS, path


@lru_cache(maxsize=8)
def databases_in(source: Source) -> Databases:
    """The databases that an app names, read once."""
    return Databases(source)
