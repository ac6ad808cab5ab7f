"""Errors of an outcome: what became of each, and how its failure hangs on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect
from ormprobe.source import Source
from ormprobe.timeline.model import Error, Failure, Link, Scope, Site
from ormprobe_taxonomy.signals import Raised
from ormprobe_taxonomy.terms import Fate
from ormprobe_taxonomy.terms import Link as Tie
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    TEST,
    check,
    error,
    failed_test,
    failure,
    process_scope,
    request,
    statement,
)

INSERT = "INSERT INTO users (email) VALUES (?)"
REFUSED = "This Session's transaction has been rolled back due to a previous exception"


def detected(scope: Scope, known: Known) -> list[tuple[str, str]]:
    return [(signal.fate.value, signal.link.value) for signal in detect(scope, known)]


def one(scope: Scope, known: Known) -> Raised:
    [found] = detect(scope, known)
    return found


def test_an_error_in_the_chain_that_ended_the_test(known: Known) -> None:
    broke = error(fate="propagated", session=9, transaction=20, connection=50)

    found = one(failed_test(errors=[broke], failures=[failure(broke)]), known)

    assert (found.fate, found.link) == (Fate.SURFACED, Tie.CHAIN)
    assert found.reading is not None
    assert (found.reading.cause, found.reading.facet) == ("integrity-violation", "unique")
    assert (found.key, found.session, found.transaction) == ("1-1/50", "1-1/9", "1-1/20")
    assert found.message == "UNIQUE constraint failed: users.email"
    assert found.place is not None
    assert (found.place.file, found.place.line) == (APP.path, APP.line)
    assert found.events == ("1-1:50",)


@pytest.mark.parametrize("fate", ["propagated", "handler", "translated", None])
def test_a_chain_ties_whatever_the_error_went_through(known: Known, fate: str | None) -> None:
    broke = error(fate=fate)

    assert one(failed_test(errors=[broke], failures=[failure(broke)]), known).link is Tie.CHAIN


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        ("propagated", "surfaced"),
        ("handler", "surfaced"),
        ("translated", "translated"),
        ("expected", "expected"),
        ("never-raised", "absorbed"),
        ("library", "absorbed"),
        ("caught", "swallowed"),
        (None, "swallowed"),
    ],
)
def test_what_became_of_an_error(known: Known, told: str | None, fate: str) -> None:
    assert one(failed_test(errors=[error(fate=told)]), known).fate == fate


@pytest.mark.parametrize("told", ["expected", "never-raised", "library"])
def test_a_handled_error_is_tied_to_nothing(known: Known, told: str) -> None:
    served = request(2, status=500, errors=[error(scope=2, fate=told)])

    assert one(failed_test(served, checks=[check()]), known).link is Tie.NONE


def test_an_expected_error_beside_an_unrelated_failure(known: Known) -> None:
    scope = failed_test(errors=[error(fate="expected")], failures=[failure()])

    assert detected(scope, known) == [("expected", "none")]


def test_a_caught_error_beside_an_unrelated_exception(known: Known) -> None:
    other = error("OperationalError", 70, "no such table: orders", fate="propagated")
    swallowed = error(at=50, fate="caught", caught=CALLER)

    found = detected(failed_test(errors=[swallowed, other], failures=[failure(other)]), known)

    assert found == [("swallowed", "none"), ("surfaced", "chain")]


def test_an_error_after_the_failure_is_not_told(known: Known) -> None:
    scope = failed_test(errors=[error(at=950)], checks=[check(900)])

    assert list(detect(scope, known)) == []


# how a request that broke is tied to the test that called it


def served(number: int, status: int, at: int = 10, **fields: object) -> Scope:
    return request(number, at=at, end=at + 90, status=status, **fields)


def test_the_last_request_before_the_failing_check(known: Known) -> None:
    broken = served(2, 500, errors=[error(scope=2, fate="propagated")])

    found = one(failed_test(broken, checks=[check(left=500, right=200)]), known)

    assert (found.fate, found.link) == (Fate.SURFACED, Tie.ANSWER)


def test_a_caught_error_that_was_answered_with_an_error_status(known: Known) -> None:
    broken = served(2, 422, errors=[error(scope=2, fate="caught", caught=CALLER)])

    found = one(failed_test(broken, checks=[check(left=422, right=200)]), known)

    assert (found.fate, found.link) == (Fate.ANSWERED, Tie.ANSWER)


def test_an_earlier_request_whose_status_the_check_compares(known: Known) -> None:
    broken = served(2, 500, errors=[error(scope=2, fate="propagated")])
    scope = failed_test(broken, served(3, 200, at=200), checks=[check(left=500, right=201)])

    assert one(scope, known).link is Tie.ANSWER


def test_of_equal_statuses_the_later_request_is_meant(known: Known) -> None:
    first = served(2, 500, errors=[error(scope=2, fate="propagated")])
    second = served(3, 500, at=200)
    scope = failed_test(first, second, served(4, 200, at=300), checks=[check(left=500, right=200)])

    assert one(scope, known).link is Tie.EARLIER


def test_an_earlier_request_that_broke_and_nobody_checked(known: Known) -> None:
    broken = served(2, 500, errors=[error(scope=2, fate="propagated")])
    scope = failed_test(broken, served(3, 200, at=200), checks=[check(left="a", right="b")])

    assert one(scope, known).link is Tie.EARLIER


def test_an_earlier_request_that_answered_a_conflict_is_no_cause(known: Known) -> None:
    handled = served(2, 409, errors=[error(scope=2, fate="caught")])
    scope = failed_test(handled, served(3, 200, at=200), checks=[check(left="a", right="b")])

    assert detected(scope, known) == [("answered", "none")]


def test_a_request_after_the_failing_check_is_not_the_last_one(known: Known) -> None:
    broken = served(2, 500, errors=[error(scope=2, fate="propagated")])
    later = served(3, 200, at=950)

    assert one(failed_test(broken, later, checks=[check(900)]), known).link is Tie.ANSWER


def test_a_later_error_that_reached_the_framework_was_answered(known: Known) -> None:
    swallowed = error(at=20, scope=2, fate="caught")
    answered = error("OperationalError", 30, "no such table: orders", scope=2, fate="propagated")
    broken = served(2, 500, errors=[swallowed, answered])

    found = detected(failed_test(broken, checks=[check(left=500, right=200)]), known)

    assert found == [("answered", "none"), ("surfaced", "answer")]


def test_a_failed_request_by_itself(known: Known) -> None:
    surfaced = request(2, status=500, errors=[error(scope=2, fate="propagated")])
    swallowed = request(2, status=500, errors=[error(scope=2, fate="caught")])
    passed = request(2, status=404, errors=[error(scope=2, fate="caught")])

    assert one(surfaced, known).link is Tie.CHAIN
    assert one(swallowed, known).link is Tie.ANSWER
    assert one(passed, known).link is Tie.NONE


# errors that the app swallowed and went on


SOURCE = """\
def test_order():
    order = place_order()
    other = 1
    assert order.total == 3
    assert other == 2
    assert place_order() is None
