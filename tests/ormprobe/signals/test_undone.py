"""What a failed request did not leave, and what a later one missed of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals import undone
from ormprobe.signals.known import Known
from ormprobe.signals.linking import Linking
from ormprobe.timeline.model import Failure, Inputs, Link, Rows, Scope, Statement
from ormprobe_taxonomy.signals import LeftUndone, SoughtInVain
from ormprobe_taxonomy.terms import Link as Tie
from tests.ormprobe.signals.made import (
    check,
    connection,
    error,
    failed_test,
    known_of,
    request,
    statement,
    transaction,
    wrote,
)

ADA = "s3:aaaaaaaaaaaaaaaa"
BOB = "s3:bbbbbbbbbbbbbbbb"


def known(folder: Path, namespace: str = "db1") -> Known:
    found = known_of(folder)
    found.run.connections["1-1", 50] = connection(50, namespace=namespace)
    return found


def join(number: int = 2, status: int = 500, name: str = ADA, **fields: object) -> Scope:
    """A request that was to write a member of that name, at 0 to 90."""
    told = {
        "status": status,
        "route": "/members",
        "end": 90,
        "inputs": {"json": Inputs("1-1:3", "json", {"name": name, "age": 7})},
        "statements": [statement("SELECT id FROM members WHERE name = ?", 5, name, scope=number)],
        **fields,
    }
    return request(number, **told)  # type: ignore[arg-type]


def look_up(name: str = ADA, count: int = 0) -> Statement:
    rows = Rows("1-1:r", count)
    return statement("SELECT id FROM tokens WHERE tokens.owner = ?", 150, name, scope=3, rows=rows)


def later(status: int = 401, *statements: Statement, **fields: object) -> Scope:
    told = {"at": 100, "end": 200, "route": "/boats", "method": "POST", **fields}
    return request(3, status=status, statements=list(statements), **told)  # type: ignore[arg-type]


def signals(
    folder: Path, scope: Scope, namespace: str = "db1"
) -> tuple[list[LeftUndone], list[SoughtInVain]]:
    found = list(undone.detect(scope, known(folder, namespace)))
    return (
        [each for each in found if isinstance(each, LeftUndone)],
        [each for each in found if isinstance(each, SoughtInVain)],
    )


def broken() -> dict[str, object]:
    return {"errors": [error(at=50, scope=2)]}


def test_a_failed_request_leaves_neither_its_values_nor_its_entry(tmp_path: Path) -> None:
    [left], _ = signals(tmp_path, failed_test(join(**broken())))

    assert set(left.carriers) == {
        "value|db1|aaaaaaaaaaaaaaaa",
        "route|db1|/members",
        "identifier|/members",
    }
    assert left.errors == ("1-1/50",)


def test_a_request_whose_write_was_lost_names_its_transaction(tmp_path: Path) -> None:
    lost = transaction("rollback", scope=2)
    write = wrote(lost, "INSERT INTO members (name) VALUES (?)", 10, scope=2)
    inner = join(status=201, transactions=[lost], statements=[write])

    [left], _ = signals(tmp_path, failed_test(inner))

    assert left.transactions == ("1-1/20",)


@pytest.mark.parametrize("inner", [join(status=201), join(method="GET", route=None, **broken())])
def test_quiet_where_nothing_was_to_be_left(tmp_path: Path, inner: Scope) -> None:
    left, _ = signals(tmp_path, failed_test(inner))

    assert left == []


def test_a_refused_request_missed_what_it_looked_up(tmp_path: Path) -> None:
    scope = failed_test(later(401, look_up()), checks=[check(left=401, right=201)])

    _, [sought] = signals(tmp_path, scope)

    assert "value|db1|aaaaaaaaaaaaaaaa" in sought.carriers
    assert "route|db1|/boats" in sought.left


@pytest.mark.parametrize("inner", [later(401, look_up(count=1)), later(401, look_up("7"))])
def test_quiet_where_a_row_was_found_or_the_value_is_weak(tmp_path: Path, inner: Scope) -> None:
    scope = failed_test(inner, checks=[check(left=401, right=201)])

    assert signals(tmp_path, scope) == ([], [])


def test_what_the_failing_check_wanted_to_see(tmp_path: Path) -> None:
    read = later(200, look_up(count=1), method="GET")
    scope = failed_test(read, checks=[check(left=[BOB], right=[BOB, ADA])])

    _, [sought] = signals(tmp_path, scope)

    assert "value|db1|aaaaaaaaaaaaaaaa" in sought.carriers
    assert "value|db1|bbbbbbbbbbbbbbbb" not in sought.carriers


def test_a_path_that_names_no_identifier(tmp_path: Path) -> None:
    inputs = {"path": Inputs("1-1:3", "path", {"boat": "s4:cccccccccccccccc"}, 0, ("boat",))}
    read = later(404, method="GET", route="/boats/<int:boat>/crew", inputs=inputs)
    scope = failed_test(read, checks=[check(left=404, right=200)])

    _, [sought] = signals(tmp_path, scope)

    assert "identifier|/boats" in sought.carriers


def test_nothing_is_sought_in_an_outcome_that_passed(tmp_path: Path) -> None:
    scope = failed_test(later(401, look_up()), outcome="passed")

    assert signals(tmp_path, scope) == ([], [])


@pytest.mark.parametrize(("name", "tie"), [(ADA, Tie.ANSWER), (BOB, Tie.EARLIER)])
def test_an_error_is_felt_in_a_later_answer_by_its_value(
    tmp_path: Path, name: str, tie: Tie
) -> None:
    failure = Failure("1-1:9", 60, "request", (Link("KeyError"),))
    first = join(failures=[failure])
    scope = failed_test(first, later(401, look_up(name)), checks=[check(left=401, right=201)])

    assert Linking(scope, known(tmp_path)).of_failure(first) is tie
