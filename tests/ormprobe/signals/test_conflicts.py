"""Conflicts that the app expects, and those that it only happens to catch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.conflicts import is_dealt_with, is_refused_as_wanted
from ormprobe.signals.known import Known
from ormprobe.source import Source
from ormprobe.timeline.model import Check, Error, Shape, Site
from ormprobe_taxonomy.signals import Reading
from tests.ormprobe.signals.made import check, error, request

CODE = """\
try:
    register()
except IntegrityError:
    raise Taken from None
try:
    register()
except exc.SQLAlchemyError:
    pass
try:
    register()
except (ValueError, IntegrityError):
    pass
register()
"""
BY_NAME, BROADLY, IN_A_TUPLE, NOWHERE = 2, 6, 10, 13
UNIQUE = Reading("integrity-violation", "unique")


@pytest.fixture
def app(tmp_path: Path, known: Known) -> Known:
    (tmp_path / "users.py").write_text(CODE)
    return replace(known, source=Source(tmp_path))


def caught(line: int) -> Error:
    return error(caught=Site("users.py", line, "register"), fate="caught")


@pytest.mark.parametrize("facet", ["unique", "exclusion", "foreign-key"])
def test_a_refusal_caught_by_its_name_is_dealt_with(app: Known, facet: str) -> None:
    assert is_dealt_with(app, caught(BY_NAME), Reading("integrity-violation", facet))


@pytest.mark.parametrize("facet", ["not-null", "check", None])
def test_a_refusal_that_no_row_decides_is_never_expected(app: Known, facet: str | None) -> None:
    assert not is_dealt_with(app, caught(BY_NAME), Reading("integrity-violation", facet))


def test_an_error_that_no_table_reads_is_never_expected(app: Known) -> None:
    assert not is_dealt_with(app, caught(BY_NAME), None)


@pytest.mark.parametrize(
    ("line", "dealt_with"),
    [(BY_NAME, True), (IN_A_TUPLE, True), (BROADLY, False), (NOWHERE, False)],
)
def test_only_a_handler_that_names_it_deals_with_it(
    app: Known, line: int, dealt_with: bool
) -> None:
    assert is_dealt_with(app, caught(line), UNIQUE) is dealt_with


def test_what_nobody_caught_is_not_dealt_with(app: Known) -> None:
    assert not is_dealt_with(app, error(), UNIQUE)


@pytest.mark.parametrize(
    ("handled", "dealt_with"), [("IntegrityError", True), ("Exception", False)]
)
def test_a_handler_of_the_framework_must_name_it_too(
    tmp_path: Path, app: Known, handled: str, dealt_with: bool
) -> None:
    (tmp_path / "errors.py").write_text(f"@app.errorhandler({handled})\ndef conflict(e): ...\n")

    assert is_dealt_with(app, error(fate="handler"), UNIQUE) is dealt_with


@pytest.mark.parametrize(("status", "wanted"), [(400, True), (409, True), (200, False)])
def test_a_refusal_answers_a_clients_error(status: int, wanted: bool) -> None:
    assert is_refused_as_wanted(request(status=status), []) is wanted


def test_a_servers_error_or_no_answer_is_no_refusal() -> None:
    assert not is_refused_as_wanted(request(status=500), [])
    assert not is_refused_as_wanted(request(status=None), [])


@pytest.mark.parametrize(
    ("failed", "wanted"),
    [
        (check(left=409, right=201), False),  # the test wanted it to succeed
        (check(left=201, right=409), False),
        (check(left=409, right=422), True),  # another refusal
        (check(left=409, right=500), True),
        (check(left=0, right=1), True),  # about something else
        (check(left="s3:a", right="s3:b"), True),
        (check(left=409, right=7), True),  # 7 is no status
        (check(left=409, right="s3:b"), True),
    ],
)
def test_no_check_wanted_the_request_to_succeed(failed: Check, wanted: bool) -> None:
    assert is_refused_as_wanted(request(status=409), [failed]) is wanted


@pytest.mark.parametrize(
    ("operator", "left", "right", "wanted"),
    [
        ("in", 409, {"#": 2, "of": [200, 201]}, False),
        ("in", 409, {"#": 2, "of": [400, 422]}, True),
        ("<", 409, 400, False),
        (">", 400, 409, False),
        ("<", 409, 300, False),
        (">", 409, 410, True),
    ],
)
def test_a_check_of_several_statuses(
    operator: str, left: Shape, right: Shape, wanted: bool
) -> None:
    failed = replace(check(left=left, right=right), operator=operator)

    assert is_refused_as_wanted(request(status=409), [failed]) is wanted


def test_one_check_that_wanted_success_is_enough() -> None:
    other = check(left=0, right=1)

    assert not is_refused_as_wanted(request(status=409), [other, check(left=409, right=200)])
