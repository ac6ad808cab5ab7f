"""Rows that code took for granted: what the source proves of where a value came from."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ormprobe.signals import assumed_rows
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Failure, Link, Load, Rows, Scope, Site, Statement
from ormprobe_taxonomy.signals import RowsAssumed
from ormprobe_taxonomy.terms import Link as Tie
from tests.ormprobe.signals.made import (
    PROCESS,
    check,
    created,
    error,
    failed_test,
    known_of,
    request,
    statement,
)

NONE_HAS = "'NoneType' object has no attribute 'name'"
PATH = "shop/desk.py"


def site(line: int, function: str) -> Site:
    return Site(PATH, line, function)


def asked(
    line: int, function: str, *callers: Site, at: int = 10, count: int = 0, **fields: object
) -> Statement:
    values = fields.pop("values", ())
    rows = Rows(f"1-1:{at}r", count, values=values)  # type: ignore[arg-type]
    text = str(fields.pop("text", "SELECT id FROM boats WHERE boats.name = ?"))
    told = {"site": site(line, function), "rows": rows, "callers": callers, **fields}
    return statement(text, at, "s4:aaaaaaaaaaaaaaaa", **told)


def ended(*frames: Site, kind: str = "AttributeError", message: str = NONE_HAS) -> Failure:
    origin = f"{PATH}:{frames[0].function}"
    return Failure(
        "1-1:90", 900, "call", (Link(kind, (kind,), message, frames=frames, origin=origin),)
    )


def known(folder: Path, source: str) -> Known:
    (folder / "shop").mkdir()
    (folder / PATH).write_text(dedent(source).lstrip())
    found = known_of(folder)
    found.run.created_tables["boats"] = created("boats", 1)
    return found


def detect(known: Known, scope: Scope) -> list[RowsAssumed]:
    known.memory.take_in(scope, known.run)
    return list(assumed_rows.detect(scope, known))


DIRECT = """
    def berth(session):
        return session.get(Boat, 1).name
"""
NAMED = """
    def berth(session):
        boat = session.get(Boat, 1)
        print("berth")
        return boat.name
"""
AWAITED = """
    async def berth(session):
        boat = await session.get(Boat, 1)
        return boat.name
"""


@pytest.mark.parametrize(
    ("source", "fetched", "used"), [(DIRECT, 2, 2), (NAMED, 2, 4), (AWAITED, 2, 3)]
)
def test_none_of_a_call_or_of_a_name_that_it_was_given(
    tmp_path: Path, source: str, fetched: int, used: int
) -> None:
    scope = failed_test(statements=[asked(fetched, "berth")], failures=[ended(site(used, "berth"))])

    [found] = detect(known(tmp_path, source), scope)

    assert found.proven
    assert (found.how, found.rows, found.exists, found.link) == ("none", 0, False, Tie.CHAIN)
    assert (found.place and found.place.line) == used
    assert (found.fetched and found.fetched.line) == fetched
    assert found.reads == ("boats",)


REPLACED = """
    def berth(session):
        boat = session.get(Boat, 1)
        boat = None
        return boat.name
"""
UNPACKED = """
    def berth(session):
        count, boat = session.get(Boat, 1)
        return boat.name
"""
ELSEWHERE = """
    def berth(session):
        session.get(Boat, 1)
        return self.boat.name
"""


@pytest.mark.parametrize(("source", "used"), [(REPLACED, 4), (UNPACKED, 3), (ELSEWHERE, 3)])
def test_not_proven_where_the_value_may_be_another(tmp_path: Path, source: str, used: int) -> None:
    scope = failed_test(statements=[asked(2, "berth")], failures=[ended(site(used, "berth"))])

    [found] = detect(known(tmp_path, source), scope)

    assert not found.proven


def test_not_proven_where_the_statement_returned_a_row(tmp_path: Path) -> None:
    scope = failed_test(statements=[asked(2, "berth", count=1)], failures=[ended(site(4, "berth"))])

    [found] = detect(known(tmp_path, NAMED), scope)

    assert not found.proven


def test_the_last_answer_counts_not_an_earlier_one(tmp_path: Path) -> None:
    statements = [asked(2, "berth", at=10), asked(2, "berth", at=20, count=1)]
    scope = failed_test(statements=statements, failures=[ended(site(4, "berth"))])

    [found] = detect(known(tmp_path, NAMED), scope)

    assert not found.proven


REPOSITORY = """
    class Boats:
        def find(self, name):
            found = self.session.scalars(select(Boat)).first()
            return found

        def touch(self, name):
            self.session.scalars(select(Boat)).first()

    def berth(boats):
        boat = boats.find("Asta")
        return boat.name

    def dry(boats):
        boat = boats.touch("Asta")
        return boat.name
