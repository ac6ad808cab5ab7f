"""How a failure hangs on an error that the app lived with, or that its request ended without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.linking import Linking
from ormprobe.source import Source
from ormprobe.timeline.model import Failure, Link, Scope, Site, Statement
from ormprobe_taxonomy.signals import Reading
from ormprobe_taxonomy.terms import Fate
from ormprobe_taxonomy.terms import Link as Tie
from tests.ormprobe.signals.made import (
    check,
    connection,
    error,
    failed_test,
    known_of,
    request,
    statement,
)

CODE = """\
try:
    register()
except IntegrityError:
    pass
try:
    audit()
except Exception:
    pass
"""
UNIQUE = Reading("integrity-violation", "unique")
NO_TABLE = Reading("schema-not-created", "table")
INSERT = "INSERT INTO audit (what) VALUES (?)"


def tie(folder: Path, scope: Scope, request: Scope, reading: Reading, fate: Fate) -> Tie:
    (folder / "users.py").write_text(CODE)
    known = replace(known_of(folder), source=Source(folder))
    known.run.connections["1-1", 50] = connection(50)
    return Linking(scope, known).link(request.errors[0], fate, reading)


def refused(line: int, number: int = 2, **fields: object) -> Scope:
    """A request whose handler caught an error at a line of the code, 10 to 90."""
    caught = Site("users.py", line, "register")
    failed = error(at=20, scope=number, caught=caught, fate="caught", statement=INSERT)
    return request(number, 10, 90, errors=[failed], **fields)


@pytest.mark.parametrize(("later", "expected"), [(True, Tie.NONE), (False, Tie.LINE)])
def test_a_conflict_that_became_a_success_is_felt_by_the_check_on_its_answer(
    tmp_path: Path, later: bool, expected: Tie
) -> None:
    first = refused(2, status=200)
    requests = [first, request(3, 100, 200, method="GET")] if later else [first]
    scope = failed_test(*requests, checks=[check(left="s3:aa", right="s3:bb")])

    assert tie(tmp_path, scope, first, UNIQUE, Fate.SWALLOWED) is expected


READ = statement("SELECT what FROM audit", 30)


@pytest.mark.parametrize(
    ("message", "statements", "expected"),
    [
        ("division by zero", (), Tie.NONE),
        ("division by zero", (READ,), Tie.ANSWER),
        ("'NoneType' object has no attribute 'id'", (), Tie.ANSWER),
    ],
)
def test_another_exception_ended_the_request(
    tmp_path: Path, message: str, statements: tuple[Statement, ...], expected: Tie
) -> None:
    failure = Failure("1-1:9", 60, "request", (Link("ArithmeticError", message=message),))
    only = refused(6, status=500, failures=[failure], statements=list(statements))
    scope = failed_test(only, checks=[check(left=500, right=200)])

    assert tie(tmp_path, scope, only, NO_TABLE, Fate.SWALLOWED) is expected
