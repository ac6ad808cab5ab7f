"""Lost writes: transactions that ended without a commit, and who asked for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.lost_writes import detect
from ormprobe.source import Source
from ormprobe.timeline.model import Scope, Site, Statement, Transaction
from ormprobe_taxonomy.signals import WriteLost
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    TEST,
    check,
    connection,
    error,
    failed_test,
    request,
    statement,
    transaction,
    wrote,
)

INSERT = "INSERT INTO orders (id) VALUES (?)"
SELECT = "SELECT id FROM orders"


def detected(
    known: Known, ended: Transaction, *others: Statement, **fields: object
) -> list[WriteLost]:
    """The signals of a test that did what the transaction wrote, and other statements."""
    told = {"transactions": [ended], "statements": [*ended.writes, *others], **fields}
    return list(detect(failed_test(**told), known))


@pytest.mark.parametrize(
    ("end", "by"),
    [
        ("rollback", "close"),
        ("rollback", "gc"),
        ("rollback", "exit"),
        ("rollback", "app"),
        ("rollback", "exception"),
        ("reset", "unknown"),
        ("close", "close"),
    ],
)
def test_an_end_without_a_commit_loses_the_writes(known: Known, end: str, by: str) -> None:
    ended = transaction(end, by)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert (found.end, found.by) == (end, by)
    assert (found.tables, found.writes, found.explicit) == (("orders",), 1, True)
    assert found.place is not None
    assert (found.place.file, found.place.line) == (APP.path, APP.line)
    assert found.ended is not None
    assert found.ended.line == CALLER.line
    assert (found.transaction, found.session, found.at_us) == ("1-1/20", "1-1/9", 100)
    assert found.events == ("1-1:10", "1-1:t")


@pytest.mark.parametrize(("end", "memory", "lost"), [("close", True, 0), ("reset", True, 1)])
def test_what_ends_with_its_whole_database_is_no_loss(
    known: Known, end: str, memory: bool, lost: int
) -> None:
    ended = transaction(end, "close")
    known.run.connections["1-1", 50] = connection(50, memory=memory)
    wrote(ended, INSERT, 10)

    assert len(detected(known, ended)) == lost


def test_a_commit_loses_nothing(known: Known) -> None:
    ended = transaction("commit", "app")
    wrote(ended, INSERT, 10)

    assert detected(known, ended) == []


def test_a_transaction_that_only_read_loses_nothing(known: Known) -> None:
    assert detected(known, transaction("rollback", "close"), statement(SELECT, 10)) == []


def test_what_a_savepoint_undid_is_not_lost_by_the_transaction(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10, undone=True)
    assert detected(known, ended) == []

    wrote(ended, "UPDATE buyers SET name = ?", 20)
    [found] = detected(known, ended)
    assert found.tables == ("buyers",)


def test_a_durable_write_is_not_lost(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10, durable=True)

    assert detected(known, ended) == []


def test_only_an_autoflush_is_not_explicit(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10, via="autoflush")
    [found] = detected(known, ended)
    assert not found.explicit

    wrote(ended, "UPDATE buyers SET name = ?", 20, via="flush")
    wrote(ended, INSERT, 30, via="autoflush", site=CALLER)
    [found] = detected(known, ended)
    assert found.explicit
    assert found.place is not None
    assert found.place.line == APP.line
    assert found.tables == ("orders", "buyers")


def test_the_last_explicit_write_is_the_place(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10)
    wrote(ended, INSERT, 20, site=CALLER)

    [found] = detected(known, ended)

    assert found.place is not None
    assert found.place.line == CALLER.line


def test_writes_beyond_what_was_kept_are_counted(known: Known) -> None:
    ended = transaction(more=7)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert found.writes == 8


def test_what_was_still_open_when_the_outcome_failed(known: Known) -> None:
    ended = transaction("commit", "app", at=950)
    wrote(ended, INSERT, 10)
    committed = detected(known, ended, checks=[check(900)])
    rolled_back = transaction("rollback", "app", at=950)
    wrote(rolled_back, INSERT, 10)

    [found] = detected(known, rolled_back, checks=[check(900)])

    assert committed == []
    assert (found.end, found.by) == ("open", "unknown")


def test_what_ended_before_the_outcome_failed_did_so(known: Known) -> None:
    ended = transaction("rollback", "app", at=100)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended, checks=[check(900)])

    assert (found.end, found.by) == ("rollback", "app")


def test_a_transaction_of_a_dead_process_is_open(known: Known) -> None:
    ended = transaction("open", None, at=None)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert (found.end, found.by, found.at_us) == ("open", "unknown", 10)


def test_what_read_the_table_between_the_loss_and_the_failure(known: Known) -> None:
    ended = transaction(at=100)
    wrote(ended, INSERT, 10)

    def read_at(at: int, text: str = SELECT, **fields: object) -> tuple[str, ...]:
        later = statement(text, at, **fields)
        [found] = detected(known, ended, later, checks=[check(900)])
        return found.read

    assert read_at(200) == ("orders",)
    assert read_at(200, "SELECT * FROM buyers b JOIN orders o ON o.buyer_id = b.id") == ("orders",)
    assert read_at(50) == ()  # before the loss
    assert read_at(950) == ()  # after the failure
    assert read_at(200, "SELECT id FROM buyers") == ()
    assert read_at(200, "UPDATE orders SET note = ?") == ()
    assert read_at(100, transaction=20) == ()  # within the lost transaction


def test_an_open_transactions_own_connection_sees_its_writes(known: Known) -> None:
    ended = transaction("open", None, at=None)
    wrote(ended, INSERT, 10)

    [own] = detected(known, ended, statement(SELECT, 200, connection=50), checks=[check(900)])
    [other] = detected(known, ended, statement(SELECT, 200, connection=51), checks=[check(900)])

    assert (own.read, other.read) == ((), ("orders",))


def in_request(ended: Transaction, **fields: object) -> Scope:
    wrote(ended, INSERT, 10, scope=2)
    return request(2, statements=list(ended.writes), transactions=[ended], **fields)


def test_the_answer_of_the_request_that_wrote(known: Known) -> None:
    [found] = detect(failed_test(in_request(transaction(), status=201, method="PUT")), known)

    assert (found.answered, found.method, found.kept_on) == (201, "PUT", True)


def test_outside_a_request_there_is_no_answer(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert (found.answered, found.method, found.kept_on) == (None, None, True)


@pytest.mark.parametrize("status", [400, 409, 500])
def test_a_request_that_answered_an_error_did_not_go_on(known: Known, status: int) -> None:
    [found] = detect(failed_test(in_request(transaction(), status=status)), known)

    assert not found.kept_on


@pytest.mark.parametrize(
    ("fields", "kept_on"),
    [
        ({"transaction": 20}, False),
        ({"session": 9}, False),
        ({"session": 8}, True),
        ({"transaction": 20, "at": 200}, True),  # after the end
        ({}, True),
    ],
)
def test_an_error_of_its_own_ends_the_work(
    known: Known, fields: dict[str, int], kept_on: bool
) -> None:
    ended = transaction(at=100)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended, errors=[error(**fields)])

    assert found.kept_on is kept_on


def test_rows_that_a_test_writes_are_the_harness(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10, site=TEST)

    [found] = detected(known, ended)

    assert found.harness


@pytest.mark.parametrize(
    ("frames", "harness"), [((TEST,), True), ((), True), ((TEST, CALLER), False)]
)
def test_a_test_that_ends_the_transaction_is_the_harness(
    known: Known, frames: tuple[Site, ...], harness: bool
) -> None:
    ended = transaction(site=TEST, frames=frames)
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert found.harness is harness


@pytest.mark.parametrize(
    ("by", "ended", "let_go"), [("close", 50, True), ("app", 50, False), ("close", 950, False)]
)
def test_a_test_that_closes_and_looks_is_no_harness(
    known: Known, by: str, ended: int, let_go: bool
) -> None:
    closed = transaction("close", by, ended, site=TEST, frames=(TEST,))
    wrote(closed, INSERT, 10)

    [found] = detect(failed_test(transactions=[closed], failed_us=900), known)

    assert (found.let_go_by_test, found.harness) == (let_go, not let_go)


def test_an_app_that_ends_it_is_not(known: Known) -> None:
    ended = transaction(site=CALLER, frames=(CALLER, TEST))
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended)

    assert not found.harness


CLEANUP = """\
class Unit:
    def commit(self):
        self.session.commit()

    def __exit__(self, *exc):
        self.session.rollback()

    def preview(self):
        self.session.rollback()


