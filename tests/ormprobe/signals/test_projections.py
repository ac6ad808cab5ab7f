"""Values that an answer does not show, though the rows that were read hold them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.projections import detect
from ormprobe.timeline.model import Check, Response, Rows, Shape, Site, Statement
from ormprobe_taxonomy.signals import ValueNotShown
from tests.ormprobe.signals import made

SHOW = Site("loans/views.py", 4, "show")
TITLE, OTHER_TITLE, DUE = "s6:aaaaaaaaaaaaaaaa", "s6:bbbbbbbbbbbbbbbb", "d10:cccccccccccccccc"
COLUMNS = ("id", "title", "due_on")
MISSING: Shape = {"?": "missing"}
VIEWS = """\
from flask import jsonify

@app.get("/loans/<id>")
def show(id):
    return jsonify(shown(session.get(Loan, id)))

def shown(loan):
    return {
        "id": loan.id,
        "title": loan.title,
    }
"""


@pytest.fixture
def loans(tmp_path: Path) -> Known:
    (tmp_path / "loans").mkdir()
    (tmp_path / "loans" / "views.py").write_text(textwrap.dedent(VIEWS))
    return made.known_of(tmp_path, made.table("loans", *COLUMNS))


def select(*rows: tuple[Shape, ...], columns: tuple[str, ...] = COLUMNS) -> Statement:
    told = Rows("1-1:50r", len(rows), columns=columns, values=rows)  # type: ignore[arg-type]
    return made.statement(
        "SELECT id, title, due_on FROM loans WHERE id = ?", 50, 7, rows=told, scope=2, site=SHOW
    )


def found(
    known: Known, body: Shape, check: Check, *statements: Statement, **fields: Any
) -> list[ValueNotShown]:
    request = made.request(handler=SHOW, statements=list(statements), **fields)
    request.response = Response("1-1:60", request.status or 200, "application/json", body)
    return list(detect(made.failed_test(request, checks=[check]), known))


def key_error(holder: Shape, key: str) -> Check:
    check = made.check(left=holder, right={key: MISSING})
    check.operator, check.form, check.expected = "KeyError", "exception", "right"
    return check


def compared(left: Shape, right: Shape) -> Check:
    check = made.check(left=left, right=right)
    check.expected = "right"
    return check


ROW = (7, TITLE, DUE)
SHOWN: dict[str, Shape] = {"id": 7, "title": TITLE}


def test_a_key_that_lacks_though_its_column_was_read(loans: Known) -> None:
    check = compared(SHOWN, {**SHOWN, "dueOn": DUE})

    [signal] = found(loans, SHOWN, check, select(ROW))

    assert (signal.how, signal.key, signal.column) == ("lacking", "dueOn", "due_on")
    assert (signal.exact, signal.named, signal.sure) == (True, True, True)
    assert str(signal.handler) == "loans/views.py:4"


def test_the_dict_without_the_key_is_the_place(loans: Known) -> None:
    [signal] = found(loans, SHOWN, key_error(SHOWN, "due_on"), select(ROW))

    # beside the column before it
    assert signal.place is not None
    assert (signal.place.file, signal.place.line) == ("loans/views.py", 10)
    assert signal.place.function == "shown"


def test_a_key_error_is_tied_to_the_row_by_what_else_the_object_shows(loans: Known) -> None:
    [tied] = found(loans, SHOWN, key_error(SHOWN, "due_on"), select(ROW))
    other: Shape = {"message": "s2:dddddddddddddddd"}
    untied = found(loans, other, key_error(other, "due_on"), select(ROW))

    assert tied.sure
    assert tied.exact
    assert [(each.sure, each.exact) for each in untied] == [(False, False)]


def test_a_key_that_shows_another_column(loans: Known) -> None:
    body: Shape = {"id": 7, "title": DUE}

    [signal] = found(loans, body, compared(body, {"id": 7, "title": TITLE}), select(ROW))

    assert (signal.how, signal.key, signal.column, signal.shown) == (
        "swapped", "title", "title", "due_on",
    )  # fmt: skip


def test_a_bare_value_is_sought_under_the_keys_that_show_it(loans: Known) -> None:
    body: Shape = {"id": 7, "title": DUE}

    [signal] = found(loans, body, compared(DUE, TITLE), select(ROW))

    assert (signal.how, signal.key) == ("swapped", "title")


def test_a_key_that_shows_null(loans: Known) -> None:
    body: Shape = {"id": 7, "title": TITLE, "dueOn": None}

    [signal] = found(loans, body, compared(body, {**SHOWN, "dueOn": DUE}), select(ROW))

    assert (signal.how, signal.column) == ("unset", "due_on")


def test_a_value_under_another_key(loans: Known) -> None:
    body: Shape = {"id": 7, "heading": TITLE}

    [signal] = found(loans, body, compared(body, {"id": 7, "label": TITLE}), select(ROW))

    assert (signal.how, signal.key, signal.shown, signal.named) == (
        "renamed", "label", "heading", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": 7, "title": TITLE}, {"id": 7, "title": OTHER_TITLE}),  # a wrong expectation
        ({"id": 7, "title": TITLE}, {"id": 7, "title": TITLE, "pages": 9}),  # no such column
        ({"id": 7, "title": TITLE}, {"id": 7, "title_": TITLE, "title": TITLE}),  # a slip
        ({"id": 8, "title": TITLE}, {"id": 7, "title": TITLE}),  # a small number of another row
    ],
)
def test_what_is_no_projection(loans: Known, body: Shape, expected: Shape) -> None:
    assert found(loans, body, compared(body, expected), select(ROW)) == []


def test_an_answer_that_shows_the_very_column_of_an_earlier_row_is_stale(loans: Known) -> None:
    body: Shape = {"id": 7, "title": TITLE}
    check = compared(body, {"id": 7, "title": OTHER_TITLE})
    rows = select((7, TITLE, DUE)), select((7, OTHER_TITLE, TITLE))

    assert found(loans, body, check, *rows) == []


def test_refusals_are_not_looked_at(loans: Known) -> None:
    body: Shape = {"error": "s2:dddddddddddddddd"}

    assert found(loans, body, key_error(body, "title"), select(ROW), status=404) == []


def test_rows_that_the_test_read_itself_are_not_the_apps(loans: Known) -> None:
    own = select(ROW)
    own.site = made.TEST

    assert found(loans, SHOWN, key_error(SHOWN, "due_on"), own) == []
