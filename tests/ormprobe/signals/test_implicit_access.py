"""Loads and calls where nobody could await the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.implicit_access import detect
from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect as raised
from ormprobe.timeline.model import Detached, Error, Site
from ormprobe.timeline.run import Relation, Table
from ormprobe_taxonomy.signals.connections import ImplicitAccess
from tests.ormprobe.signals import made
from tests.ormprobe.signals.made import (
    TEST,
    error,
    failed_test,
    failure,
    lazy,
    read,
    request,
    transaction,
    wrote,
)

TEXT = "greenlet_spawn has not been called; can't call await_only() here."
HANDLER = Site("shop/api.py", 30, "list_orders")


@pytest.fixture
def known(tmp_path: Path) -> Known:
    table = made.table("orders", "id", "note")
    related = Table(
        table.event, table.name, table.entity, table.columns, (Relation("buyer", "Buyer"),)
    )
    known = made.known_of(tmp_path)
    known.run.tables["orders"] = known.run.entities["Order"] = related
    return known


def missed(attribute: str | None = "buyer", at: int = 200, **fields: Any) -> Error:
    told: dict[str, Any] = {
        "chain": (), "code": "xd2s", "entity": "Order", "attribute": attribute, "parent": 1,
        "session": 9, "loop": 1, **fields,
    }  # fmt: skip
    found = error("MissingGreenlet", at, TEXT, **told)
    found.mro = ("MissingGreenlet", "InvalidRequestError")
    return found


def one(known: Known, broke: Error, *others: Any, **fields: Any) -> ImplicitAccess:
    [found] = detect(failed_test(errors=[broke], **fields), known)
    return found


def test_a_relation_that_was_never_loaded(known: Known) -> None:
    found = one(known, missed(), statements=[read(10, 1, session=9)])

    assert (found.kind, found.entity, found.attribute) == ("lazy-load", "Order", "buyer")
    assert (found.looped, found.closed, found.handler) == (True, False, None)


def test_a_wrapped_refusal_reads_by_its_code(known: Known) -> None:
    broke = error("StatementError", 50, TEXT, chain=(), code="xd2s")

    [found] = raised(failed_test(errors=[broke], failures=[failure(broke)]), known)

    assert found.reading is not None
    assert found.reading.cause == "async-implicit-io"


def test_a_column_that_a_commit_expired(known: Known) -> None:
    ended = transaction("commit", by="app", at=100)

    found = one(known, missed("note"), statements=[read(10, 1, session=9)], transactions=[ended])

    assert found.kind == "expired-after-commit"
    assert found.committed is not None


def test_a_column_of_what_was_written(known: Known) -> None:
    ended = transaction("commit", by="app", at=100)
    wrote(ended, "INSERT INTO orders (note) VALUES (?)", 20)

    found = one(known, missed("note"), statements=ended.writes, transactions=[ended])

    assert found.kind == "expired-after-commit"


def test_a_relation_that_a_commit_expired_had_been_loaded(known: Known) -> None:
    ended = transaction("commit", by="app", at=100)
    loaded = lazy(20, 1, "eager", session=9)

    never = one(known, missed(), statements=[read(10, 1, session=9)], transactions=[ended])
    found = one(known, missed(), statements=[loaded], transactions=[ended])

    assert (never.kind, found.kind) == ("lazy-load", "expired-after-commit")


@pytest.mark.parametrize("other", [{"session": 8}, {"end": "rollback"}, {"at": 300}])
def test_no_commit_of_this_session_before_expired_it(known: Known, other: dict[str, Any]) -> None:
    ended = transaction(**{"end": "commit", "at": 100, **other})

    found = one(known, missed("note"), statements=[read(10, 1, session=9)], transactions=[ended])

    assert found.kind == "lazy-load"


def test_a_call_that_waits_by_itself(known: Known) -> None:
    found = one(known, missed(None, entity=None))

    assert found.kind == "sync-in-async"


def test_a_serializer_reads_for_the_handler(known: Known) -> None:
    broke = missed(scope=2, site=None, serializer="pydantic.main:serialize")
    scope = failed_test(request(errors=[broke], handler=HANDLER))

    [found] = detect(scope, known)

    assert found.handler is not None
    assert found.handler.function == "list_orders"


def test_the_apps_own_line_needs_no_handler(known: Known) -> None:
    broke = missed(scope=2, serializer="pydantic.main:serialize")

    [found] = detect(failed_test(request(errors=[broke], handler=HANDLER)), known)

    assert found.handler is None


@pytest.mark.parametrize(("status", "link"), [(500, "answer"), (200, "none")])
def test_a_serializer_that_caught_the_refusal(known: Known, status: int, link: str) -> None:
    """pydantic turns it into a validation error of its own, which has no cause."""
    broke = missed(scope=2, site=None, serializer="pydantic", fate="library")
    answered = request(errors=[broke], status=status)
    scope = failed_test(answered, checks=[made.check()])

    [found] = raised(scope, known)

    assert found.link == link


def test_an_object_without_a_session_was_closed(known: Known) -> None:
    found = one(known, missed(detached=Detached(9, TEST)))

    assert found.closed


def test_a_relation_that_must_not_be_loaded_lazily(known: Known) -> None:
    text = "'Order.buyer' is not available due to lazy='raise'"
    for loop, cause in ((1, "async-implicit-io"), (0, None)):
        broke = error("InvalidRequestError", 50, text, chain=(), loop=loop)

        [found] = raised(failed_test(errors=[broke], failures=[failure(broke)]), known)

        assert (found.reading and found.reading.cause) == cause


def test_other_errors_are_no_access(known: Known) -> None:
    assert list(detect(failed_test(errors=[error()]), known)) == []