def save(session):
    try:
        session.commit()
    finally:
        session.rollback()


def preview(session):
    try:
        pass
    finally:
        session.rollback()
"""


@pytest.mark.parametrize(
    ("line", "by"), [(6, "cleanup"), (9, "app"), (16, "cleanup"), (23, "app"), (99, "app")]
)
def test_a_rollback_of_what_was_not_committed_is_a_cleanup(
    tmp_path: Path, known: Known, line: int, by: str
) -> None:
    (tmp_path / "unit.py").write_text(CLEANUP)
    ended = transaction("rollback", "app", site=Site("unit.py", line, "f"))
    wrote(ended, INSERT, 10)

    [found] = detected(replace(known, source=Source(tmp_path)), ended)

    assert found.by == by


def test_a_cleanup_of_work_that_an_exception_ended_was_meant(tmp_path: Path, known: Known) -> None:
    (tmp_path / "unit.py").write_text(CLEANUP)
    ended = transaction("rollback", "app", site=Site("unit.py", 6, "f"))
    ended.raised = True
    wrote(ended, INSERT, 10)

    [found] = detected(replace(known, source=Source(tmp_path)), ended)

    assert found.by == "exception"


def test_only_a_rollback_that_the_app_asked_for_can_be_one(tmp_path: Path, known: Known) -> None:
    (tmp_path / "unit.py").write_text(CLEANUP)
    ended = transaction("rollback", "exception", site=Site("unit.py", 6, "f"))
    wrote(ended, INSERT, 10)

    [found] = detected(replace(known, source=Source(tmp_path)), ended)

    assert found.by == "exception"


def test_what_ends_inside_a_request_was_not_ended_by_the_test(known: Known) -> None:
    ended = transaction(site=TEST, frames=(TEST,), scope=2)

    [found] = detect(failed_test(in_request(ended)), known)

    assert not found.harness


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TEMPORARY TABLE orders (id INTEGER)",
        "create temp table if not exists orders (id INTEGER)",
        "CREATE GLOBAL TEMPORARY TABLE orders (id INTEGER)",
        "\n    CREATE LOCAL TEMP TABLE Orders (id INTEGER)",
    ],
)
def test_what_was_in_a_temporary_table_is_not_lost(known: Known, text: str) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10)

    assert detected(known, ended, statement(text, 5)) == []


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE orders (id INTEGER)",
        "CREATE TEMP TABLE buyers (id INTEGER)",
        "CREATE TEMP VIEW orders AS SELECT 1",
        "SELECT 'CREATE TEMP TABLE orders'",
    ],
)
def test_what_was_in_another_table_is(known: Known, text: str) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10)

    [found] = detected(known, ended, statement(text, 5))
    assert found.tables == ("orders",)


def test_only_the_temporary_tables_writes_are_left_out(known: Known) -> None:
    ended = transaction()
    wrote(ended, INSERT, 10)
    wrote(ended, "UPDATE buyers SET name = ?", 20, site=CALLER)

    [found] = detected(known, ended, statement("CREATE TEMP TABLE orders (id INTEGER)", 5))

    assert (found.tables, found.writes) == (("buyers",), 1)


def test_a_request_that_only_previews(known: Known) -> None:
    ended = transaction()
    [found] = detect(failed_test(in_request(ended, route="/orders/preview")), known)
    assert found.rehearsal

    [found] = detect(failed_test(in_request(transaction(), route="/orders")), known)
    assert not found.rehearsal


OWNER = """\
class Unit:
    def __exit__(self, *exc):
        self.session.commit()

