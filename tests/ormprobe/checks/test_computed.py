from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.innocence import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Inputs, Response, Scope, Site, Statement
from ormprobe_taxonomy.signals import AnsweredUnasked, ComputedAfter
from tests.ormprobe.checks.shapes import check, encoded, selected
from tests.ormprobe.signals.made import (
    APP,
    error,
    failed_test,
    known_of,
    request,
    statement,
    transaction,
    wrote,
)

COLUMNS = ("id", "name", "paid")
ANN, BOB = (1, "Ann", 12_000), (2, "Bob", 34_000)
LINE = 2


@pytest.fixture
def known(tmp_path: Path) -> Known:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_it.py").write_text("response = get()\nassert response.status_code == 200\n")
    return known_of(tmp_path)


def answered(body: Any, *statements: Statement, **fields: Any) -> Scope:
    found = request(2, 0, 90, method="GET", statements=list(statements), **fields)
    found.response = Response("1-1:8", found.status or 0, body=encoded(body))
    return found


def told(
    known: Known, actual: Any, wanted: Any, *children: Scope, **fields: Any
) -> list[AnsweredUnasked | ComputedAfter]:
    site = Site("tests/test_it.py", LINE, "test_it")
    failing = replace_site(check(actual, "==", wanted), site)
    return list(detect(failed_test(*children, checks=[failing], **fields), known))


def replace_site(found: Any, site: Site) -> Any:
    return replace(found, site=site)


# -- computed after the rows --------------------------------------------------------------------


def fee(value: Any, *statements: Statement, **fields: Any) -> Scope:
    return answered({"id": 1, "name": "Ann", "fee": value}, *statements, **fields)


def test_a_value_that_is_in_no_row_of_the_right_ones_was_computed(known: Known) -> None:
    read = selected(10, COLUMNS, ANN)

    [found] = told(known, 700, 350, fee(700, read, handler=APP))

    assert isinstance(found, ComputedAfter)
    assert (found.rows, found.values) == (1, 1)
    assert found.place is not None
    assert found.place.file == APP.path


def test_wrong_values_of_a_list_whose_members_are_the_rows(known: Known) -> None:
    actual = [{"name": "Ann", "fee": 700}, {"name": "Bob", "fee": 900}]
    wanted = [{"name": "Ann", "fee": 350}, {"name": "Bob", "fee": 450}]
    read = selected(10, COLUMNS, ANN, BOB)

    [found] = told(known, actual, wanted, answered(actual, read))

    assert isinstance(found, ComputedAfter)
    assert (found.rows, found.values) == (2, 2)


def test_a_value_for_each_row(known: Known) -> None:
    read = selected(10, COLUMNS, ANN, BOB)

    [found] = told(known, [71.5, 33.25], [80.5, 40.25], answered([71.5, 33.25], read))

    assert isinstance(found, ComputedAfter)
    assert told(known, [71.5, 34_000], [80.5, 40.25], answered([71.5, 34_000], read)) == []
    assert told(known, [71.5], [80.5], answered([71.5], read)) == []


@pytest.mark.parametrize(
    ("actual", "wanted"),
    [
        (12_000, 350),  # a cell of the row
        (1, 2),  # too common to say where it comes from
        (True, False),
        (None, 350),
        ([], ["Ann"]),
        ("2024-01-31", "2024-02-01"),  # a date, as text
    ],
)
def test_what_a_row_may_hold_was_not_computed(known: Known, actual: Any, wanted: Any) -> None:
    import datetime

    read = selected(10, (*COLUMNS, "on"), (*ANN, datetime.datetime(2024, 1, 31)))

    assert told(known, actual, wanted, fee(actual, read)) == []


def test_a_sum_a_number_of_rows_and_a_value_that_was_bound_may_come_from_the_data(
    known: Known,
) -> None:
    small = selected(10, ("id", "name", "paid"), (11, "Ann", 3), (12, "Bob", 5))
    body = [{"name": "Ann"}, {"name": "Bob"}]

    assert told(known, 8, 9, answered({"all": body, "n": 8}, small)) == []
    assert told(known, 2, 9, answered({"all": body, "n": 2}, small)) == []
    bound = replace(selected(5, COLUMNS, ANN), binds=(encoded("Zoe"),))
    assert told(known, "Zoe", "Ann", fee("Zoe", bound)) == []


