"""Apps that keep their data in memory though an ORM was declared, and those that only seem to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.expected import Expected
from ormprobe.signals.known import Known
from ormprobe.signals.unstored import Unstored
from ormprobe.source import Source
from ormprobe.timeline.model import Scope, Site
from ormprobe.timeline.run import Library
from ormprobe_taxonomy.signals import KeptInMemory
from tests.instrumentation.traced import write
from tests.ormprobe.signals.made import PROCESS, failed_test, known_of, request, statement

STORE = """\
from flask import Flask, request
app = Flask(__name__)
PRICES = {"tea": 3}
ORDERS = []

@app.post("/orders")
def add():
    ORDERS.append(request.get_json())
    return {}, 201
"""


def known_with(folder: Path, text: str, expected: Expected) -> Known:
    write(folder, {"app.py": text})
    return replace(known_of(folder), source=Source(folder), expected=expected)


def served(**fields: object) -> Scope:
    handler = Site("app.py", 7, "add")
    made = {"method": "POST", "status": 201, "route": "/orders", "handler": handler, **fields}
    return failed_test(request(**made))


def seen(known: Known, *scopes: Scope) -> KeptInMemory | None:
    found = Unstored()
    for scope in scopes:
        found.take(scope)
    told = found.signal(known)
    return None if told is None else told[1]


ORM = Expected(orm="sqlalchemy")


def test_the_container_that_the_handler_changes_is_the_place(tmp_path: Path) -> None:
    found = seen(known_with(tmp_path, STORE, ORM), served(), served(number=3))

    assert found is not None
    assert (found.store, found.place.line, found.count) == ("ORDERS", 4, 2)
    assert (found.orm, found.request) == ("sqlalchemy", "POST /orders")


@pytest.mark.parametrize(
    "scope",
    [
        served(statements=[statement("SELECT 1 FROM a", 5)]),
        served(status=422),
        served(method="GET", status=200),
    ],
    ids=["it sends statements", "it is refused", "it only reads"],
)
def test_quiet_where_nothing_was_to_be_stored_or_it_was(tmp_path: Path, scope: Scope) -> None:
    assert seen(known_with(tmp_path, STORE, ORM), scope) is None


def test_quiet_without_a_declaration(tmp_path: Path) -> None:
    assert seen(known_with(tmp_path, STORE, Expected()), served()) is None


@pytest.mark.parametrize(
    "line",
    ["import sqlalchemy", "from django.db import models", "import redis", "import sqlite3",
     "from sqlalchemy.orm import Session"],
)  # fmt: skip
def test_quiet_where_the_app_imports_what_stores(tmp_path: Path, line: str) -> None:
    assert seen(known_with(tmp_path, f"{line}\n{STORE}", ORM), served()) is None


def test_quiet_where_an_orm_was_at_work(tmp_path: Path) -> None:
    known = known_with(tmp_path, STORE, ORM)
    known.run.libraries["peewee"] = Library(PROCESS, "peewee", "4", "orm")

    assert seen(known, served()) is None


def test_quiet_where_no_function_changes_a_container(tmp_path: Path) -> None:
    text = STORE.replace("    ORDERS.append(request.get_json())\n", "    send(request)\n")

    assert seen(known_with(tmp_path, text, ORM), served()) is None
