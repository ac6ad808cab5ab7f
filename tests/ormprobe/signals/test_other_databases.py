"""Statements that went to another database than the declared one, and those that only look so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.expected import Expected
from ormprobe.signals import other_databases
from ormprobe.signals.known import Known
from ormprobe.source import Source
from ormprobe.timeline.model import Site, Statement
from ormprobe.timeline.run import Library
from ormprobe_taxonomy.signals import OtherDatabase
from tests.instrumentation.traced import write
from tests.ormprobe.signals.made import (
    PROCESS,
    TEST,
    connection,
    failed_test,
    known_of,
    request,
    statement,
    table,
)

READ = "SELECT id FROM orders"
ENGINE = Site("shop/db.py", 3, "<module>")
DJANGO = """\
SECRET_KEY = "x"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"},
}
"""


@pytest.fixture
def known(tmp_path: Path) -> Known:
    found = known_of(tmp_path, table("orders", "id"))
    found.run.libraries["sqlalchemy"] = Library(PROCESS, "sqlalchemy", "2", "orm")
    found.run.connections[PROCESS, 50] = connection(50, system="sqlite", engine_site=ENGINE)
    return replace(found, expected=Expected(database="postgresql"))


def of(known: Known, *statements: Statement) -> list[OtherDatabase]:
    sent = statements or (statement(READ, 10),)
    return list(other_databases.detect(failed_test(request(statements=list(sent))), known))


def lines(known: Known, **files: str) -> Known:
    folder = known.source.app
    write(folder, {name.replace("__", "/") + ".py": text for name, text in files.items()})
    return replace(known, source=Source(folder))


def test_the_engines_line_is_the_place(known: Known) -> None:
    [found] = of(known, statement(READ, 10), statement(READ, 11))

    assert (found.used, found.declared, found.orm, found.count) == (
        "sqlite",
        "postgresql",
        "sqlalchemy",
        2,
    )
    assert found.place is not None
    assert (found.place.file, found.place.line) == ("shop/db.py", 3)
    assert not found.chosen_outside


def test_without_an_engine_it_is_the_line_of_the_settings(known: Known) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system="sqlite")
    known = lines(known, shop__settings=DJANGO, shop__alpha='CACHE = "sqlite:///cache.db"\n')

    [found] = of(known, statement(READ, 10, orm="django"))

    assert found.place is not None
    assert (found.place.file, found.place.line) == ("shop/settings.py", 3)
    assert found.orm == "django"


@pytest.mark.parametrize(
    "text",
    [
        'URL = os.environ.get("DATABASE_URL", "sqlite:///app.db")\n',
        "class Settings(BaseSettings):\n    url: str\n",
        'url = config("DB_URL", default="sqlite:///app.db")\n',
    ],
)
def test_what_the_environment_chooses_is_told(known: Known, text: str) -> None:
    [found] = of(lines(known, shop__db=text))

    assert found.chosen_outside


def test_another_variable_of_the_environment_chooses_nothing(known: Known) -> None:
    [found] = of(lines(known, shop__app='SECRET = os.environ["SECRET_KEY"]\n'))

    assert not found.chosen_outside


def test_quiet_where_the_tests_made_the_engine(known: Known) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system="sqlite", engine_site=TEST)

    assert of(known) == []


def test_quiet_where_only_the_settings_of_tests_name_it(known: Known) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system="sqlite")
    known = lines(known, shop__settings__test=DJANGO, shop__settings__production="DEBUG = False\n")

    assert of(known, statement(READ, 10, orm="django")) == []


@pytest.mark.parametrize(
    ("declared", "system"),
    [("sqlite", "sqlite"), ("mysql", "mariadb"), ("mariadb", "mysql"), (None, "sqlite")],
)
def test_quiet_for_the_declared_database_and_its_kin(
    known: Known, declared: str | None, system: str
) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system=system, engine_site=ENGINE)

    assert of(replace(known, expected=Expected(database=declared))) == []


@pytest.mark.parametrize(
    "text", ["SELECT 1", "PRAGMA foreign_keys = ON", "SELECT version_num FROM alembic_version"]
)
def test_quiet_for_what_is_no_work_on_data(known: Known, text: str) -> None:
    assert of(known, statement(text, 10)) == []