"""


def test_none_that_a_repository_handed_on(tmp_path: Path) -> None:
    statement = asked(3, "Boats.find", site(10, "berth"))
    scope = failed_test(statements=[statement], failures=[ended(site(11, "berth"))])

    [found] = detect(known(tmp_path, REPOSITORY), scope)

    assert found.proven
    assert (found.place and found.place.line) == 11


def test_not_proven_where_the_function_returns_nothing(tmp_path: Path) -> None:
    statement = asked(7, "Boats.touch", site(14, "dry"))
    scope = failed_test(statements=[statement], failures=[ended(site(15, "dry"))])

    [found] = detect(known(tmp_path, REPOSITORY), scope)

    assert not found.proven


PASSED_ON = """
    def line(boat, sail=None):
        return boat.name

    def berth(session):
        boat = session.get(Boat, 1)
        return line(boat)
"""


def test_the_line_that_passed_none_on_is_the_place(tmp_path: Path) -> None:
    scope = failed_test(
        statements=[asked(5, "berth")], failures=[ended(site(2, "line"), site(6, "berth"))]
    )

    [found] = detect(known(tmp_path, PASSED_ON), scope)

    assert found.proven
    assert (found.place and found.place.line) == 6


INDEX = """
    def first(session):
        boats = session.scalars(select(Boat)).all()
        return boats[0]
"""
HIGHEST = """
    def number(session):
        highest = session.scalar(select(func.max(Boat.number)))
        return highest + 1
"""


def test_an_index_beyond_the_end(tmp_path: Path) -> None:
    failure = ended(site(3, "first"), kind="IndexError", message="list index out of range")
    scope = failed_test(statements=[asked(2, "first")], failures=[failure])

    [found] = detect(known(tmp_path, INDEX), scope)

    assert (found.how, found.proven) == ("index", True)


@pytest.mark.parametrize(
    ("text", "proven"),
    [("SELECT max(boats.number) AS m FROM boats", True), ("SELECT number FROM boats", False)],
)
def test_an_aggregate_over_nothing(tmp_path: Path, text: str, proven: bool) -> None:
    message = "unsupported operand type(s) for +: 'NoneType' and 'int'"
    failure = ended(site(3, "number"), kind="TypeError", message=message)
    answered = asked(2, "number", count=1, text=text, values=((None,),))
    scope = failed_test(statements=[answered], failures=[failure])

    [found] = detect(known(tmp_path, HIGHEST), scope)

    assert found.proven is proven
    if proven:
        assert found.how == "null"


def wrote_boat(at: int, name: str, column: str = "name") -> Statement:
    return statement(f"INSERT INTO boats ({column}) VALUES (?)", at, name)


@pytest.mark.parametrize(
    ("writes", "exists"),
    [
        ([], False),
        ([wrote_boat(5, "s4:bbbbbbbbbbbbbbbb")], False),
        ([wrote_boat(5, "s4:aaaaaaaaaaaaaaaa")], True),
        ([wrote_boat(5, "s4:aaaaaaaaaaaaaaaa", "port")], None),
    ],
)
def test_whether_the_row_could_be_there(
    tmp_path: Path, writes: list[Statement], exists: bool | None
) -> None:
    statements = [*writes, asked(2, "berth")]
    scope = failed_test(statements=statements, failures=[ended(site(4, "berth"))])

    [found] = detect(known(tmp_path, NAMED), scope)

    assert found.exists is exists


def test_rows_of_a_database_that_was_there_before_may_be_there(tmp_path: Path) -> None:
    asking = known(tmp_path, NAMED)
    asking.run.created_tables.clear()
    scope = failed_test(statements=[asked(2, "berth")], failures=[ended(site(4, "berth"))])

    [found] = detect(asking, scope)

    assert found.exists is None


@pytest.mark.parametrize(("status", "wanted"), [(500, True), (404, False)])
def test_a_refusal_was_wanted(tmp_path: Path, status: int, wanted: bool) -> None:
    inner = request(
        status=status, statements=[asked(2, "berth")], failures=[ended(site(4, "berth"))]
    )
    scope = failed_test(inner, checks=[check(left=status, right=404)])

    [found] = detect(known(tmp_path, NAMED), scope)

    assert (found.wanted, found.link) == (wanted, Tie.ANSWER)


def no_row(**fields: object) -> Scope:
    raised = error(
        "NoResultFound", 20, "No row was found when one was required", chain=(),
        site=site(2, "berth"), frames=(site(2, "berth"),), **fields,
    )  # fmt: skip
    link = Link("NoResultFound", error_number=raised.number, error=raised)
    failures = [Failure("1-1:90", 900, "call", (link,))]
    return failed_test(statements=[asked(2, "berth")], errors=[raised], failures=failures)


def test_an_error_of_the_orm_knows_its_statement(tmp_path: Path) -> None:
    [found] = detect(known(tmp_path, DIRECT), no_row())

    assert (found.how, found.rows, found.link) == ("raised", 0, Tie.CHAIN)


HANDLED = """
    def berth(session):
        try:
            return session.scalars(query).one()
        except NoResultFound:
            raise LookupError
