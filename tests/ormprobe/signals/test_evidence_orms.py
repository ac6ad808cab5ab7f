"""Whose fix a label shows, where a run has one ORM, two, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.evidence_orms import orm_of_finding, orms_by_event
from ormprobe.signals.known import Known
from ormprobe.source import Source
from ormprobe.timeline.run import Library
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, OrmBypassed, Place
from ormprobe_taxonomy.terms import Certainty, Severity
from tests.instrumentation.traced import write
from tests.ormprobe.signals.made import PROCESS, failed_test, known_of, request, statement

READ = "SELECT id FROM orders"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    write(tmp_path, {"old.py": "import peewee\n", "new.py": "from sqlalchemy import select\n"})
    found = replace(known_of(tmp_path), source=Source(tmp_path))
    for name in ("peewee", "sqlalchemy"):
        found.run.libraries[name] = Library(PROCESS, name, "1", "orm")
    return found


def evidence(event: str) -> OrmBypassed:
    return OrmBypassed(
        at_us=1, place=None, declared="django", by=None, operation="SELECT", tables=(), count=1,
        events=(event,),
    )  # fmt: skip


def finding(file: str | None = None, orm: str | None = None) -> Finding:
    return Finding(
        cause="uncommitted-write",
        outcome="test:a",
        severity=Severity.FAILURE,
        certainty=Certainty.CERTAIN,
        place=None if file is None else Place(file, 1, "f"),
        at_us=1,
        evidence=(),
        orm=orm,
    )


def test_each_statement_names_its_own(known: Known) -> None:
    mine, other = statement(READ, 10, orm="peewee"), statement(READ, 11)

    orms, orm = orms_by_event(failed_test(request(statements=[mine, other])), known)

    case = Case("test:a", True, orms=orms, orm=orm)
    assert case.orm_of([evidence("1-1:10")]) == "peewee"
    assert case.orm_of([evidence("1-1:11")]) == "sqlalchemy"
    assert case.orm_of([evidence("1-1:99")]) is None


def test_an_outcome_of_one_orm_needs_no_event(known: Known) -> None:
    scope = failed_test(request(statements=[statement(READ, 10, orm="peewee")]))

    orms, orm = orms_by_event(scope, known)

    assert Case("test:a", True, orms=orms, orm=orm).orm_of([evidence("1-1:99")]) == "peewee"


@pytest.mark.parametrize(
    ("found", "orm"),
    [
        (finding("old.py"), "peewee"),
        (finding("new.py"), "sqlalchemy"),
        (finding("new.py", orm="peewee"), "peewee"),
    ],
)
def test_else_the_file_of_the_place_tells(known: Known, found: Finding, orm: str) -> None:
    assert orm_of_finding(found, known) == orm


def test_the_only_orm_of_a_run_is_meant(known: Known) -> None:
    del known.run.libraries["sqlalchemy"]

    assert orm_of_finding(finding("new.py"), known) == "peewee"