def test_rows_that_are_not_all_known_prove_nothing(known: Known) -> None:
    rows = [(number, f"name{number}", 90_000) for number in range(9)]
    body = {"all": [{"name": row[1]} for row in rows], "total": 777}

    assert told(known, 777, 778, answered(body, selected(10, COLUMNS, *rows))) == []


def test_rows_that_the_answer_does_not_show_may_be_the_wrong_ones(known: Known) -> None:
    hidden = selected(20, COLUMNS, ANN, BOB)

    assert told(known, 700, 350, fee(700, selected(10, COLUMNS, ANN), hidden)) == []
    assert told(known, 700, 350, answered({"fee": 700}, selected(10, COLUMNS, ANN))) == []


def test_an_input_that_reached_no_statement_may_be_a_filter(known: Known) -> None:
    asked = fee(700, selected(10, COLUMNS, ANN))
    asked.inputs["query"] = Inputs("1-1:3", "query", {"kind": encoded("large")})

    assert told(known, 700, 350, asked) == []


def test_an_error_or_a_lost_write_before_proves_nothing(known: Known) -> None:
    read = selected(10, COLUMNS, ANN)
    lost = transaction("rollback", at=50)
    wrote(lost, "UPDATE users SET paid = ?", 5)

    assert told(known, 700, 350, fee(700, read, errors=[error()])) == []
    assert told(known, 700, 350, fee(700, read), transactions=[lost]) == []


def updated(at: int, value: Any, **fields: Any) -> Statement:
    return statement("UPDATE orders SET paid = ? WHERE id = ?", at, encoded(value), 1, **fields)


def test_a_value_that_the_request_computed_and_wrote(known: Known) -> None:
    read = selected(10, COLUMNS, ANN)

    [found] = told(known, 700, 350, fee(700, read, updated(20, 700)))

    assert isinstance(found, ComputedAfter)


def test_a_value_that_another_update_may_have_overtaken(known: Known) -> None:
    read = selected(10, COLUMNS, ANN)
    other = updated(15, 650)

    assert told(known, 700, 350, fee(700, read, updated(20, 700)), statements=[other]) == []


def test_a_value_of_rows_that_were_written_after_they_had_been_read(known: Known) -> None:
    read = selected(10, COLUMNS, ANN)
    more = statement("INSERT INTO orders (name) VALUES (?)", 20, encoded("Cid"))

    assert told(known, 700, 350, fee(700, read, more)) == []
    assert told(known, 700, 350, fee(700, read, more, selected(30, COLUMNS, ANN))) != []


def test_rows_that_were_looked_up_by_what_was_sent_are_the_right_ones(known: Known) -> None:
    read = replace(selected(10, ("id", "paid"), (7, 12_000)), binds=(7,))
    sent = answered({"fee": 700}, read)
    sent.inputs["path"] = Inputs("1-1:3", "path", {"id": 7})

    assert told(known, 700, 350, sent) != []
    assert told(known, 700, 350, answered({"fee": 700}, read)) == []


# -- refused before any statement -----------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 405, 422, 307])
def test_a_refusal_before_any_statement(known: Known, status: int) -> None:
    [found] = told(known, status, 200, answered({}, status=status, handler=APP))

    assert isinstance(found, AnsweredUnasked)
    assert (found.status, found.wanted, found.routed) == (status, 200, True)


def test_a_path_that_nobody_serves(known: Known) -> None:
    [found] = told(known, 404, 200, answered({}, status=404))

    assert isinstance(found, AnsweredUnasked)
    assert not found.routed


def test_a_path_made_of_an_identifier_that_was_never_issued(known: Known) -> None:
    created = request(3, 0, 5, status=201)
    created.response = Response("1-1:7", 201, body={"id": None})
    unserved = answered({}, status=404)
    unserved.started_us = 10

    assert told(known, 404, 200, created, unserved) == []


def test_a_refusal_after_a_statement_or_an_exception_is_none(known: Known) -> None:
    asked = answered({}, selected(10, COLUMNS, ANN), status=403)

    assert told(known, 403, 200, asked) == []
    assert told(known, 403, 200, answered({}, status=403, errors=[error()])) == []


def test_a_handler_that_finds_nothing_without_asking_may_be_a_stub(known: Known) -> None:
    assert told(known, 404, 200, answered({}, status=404, handler=APP)) == []


def test_a_number_that_is_no_status_is_none(known: Known, tmp_path: Path) -> None:
    (tmp_path / "tests" / "test_it.py").write_text("\nassert count == 200\n")
    other = known_of(tmp_path)

    assert told(other, 403, 200, answered({}, status=403)) == []
