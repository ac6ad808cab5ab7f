"""What was closed before it was used, or begun twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.closed_before import detect
from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect as raised
from ormprobe.source import Source
from ormprobe.timeline.model import Closing, Error, Failure, Link, Site
from tests.ormprobe.signals.made import APP, CALLER, TEST, error, failed_test, failure, request


def used(
    message: str = "This Connection is closed", kind: str = "ResourceClosedError", **fields: Any
) -> Error:
    made = error(kind, 50, message, **{"chain": (), "task": 1, **fields})
    made.mro = (kind, "InvalidRequestError", "SQLAlchemyError")
    return made


def test_a_use_after_the_close(known: Known) -> None:
    closed = Closing(40, Site("shop/db.py", 8, "borrow"), 1)

    [found] = detect(failed_test(errors=[used(closed=closed)]), known)

    assert (found.kind, found.cleanup, found.shared) == ("closed", False, False)
    assert found.closed is not None
    assert found.closed.function == "borrow"
    assert found.used is not None
    assert found.used.line == APP.line


def test_the_line_of_the_closing_function_that_went_on(known: Known) -> None:
    closed = Closing(40, replace(CALLER, line=18), 1)

    [found] = detect(failed_test(errors=[used(closed=closed)]), known)

    assert found.used is not None
    assert (found.used.file, found.used.line) == (CALLER.path, CALLER.line)


def test_a_close_by_a_generators_end_is_cleanup(known: Known, tmp_path: Path) -> None:
    (tmp_path / "deps.py").write_text(
        "def connection():\n    taken = engine.connect()\n    yield taken\n    taken.close()\n"
    )
    closed = Closing(40, Site("deps.py", 4, "connection"), 2)

    scope = failed_test(errors=[used(closed=closed)])
    [found] = detect(scope, replace(known, source=Source(tmp_path)))

    assert (found.cleanup, found.shared) == (True, True)


@pytest.mark.parametrize(
    ("message", "kind", "what"),
    [
        ("A transaction is already begun on this Session.", "InvalidRequestError", "again"),
        ("threads can only be started once", "InvalidRequestError", "again"),
        (
            "Can't operate on closed transaction inside context manager.  Please complete it",
            "InvalidRequestError",
            "closed",
        ),
        ("This Connection is closed", "ResourceClosedError", "unknown"),
        ("connection is closed", "InterfaceError", "unknown"),
    ],
)
def test_what_the_message_says_by_itself(known: Known, message: str, kind: str, what: str) -> None:
    [found] = detect(failed_test(errors=[used(message, kind)]), known)

    assert found.kind == what


@pytest.mark.parametrize(
    ("closed", "cause"),
    [(Closing(40, TEST), "connection-lifecycle-violation"), (None, "result-object-misuse")],
)
def test_a_closed_result_counts_where_its_connection_was_closed(
    known: Known, closed: Closing | None, cause: str
) -> None:
    broke = used("This result object is closed.", closed=closed)

    [found] = raised(failed_test(errors=[broke], failures=[failure(broke)]), known)

    assert found.reading is not None
    assert found.reading.cause == cause


def test_other_errors_were_not_closed(known: Known) -> None:
    assert list(detect(failed_test(errors=[error(closed=Closing(40, TEST))]), known)) == []


@pytest.mark.parametrize(
    "message",
    ["Cannot operate on a closed cursor.", "the cursor is closed", "cursor already closed"],
)
def test_a_closed_cursor_was_closed_by_the_app(known: Known, message: str) -> None:
    """No server closes one."""
    driver = Link("ProgrammingError", ("ProgrammingError",), message, "driver", relation="orig")
    closed = used(message, "ProgrammingError", chain=(driver,))

    [found] = detect(failed_test(errors=[closed]), known)

    assert found.kind == "closed"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Connection already opened.", "again"),
        ("cannot start a transaction within a transaction", "again"),
        ("cannot commit - no transaction is active", "closed"),
        ("Attempting to close database while transaction is open.", "unsettled"),
        ("Error, database connection not opened.", "unopened"),
    ],
)
def test_what_is_opened_by_name(known: Known, message: str, kind: str) -> None:
    refused = used(message, "OperationalError")
    refused.module, refused.message = "peewee", message

    [found] = detect(failed_test(errors=[refused]), known)

    assert found.kind == kind


def test_what_an_earlier_piece_of_work_closed_was_never_opened_for_this_one(known: Known) -> None:
    message = "Error, database connection not opened."
    before = used(message, "InterfaceError", closed=Closing(20, CALLER, 1))
    inside = used(message, "InterfaceError", closed=Closing(45, CALLER, 1))
    for error_ in (before, inside):
        error_.scope, error_.module = 2, "peewee"

    [early] = detect(failed_test(request(at=40, errors=[before])), known)
    [late] = detect(failed_test(request(at=40, errors=[inside])), known)

    assert (early.kind, early.closed) == ("unopened", None)
    assert late.kind == "closed"
    assert late.closed is not None


def test_a_block_that_python_refused_to_enter(known: Known) -> None:
    text = "Cannot enter manual commit block while a transaction is active."
    link = Link("ValueError", ("ValueError", "Exception"), text, "builtins", frames=(APP,))

    [found] = detect(failed_test(failures=[Failure("1-1:9", 90, "call", (link,))]), known)

    assert (found.error, found.kind) == ("1-1:9", "again")


def set_up_again(closed: Closing | None, at_us: int = 50) -> Error:
    return Error(
        9,
        "1-1:9",
        1,
        at_us,
        "ConfigurationError",
        "tortoise.exceptions",
        mro=("ConfigurationError", "BaseORMException", "Exception"),
        message="DB configuration not initialised. Make sure to call Tortoise.init",
        site=CALLER,
        closed=closed,
    )


def test_what_the_app_set_up_and_ended_itself_was_used_after_its_end(known: Known) -> None:
    scope = failed_test(errors=[set_up_again(Closing(20, APP))])

    [found] = detect(scope, known)

    assert found.kind == "closed"
    assert found.closed is not None
    assert (found.closed.line, found.cleanup, found.shared) == (APP.line, False, False)


@pytest.mark.parametrize("closed", [None, Closing(20, TEST), Closing(-30, APP), Closing(20, None)])
def test_what_ended_before_or_by_a_test_was_not_set_up_here(
    known: Known, closed: Closing | None
) -> None:
    assert list(detect(failed_test(errors=[set_up_again(closed)]), known)) == []
