"""Transactions: what each settled, and where it is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ormprobe.timeline import Closed, building, ledger

Built = Callable[..., list[Closed]]


def test_a_commit_settles_its_writes(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 10),
        lines.write(1, 20, at=11, scope=1),
        lines.statement(2, 12, scope=1, transaction=20),
        lines.transaction(
            20, 15, scope=1, session=9, statements=2, writes=[1], began=11, site=3, frames=[3]
        ),
        lines.end(1, 30),
    )

    [found] = request.scope.transactions
    [write, read] = request.scope.statements
    assert (found.end, found.by, found.pending) == ("commit", "app", False)
    assert (found.writes, found.write_numbers, found.statements) == ([write], (1,), 2)
    assert (found.began_us, found.ended_us, found.session) == (1_000_011, 1_000_015, 9)
    assert found.site is not None
    assert found.frames == (found.site,)
    assert write.settled_by is found
    assert read.settled_by is None
    assert found.event == "1-1:9"


def test_a_transaction_that_ends_after_its_scope_is_found_in_it(built: Built, lines: Any) -> None:
    [first, second, process] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 10),
        lines.write(1, 20, at=11, scope=1),
        lines.end(1, 12),
        lines.scope(2, 20),
        lines.end(2, 21),
        lines.transaction(20, 25, end="reset", by="gc", writes=[1]),
    )

    [found] = first.scope.transactions
    assert (first.scope.number, second.scope.number) == (1, 2)
    assert (found.end, found.by, found.writes) == ("reset", "gc", first.scope.statements)
    assert process.scope.transactions == [found]
    assert second.scope.transactions == []


def test_a_transaction_is_once_in_the_scope_around_its_places(built: Built, lines: Any) -> None:
    [test, _] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 0, type="test"),
        lines.scope(2, 10, parent=1),
        lines.write(1, 20, at=11, scope=2),
        lines.end(2, 12),
        lines.transaction(21, 13, scope=1),
        lines.transaction(20, 15, scope=1, end="rollback", writes=[1]),
        lines.end(1, 30),
    )

    found = test.scope.all_transactions()
    assert [transaction.number for transaction in found] == [21, 20]
    assert test.scope.children[0].transactions == [found[1]]
    assert found[1] in test.scope.transactions


def test_writes_without_an_end_stay_open(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 10),
        lines.write(1, 20, at=11, scope=1),
        lines.end(1, 12),
        {"kind": "exit", "at": 50},
    )

    [found] = request.scope.transactions
    assert (found.end, found.by, found.pending, found.ended_us) == ("open", None, False, None)
    assert found.writes == request.scope.statements
    assert found.began_us == 1_000_011


def test_reads_without_an_end_are_no_open_transaction(built: Built, lines: Any) -> None:
    [closed] = built(lines.process(), *lines.defined, lines.statement(1, transaction=20))

    assert closed.scope.transactions == []


def test_a_write_outside_any_transaction_is_durable(built: Built, lines: Any) -> None:
    [closed] = built(lines.process(), *lines.defined, lines.write(1, 20, durable=True))

    [found] = closed.scope.statements
    assert (found.durable, found.settled_by) == (True, None)
    assert closed.scope.transactions == []


def test_a_rollback_to_a_savepoint_undoes_its_writes(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        *lines.defined,
        lines.write(1, 20),
        lines.savepoint(20, "begin"),
        lines.write(2, 20),
        lines.savepoint(20, "rollback", writes=[2]),
        lines.transaction(20, 9, writes=[1]),
    )

    [kept, undone] = closed.scope.statements
    [found] = closed.scope.transactions
    assert (kept.undone, undone.undone) == (False, True)
    assert found.writes == [kept]
    assert undone.settled_by is found
    assert [point.action for point in found.savepoints] == ["begin", "rollback"]
    assert found.savepoints[1].writes == (2,)


def test_waiting_for_an_end_is_bounded(
    built: Built, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "MAX_WAITING", 3)
    content: list[Any] = [lines.process(), *lines.defined]
    content += [lines.scope(1, 1), lines.write(1, 20, at=2, scope=1), lines.end(1, 3)]
    for number in range(2, 10):
        content += [lines.scope(number, number * 10), lines.end(number, number * 10 + 5)]
    content.append(lines.transaction(20, 200, end="rollback", writes=[1]))

    found = built(*content)

    assert [closed.scope.number for closed in found] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert found[0].scope.transactions == []
    [late] = found[-1].scope.transactions
    assert (late.end, late.writes) == ("rollback", found[0].scope.statements)


def test_a_scope_handed_out_early_holds_no_pending_transaction(
    built: Built, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "MAX_WAITING", 0)

    [request, process] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 1),
        lines.transaction(19, 1, scope=1),
        lines.write(1, 20, at=2, scope=1),
        lines.end(1, 3),
    )

    assert [transaction.number for transaction in request.scope.transactions] == [19]
    assert [(t.number, t.end) for t in process.scope.transactions] == [(20, "open")]


def test_writes_of_open_transactions_are_bounded(
    built: Built, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MAX_KEPT", 3)
    writes = [lines.write(number, 20 + number // 3, at=number) for number in range(1, 7)]

    [closed] = built(lines.process(), *lines.defined, *writes)

    found = closed.scope.transactions
    assert [(t.number, len(t.writes), t.more, t.wrote) for t in found] == [
        (20, 0, 2, True),
        (21, 0, 3, True),
        (22, 1, 0, True),
    ]