"""


def in_source(tmp_path: Path, known: Known) -> Known:
    path = tmp_path / TEST.path
    path.parent.mkdir()
    path.write_text(SOURCE)
    return replace(known, source=Source(tmp_path))


def at_line(line: int) -> Site:
    return Site(TEST.path, line, TEST.function)


@pytest.mark.parametrize(
    ("called", "failing", "tie"),
    [
        (2, 4, "line"),  # the failing line reads what the broken call gave
        (2, 5, "none"),  # it reads something else
        (6, 6, "line"),  # the call stands on the failing line itself
        (2, 6, "none"),
    ],
)
def test_the_failing_line_looks_at_what_the_broken_call_gave(
    tmp_path: Path, known: Known, called: int, failing: int, tie: str
) -> None:
    swallowed = error(fate="caught", frames=(APP, CALLER, at_line(called)))
    scope = failed_test(errors=[swallowed], checks=[check(site=at_line(failing))])

    assert detected(scope, in_source(tmp_path, known)) == [("swallowed", tie)]


def test_the_failing_line_may_be_known_by_its_exception(tmp_path: Path, known: Known) -> None:
    swallowed = error(fate="caught", frames=(APP, at_line(2)))
    scope = failed_test(errors=[swallowed], failures=[failure(frames=(at_line(4),))])

    assert detected(scope, in_source(tmp_path, known)) == [("swallowed", "line")]


def test_another_function_of_the_tests_does_not_count(tmp_path: Path, known: Known) -> None:
    elsewhere = Site(TEST.path, 2, "fixture")
    swallowed = error(fate="caught", frames=(APP, elsewhere))
    scope = failed_test(errors=[swallowed], checks=[check(site=at_line(4))])

    assert detected(scope, in_source(tmp_path, known)) == [("swallowed", "none")]


def test_a_swallowed_error_that_no_test_asked_for(known: Known) -> None:
    swallowed = error(fate="caught", frames=(APP, CALLER))

    assert detected(failed_test(errors=[swallowed], checks=[check()]), known) == [
        ("swallowed", "none")
    ]


def swallowed_write(message: str = "NOT NULL constraint failed: users.email") -> Error:
    frames = (APP, Site(TEST.path, 3, "setup"))
    return error(
        message=message, fate="caught", statement=INSERT, operation="INSERT", frames=frames
    )


@pytest.mark.parametrize(
    ("text", "at", "tie"),
    [
        ("SELECT id FROM users", 200, "line"),
        ("SELECT id FROM orders", 200, "none"),
        ("SELECT id FROM users", 40, "none"),
        ("SELECT id FROM users", 950, "none"),
        ("UPDATE users SET email = ?", 200, "none"),
    ],
)
def test_a_swallowed_write_counts_where_its_table_was_read_later(
    known: Known, text: str, at: int, tie: str
) -> None:
    later = statement(text, at)
    scope = failed_test(errors=[swallowed_write()], statements=[later], checks=[check()])

    assert detected(scope, known) == [("swallowed", tie)]


def test_a_conflict_on_a_row_that_is_there_is_not_missed_by_a_reader(known: Known) -> None:
    conflict = swallowed_write("UNIQUE constraint failed: users.email")
    later = statement("SELECT id FROM users", 200)

    scope = failed_test(errors=[conflict], statements=[later], checks=[check()])

    assert detected(scope, known) == [("swallowed", "none")]


def test_the_same_work_that_succeeded_afterwards_is_recovered(known: Known) -> None:
    broke = error(fate="caught", caught=CALLER, statement=INSERT)

    def fate_with(**fields: object) -> str:
        again = statement(INSERT, 60, site=APP)
        for name, value in fields.items():
            setattr(again, name, value)
        return detected(failed_test(errors=[broke], statements=[again]), known)[0][0]

    assert fate_with() == "recovered"
    assert fate_with(site=CALLER) == "recovered"
    assert fate_with(site=TEST) == "swallowed"
    assert fate_with(site=None) == "swallowed"
    assert fate_with(text="INSERT INTO others") == "swallowed"
    assert fate_with(at_us=40) == "swallowed"


# a process


def test_a_process_that_ended_by_an_error(known: Known) -> None:
    broke = error(scope=None, fate="propagated")

    assert detected(process_scope(errors=[broke], failures=[failure(broke)]), known) == [
        ("surfaced", "chain")
    ]


def test_a_process_that_ended_badly_of_its_own_accord(known: Known) -> None:
    first, last = error(at=50, scope=None, fate="caught"), error(at=60, scope=None, fate="caught")

    assert detected(process_scope(errors=[first, last]), known) == [
        ("swallowed", "none"),
        ("swallowed", "line"),
    ]
    assert detected(process_scope(errors=[last], last=False), known) == [("swallowed", "none")]


EXITING = """\
try:
    fail()