def place(session):
    repository.add(session)  # calls
    session.commit()
"""


def owned(tmp_path: Path, known: Known, *frames: Site, repository: str) -> int:
    """The line that is blamed for a write of a repository that these callers asked for."""
    (tmp_path / "service.py").write_text(OWNER)
    (tmp_path / "repository.py").write_text(repository)
    ended = transaction(frames=frames)
    wrote(ended, INSERT, 10, site=Site("repository.py", 2, "add"))
    [found] = detected(replace(known, source=Source(tmp_path)), ended)
    assert found.place is not None
    return found.place.line


def test_the_caller_that_should_have_committed_is_the_place(tmp_path: Path, known: Known) -> None:
    service, exit_of = Site("service.py", 6, "place"), Site("service.py", 3, "Unit.__exit__")
    bare, commits = "def add(session):\n    pass\n", "def add(session):\n    session.commit()\n"

    assert owned(tmp_path, known, service, repository=bare) == 6
    assert owned(tmp_path, known, exit_of, service, repository=bare) == 6
    assert owned(tmp_path, known, exit_of, repository=bare) == 2
    assert owned(tmp_path, known, service, repository=commits) == 2
    assert owned(tmp_path, known, TEST, service, repository=bare) == 2
    assert owned(tmp_path, known, repository=bare) == 2


@pytest.mark.parametrize(("fate", "kept_on"), [("library", True), ("propagated", False)])
def test_a_row_that_was_looked_for_in_vain_is_no_error_of_the_work(
    known: Known, fate: str, kept_on: bool
) -> None:
    lost = transaction(by="app")
    wrote(lost, "INSERT INTO orders (note) VALUES (?)", 40)
    sought = error("NoResultFound", 30, "No row was found", chain=(), fate=fate)
    sought.transaction = lost.number
    scope = failed_test(transactions=[lost], errors=[sought])

    [found] = detect(scope, known)

    assert found.kept_on is kept_on
