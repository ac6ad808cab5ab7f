"""The table of exception classes against the libraries that it was taken from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.logs import known_classes
from ormprobe.logs.known_classes import bases_of, sqlstate_of
from tests.ormprobe.logs.installed_classes import rows


def test_the_table_is_what_is_installed() -> None:
    table = Path(known_classes.__file__).with_name("exception_classes.txt")
    assert table.read_text("utf-8").splitlines() == rows()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("psycopg.errors.UniqueViolation", "23505"),
        ("psycopg2.errors.UniqueViolation", "23505"),
        ("asyncpg.exceptions.UniqueViolationError", "23505"),
        ("asyncpg.exceptions._base.InterfaceError", None),
        ("ValueError", None),
        ("nobody.knows.It", None),
    ],
)
def test_sqlstates(name: str, state: str | None) -> None:
    assert sqlstate_of(name) == state


def test_bases() -> None:
    assert bases_of("django.db.utils.IntegrityError") == ("DatabaseError", "Error", "Exception")
    assert bases_of("sqlalchemy.orm.exc.DetachedInstanceError")[0] == "SQLAlchemyError"
    assert bases_of("ConnectionRefusedError") == ("ConnectionError", "OSError", "Exception")
    assert bases_of("print") == ()
    assert bases_of("nobody.knows.It") == ()
