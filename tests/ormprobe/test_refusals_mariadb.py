"""The same refusals on MariaDB, and those that only its drivers and its server know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mariadb import with_driver
from tests.ormprobe.test_real_refusals import ASYNC, CASES, SYNC, causes, judged

OTHERWISE = {
    "for_update": None,
    "for_mysql": None,
    "or_replace": "backend-unsupported-operation",
    "glob": "backend-unsupported-operation",
    "not_a_uuid": None,  # the column is of text
    "too_long": "bind-type-mismatch",
}
"""The cases that end on MariaDB in another way than on SQLite."""

UNTOLD = {"asyncmy": {"a_dict": None}}
"""What a driver's compiled code refuses in words that do not tell which value it is about."""


@pytest.mark.parametrize("driver", ["pymysql", "aiomysql", "asyncmy"])
def test_on_mariadb(driver: str, tmp_path: Path, mariadb: str) -> None:
    url = with_driver(mariadb, driver)

    found = causes(judged(tmp_path, url, SYNC if driver == "pymysql" else ASYNC))

    wanted = {name: cause for name, _, cause, _ in CASES}
    assert found == {**wanted, **OTHERWISE, **UNTOLD.get(driver, {})}