except Exception:
    log()
    sys.exit(1)
sys.exit(2)
"""


@pytest.mark.parametrize(
    ("left", "link"), [(5, "chain"), (4, "line"), (6, "line"), (2, "line"), (None, "line")]
)
def test_a_process_that_left_by_an_exit_in_the_errors_handler(
    tmp_path: Path, known: Known, left: int | None, link: str
) -> None:
    (tmp_path / "app.py").write_text(EXITING)
    told = {"scope": None, "fate": "caught", "caught": Site("app.py", 2, "<module>")}
    last = error(**told, left=None if left is None else Site("app.py", left, "<module>"))

    assert detected(process_scope(errors=[last]), known) == [("swallowed", link)]
    assert detected(process_scope(errors=[last, error(at=60, scope=None)]), known)[0] == (
        "swallowed", "none"
    )  # fmt: skip


# refusals of a transaction that an earlier error had broken


def refusal(at: int = 70, **fields: object) -> Error:
    told = {"session": 9, "fate": "propagated", "chain": (), **fields}
    return replace(error("PendingRollbackError", at, REFUSED, **told))


def test_a_refusal_is_an_echo_of_an_error_that_nobody_expected(known: Known) -> None:
    first = error(
        "OperationalError", 50, "no such column: nick", session=9, fate="caught", caught=CALLER
    )
    second = refusal()

    scope = failed_test(errors=[first, second], failures=[failure(second)])
    origin, echo = detect(scope, known)

    assert echo.follows == origin.key
    assert origin.link is Tie.CHAIN  # it stands where its echo surfaced


def test_an_expected_conflict_is_blamed_for_nothing(known: Known) -> None:
    first = error(session=9, fate="caught", caught=CALLER)
    second = refusal()

    scope = failed_test(errors=[first, second], failures=[failure(first, second)])
    origin, reuse = detect(scope, known)

    assert (origin.link, reuse.link, reuse.follows) == (Tie.NONE, Tie.CHAIN, None)


def test_a_refusal_follows_the_error_of_its_own_session(known: Known) -> None:
    mine = error("OperationalError", 50, "no such column: nick", session=9)
    other = error("OperationalError", 60, "no such column: nick", session=8)
    second = refusal()
    second.connection = mine.connection = other.connection = 50

    scope = failed_test(errors=[mine, other, second], failures=[failure(second)])
    found = list(detect(scope, known))

    assert found[2].follows == found[0].key
    assert found[1].link is Tie.NONE


@pytest.mark.parametrize(("connection", "link"), [(50, Tie.NONE), (51, Tie.CHAIN)])
def test_in_a_harness_transaction_the_connection_tells(
    known: Known, connection: int, link: Tie
) -> None:
    first = error(fate="caught", caught=CALLER, connection=connection)
    second = refusal()
    second.session, second.connection = None, 50

    scope = failed_test(errors=[first, second], failures=[failure(first, second)])
    origin, _ = detect(scope, known)

    assert origin.link is link


def test_a_refusal_by_itself_stands(known: Known) -> None:
    second = refusal()

    found = one(failed_test(errors=[second], failures=[failure(second)]), known)

    assert (found.follows, found.link) == (None, Tie.CHAIN)
    assert found.reading is not None
    assert found.reading.cause == "failed-transaction-reuse"


# what a signal says of its error


def test_the_tables_that_the_failed_statement_reads(known: Known) -> None:
    broke = error(statement="SELECT o.id FROM orders o JOIN buyers ON true", operation="SELECT")

    assert one(failed_test(errors=[broke]), known).reads == ("buyers", "orders")


@pytest.mark.parametrize(
    ("message", "is_key"),
    [
        ("NOT NULL constraint failed: orders.buyer_id", True),
        ("NOT NULL constraint failed: orders.note", False),
        ('null value in column "buyer_id" of relation "orders"', True),
        ("NOT NULL constraint failed: strangers.buyer_id", False),
        ("FOREIGN KEY constraint failed", False),
    ],
)
def test_whether_the_column_refers_to_another_table(
    known: Known, message: str, is_key: bool
) -> None:
    assert one(failed_test(errors=[error(message=message)]), known).foreign_key is is_key


def test_a_flush_that_a_query_asked_for(known: Known) -> None:
    broke = error()
    broke.message = "(raised as a result of Query-invoked autoflush; ...) " + broke.message

    assert one(failed_test(errors=[broke]), known).autoflush


def test_the_names_that_the_catching_line_catches(tmp_path: Path, known: Known) -> None:
    path = tmp_path / CALLER.path
    path.parent.mkdir()
    body = "try:\n" + "    pass\n" * 20 + "except (IntegrityError, OSError):\n    pass\n"
    path.write_text(body)
    broke = error(fate="caught", caught=CALLER)

    found = one(failed_test(errors=[broke]), replace(known, source=Source(tmp_path)))

    assert found.catches == ("IntegrityError", "OSError")


def test_the_innermost_exception_decides(known: Known) -> None:
    broke = error("IntegrityError", 50, "datatype mismatch")

    found = one(failed_test(errors=[broke]), known)

    assert found.reading is not None
    assert found.reading.cause == "bind-type-mismatch"


def test_of_two_that_the_tables_know_the_inner_one_decides(known: Known) -> None:
    outer = Link("NoResultFound", ("NoResultFound",), "none", "sqlalchemy.exc")
    inner = Link("OperationalError", (), "no such table: orders", "sqlite3", relation="cause")

    found = one(failed_test(errors=[error(chain=(outer, inner))]), known)

    assert found.reading is not None
    assert found.reading.cause == "schema-not-created"
    assert found.message == "no such table: orders"


# failures without a recorded error


def unrecorded(kind: str, message: str, module: str | None = None) -> Failure:
    return Failure("1-1:9", 90, "call", (Link(kind, (kind,), message, module, frames=(APP,)),))


def test_a_missing_driver_is_read_from_the_failure(known: Known) -> None:
    found = one(
        process_scope(failures=[unrecorded("ModuleNotFoundError", "No module named 'psycopg2'")]),
        known,
    )

    assert (found.fate, found.link, found.key) == (Fate.SURFACED, Tie.CHAIN, "1-1:9")
    assert found.reading is not None
    assert found.reading.cause == "startup-connection-failure"
    assert found.place is not None
    assert found.place.line == APP.line


def test_the_failure_of_a_request_is_an_earlier_step_of_its_test(known: Known) -> None:
    inner = request(2, failures=[unrecorded("OperationalError", "no such table: a", "sqlite3")])
    later = request(3, at=950, end=960)

    assert one(failed_test(inner, later, checks=[check(at=970)]), known).link is Tie.EARLIER
    assert one(failed_test(inner, checks=[check()]), known).link is Tie.ANSWER


def test_a_failure_of_ordinary_code_is_no_signal(known: Known) -> None:
    scope = failed_test(failures=[unrecorded("KeyError", "'total'")])

    assert list(detect(scope, known)) == []
