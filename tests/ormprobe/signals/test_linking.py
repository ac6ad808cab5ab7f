"""How a failure hangs on an error that the app lived with, or that its request ended without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
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
    failure,
    known_of,
    process_scope,
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
try:
    tell()
except DatabaseError:
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


@pytest.mark.parametrize(("line", "expected"), [(2, Tie.NONE), (6, Tie.EARLIER), (10, Tie.EARLIER)])
def test_of_answers_that_nobody_checked_a_handler_for_anything_is_told(
    tmp_path: Path, line: int, expected: Tie
) -> None:
    first = refused(line, status=400)
    scope = process_scope(children=[first, request(3, 100, 200, method="GET")])

    assert tie(tmp_path, scope, first, NO_TABLE, Fate.ANSWERED) is expected


def test_what_a_thread_raised_for_a_request_is_the_requests(known: Known) -> None:
    """It bears the scope of the test: the thread knows no request."""
    raised = error("DatabaseError", 20, "objects created in a thread", scope=1)
    felled = request(2, 10, 90, status=500, failures=[failure(raised, at=30)])
    scope = failed_test(felled, errors=[raised], failures=[failure(at=95)])

    linking = Linking(scope, known)

    assert linking.step_of(raised) is felled
    assert linking.link(raised, Fate.SURFACED, Reading("connection-context-mismatch")) is Tie.ANSWER


@pytest.mark.parametrize(
    ("mro", "expected"), [("CommandError", Tie.CHAIN), ("ImportError", Tie.NONE)]
)
def test_a_command_that_ended_for_what_it_refused(known: Known, mro: str, expected: Tie) -> None:
    """The library reports it, and ends the program: no failure is seen."""
    refused = error("SystemCheckError", 20, "System check", scope=None, fate="library")
    refused.mro = ("SystemCheckError", mro)
    scope = process_scope(errors=[refused])

    linking = Linking(scope, known)

    assert linking.link(refused, linking.fate(refused), Reading("mapping")) is expected


def test_a_conflict_that_was_being_dealt_with_is_not_what_failed(tmp_path: Path) -> None:
    caught = Site("users.py", 2, "register")
    conflict = error(at=20, scope=2, caught=caught, fate="propagated", statement=INSERT)
    head = Link("AttributeError", ("AttributeError",), "no attribute", frames=(caught,))
    context = Link("IntegrityError", ("IntegrityError",), relation="context", error=conflict)
    context.error_number = conflict.number
    ended = Failure("1-1:30", 30, "request", (head, context))
    first = request(2, 10, 90, status=500, errors=[conflict], failures=[ended])
    scope = failed_test(first, checks=[check(left="s3:aa", right="s3:bb")])

    assert tie(tmp_path, scope, first, UNIQUE, Fate.SURFACED) is Tie.NONE


def test_the_handler_of_a_class_is_its_method(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(
        "class Orders(View):\n    limit = 1\n\n    def post(self, request):\n        pass\n"
    )
    known = known_of(tmp_path)
    first = request(2, 10, 90, handler=Site("views.py", 1, "Orders"))
    linking = Linking(failed_test(first), known)

    assert linking.handler_of(first) == Site("views.py", 4, "Orders")
    assert linking.handler_of(request(3, handler=Site("/lib/views.py", 1, "List"))) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("MissingGreenlet", Fate.TRANSLATED), ("FieldDoesNotExist", Fate.ABSORBED)],
)
def test_a_serializer_that_asks_what_a_model_has_spoils_nothing(
    known: Known, kind: str, expected: Fate
) -> None:
    caught = error(kind, 20, "", scope=2, fate="library", serializer="serializers.py:fields")
    failed = request(2, 10, 90, status=500, errors=[caught], failures=[failure(at=80)])

    assert Linking(failed_test(failed), known).fate(caught) is expected