"""


def test_an_error_that_is_caught_by_its_name_was_thought_of(tmp_path: Path) -> None:
    scope = no_row(fate="caught", caught=site(3, "berth"))

    assert detect(known(tmp_path, HANDLED), scope) == []


def test_what_a_test_assumed_is_not_the_apps(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_boats.py").write_text("def test(s):\n    s.get(Boat, 1).name\n")
    line = Site("tests/test_boats.py", 2, "test")
    link = Link("AttributeError", (), NONE_HAS, frames=(line,), origin="tests/test_boats.py:test")
    own = asked(2, "test")
    own.site = line
    scope = failed_test(statements=[own], failures=[Failure("1-1:90", 900, "call", (link,))])

    [found] = detect(known(tmp_path, DIRECT), scope)

    assert found.in_tests


def test_what_a_library_raised_is_not_asked_about(tmp_path: Path) -> None:
    link = Link("AttributeError", (), NONE_HAS, frames=(site(2, "berth"),), origin="json/a.py:f")
    scope = failed_test(
        statements=[asked(2, "berth")], failures=[Failure("1-1:90", 900, "call", (link,))]
    )

    assert detect(known(tmp_path, DIRECT), scope) == []


def test_each_exception_is_told_once_where_it_ended_most(tmp_path: Path) -> None:
    failure = ended(site(4, "berth"))
    inner = request(status=500, statements=[asked(2, "berth", scope=2)], failures=[failure])
    scope = failed_test(inner, failures=[failure])

    [found] = detect(known(tmp_path, NAMED), scope)

    assert found.link is Tie.CHAIN
    assert found.proven
    assert PROCESS in found.error


OTHER_SIDE = """
    def berth(harbour):
        boat = harbour.boats.order_by(Boat.id).first()
        return boat.name

    def owner(boat):
        return find(boat.harbour.name).name
"""


def test_a_query_that_a_relation_handed_out(tmp_path: Path) -> None:
    made = known(tmp_path, OTHER_SIDE)
    first = asked(2, "berth", load=Load("lazy", "Harbour", "boats"))
    scope = failed_test(statements=[first], failures=[ended(site(3, "berth"))])

    [found] = detect(made, scope)

    assert (found.how, found.proven) == ("none", True)
    assert found.fetched is not None
    assert found.fetched.line == 2


def test_a_relation_that_was_only_read_is_not_the_calls_result(tmp_path: Path) -> None:
    made = known(tmp_path, OTHER_SIDE)
    read = asked(6, "owner", count=1, load=Load("lazy", "Boat", "harbour"))
    scope = failed_test(statements=[read], failures=[ended(site(6, "owner"))])

    [found] = detect(made, scope)

    assert not found.proven
