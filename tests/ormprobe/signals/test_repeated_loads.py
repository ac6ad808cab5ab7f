"""Repeated loads: a loop over the rows of one result, and what looks like one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.repeated_loads import detect
from ormprobe.source import Source
from ormprobe.timeline.model import EntityRows, Rows, Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import LoadsRepeated
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    TEST,
    failed_test,
    lazy,
    read,
    request,
    statement,
    table,
)

ELSEWHERE = Site("shop/orders.py", 8, "place_order")


def found_in(known: Known, *statements: Statement) -> list[LoadsRepeated]:
    return list(detect(failed_test(statements=list(statements)), known))


def got(at: int, key: Shape, **fields: object) -> Statement:
    """A load by key, `session.get`."""
    return replace(lazy(at, None, "get", "Buyer", None, **fields), binds=(key,))


def test_a_lazy_load_for_each_row(known: Known) -> None:
    [found] = found_in(known, read(1, 1, 2, 3, site=CALLER), lazy(2, 1), lazy(3, 2), lazy(4, 3))

    assert (found.place.file, found.place.line, found.count) == (APP.path, APP.line, 3)
    assert (found.entity, found.attribute, found.kind) == ("Order", "buyer", "lazy")
    assert found.source is not None
    assert (found.source.line, found.source_rows) == (CALLER.line, 3)
    assert found.events == ("1-1:1", "1-1:2", "1-1:3", "1-1:4")


def test_two_loads_of_a_result_are_a_loop_and_one_is_none(known: Known) -> None:
    assert len(found_in(known, read(1, 1, 2), lazy(2, 1), lazy(3, 2))) == 1
    assert found_in(known, read(1, 1, 2), lazy(2, 1)) == []


@pytest.mark.parametrize("kind", ["lazy", "deferred", "expired"])
@pytest.mark.parametrize("attribute", ["profile", "followers", "tags", None])
def test_any_relation_column_or_expired_object(
    known: Known, kind: str, attribute: str | None
) -> None:
    loads = [lazy(at, at - 1, kind, "Order", attribute) for at in (2, 3, 4)]

    [found] = found_in(known, read(1, 1, 2, 3), *loads)

    assert (found.kind, found.attribute) == (kind, attribute)


def test_rows_that_are_read_in_chunks_are_one_result(known: Known) -> None:
    rows = Rows("1-1:1r", 4, (EntityRows("Order", 4, (1, 2, 3, 4)),), cut=2)
    chunked = replace(read(1), rows=rows)

    [found] = found_in(known, chunked, lazy(2, 1), lazy(3, 2), lazy(4, 3))

    assert found.source_rows == 4


def test_a_load_by_key_for_each_row(known: Known) -> None:
    [found] = found_in(known, read(1, 7, 8), got(2, 7), got(3, 8))

    assert (found.kind, found.entity, found.count) == ("get", "Buyer", 2)


def test_a_statement_for_each_value_of_a_column(known: Known) -> None:
    rows = Rows("1-1:1r", 3, (), ("id", "buyer_id"), ((1, 7), (2, 8), (3, 9)))
    listing = replace(read(1), rows=rows)
    each = [statement("SELECT name FROM buyers WHERE id = ?", at, at + 5) for at in (2, 3, 4)]

    [found] = found_in(known, listing, *each)

    assert (found.kind, found.entity, found.count) == ("statement", None, 3)


@pytest.mark.parametrize(("join", "expected"), [(" JOIN buyers ON true", True), ("", False)])
def test_loads_for_what_was_joined_to_the_rows(known: Known, join: str, expected: bool) -> None:
    rows = Rows(
        "1-1:1r", 2, (EntityRows("Order", 2, (1, 2)),), ("id", "buyer_id"), ((1, 7), (2, 8))
    )
    listing = replace(read(1), rows=rows, text=f"SELECT orders.id, buyer_id FROM orders{join}")
    loads = [lazy(at, at + 5, entity="Buyer", attribute="city") for at in (2, 3)]

    assert bool(found_in(known, listing, *loads)) is expected


@pytest.mark.parametrize(
    ("transactions", "callers", "expected"),
    [
        ((31, 32), (), False),
        ((31, 31), (), True),  # one after the other in one transaction
        ((31, 32), (CALLER,), True),  # one function reads the list and asks for each
    ],
)
def test_workers_that_were_handed_a_key_each_are_no_loop(
    known: Known, transactions: tuple[int, int], callers: tuple[Site, ...], expected: bool
) -> None:
    listing = read(1, 7, 8, site=CALLER, transaction=30)
    first, second = transactions
    loads = (
        got(2, 7, transaction=first, callers=callers),
        got(3, 8, transaction=second, callers=callers),
    )

    assert bool(found_in(known, listing, *loads)) is expected


def test_composite_keys_are_compared_as_a_whole(known: Known) -> None:
    assert found_in(known, read(1, [1, 2], [1, 3]), lazy(2, [1, 2]), lazy(3, [1, 3]))
    assert not found_in(known, read(1, [1, 2], [1, 3]), lazy(2, [1, 4]), lazy(3, [1, 5]))


def test_objects_fetched_by_themselves_are_no_loop(known: Known) -> None:
    assert found_in(known, read(1, 1), read(2, 2), lazy(3, 1), lazy(4, 2)) == []


def test_two_loads_on_different_lines_are_no_loop(known: Known) -> None:
    loads = lazy(2, 1), lazy(3, 2, site=ELSEWHERE)

    assert found_in(known, read(1, 1, 2), *loads) == []
    assert found_in(known, read(1, 7, 8), got(2, 7), got(3, 8, site=ELSEWHERE)) == []


@pytest.mark.parametrize("kind", ["eager", "refresh"])
def test_eager_loaders_and_refreshes_are_no_loop(known: Known, kind: str) -> None:
    loads = [lazy(at, at - 1, kind) for at in (2, 3, 4)]
    for load in loads:
        load.text = load.text.replace("= ?", "IN (?, ?)")

    assert found_in(known, read(1, 1, 2, 3), *loads) == []


def test_an_eager_loader_that_is_given_one_object_at_a_time_is_a_loop(known: Known) -> None:
    loads = [lazy(at, at - 1, "eager") for at in (2, 3, 4)]
    for load in loads:
        load.text = load.text.replace("= ?", "IN (?)")

    assert len(found_in(known, read(1, 1, 2, 3), *loads)) == 1


def test_the_same_key_again_is_no_loop(known: Known) -> None:
    assert found_in(known, read(1, 1, 2), lazy(2, 1), lazy(3, 1), lazy(4, 1)) == []
    assert found_in(known, read(1, 7, 8), got(2, 7), got(3, 7)) == []


def test_keys_of_unknown_origin_are_no_loop(known: Known) -> None:
    assert found_in(known, lazy(2, 1), lazy(3, 2)) == []
    assert found_in(known, read(1, 11, 12), lazy(2, 1), lazy(3, 2)) == []


def test_a_list_read_after_the_loads_is_not_their_source(known: Known) -> None:
    assert found_in(known, lazy(2, 1), lazy(3, 2), read(4, 1, 2)) == []


def test_writes_are_no_loads(known: Known) -> None:
    inserts = [statement("INSERT INTO lines VALUES (?)", at, at - 1) for at in (2, 3, 4)]

    assert found_in(known, read(1, 1, 2, 3), *inserts) == []


def test_different_statements_on_one_line_are_no_loop(known: Known) -> None:
    first = statement("SELECT name FROM buyers WHERE id = ?", 2, 1)
    second = statement("SELECT note FROM notes WHERE id = ?", 3, 2)

    assert found_in(known, read(1, 1, 2), first, second) == []


def test_loads_that_a_test_does_itself_are_not_the_apps(known: Known) -> None:
    loads = [lazy(at, at - 1, site=TEST) for at in (2, 3, 4)]

    assert found_in(known, read(1, 1, 2, 3), *loads) == []


def test_loads_without_a_line_are_not_told(known: Known) -> None:
    assert found_in(known, read(1, 1, 2), lazy(2, 1, site=None), lazy(3, 2, site=None)) == []


def test_one_load_a_request_is_no_loop(known: Known) -> None:
    def visit(number: int, key: int) -> Scope:
        return request(number, statements=[read(number * 10, 1, 2), lazy(number * 10 + 1, key)])

    assert list(detect(failed_test(visit(2, 1), visit(3, 2)), known)) == []


def test_a_loop_in_a_request_is_told_of_that_request(known: Known) -> None:
    inner = request(2, statements=[read(1, 1, 2), lazy(2, 1), lazy(3, 2)])

    [found] = detect(failed_test(inner), known)

    assert found.scope == "POST /orders"


def test_a_line_is_told_once(known: Known) -> None:
    found = found_in(
        known,
        read(1, 1, 2, 3),
        lazy(2, 1),
        lazy(3, 2, attribute="address"),
        lazy(4, 2),
        lazy(5, 3, attribute="address"),
    )

    assert len(found) == 1


def test_two_lines_are_told_each(known: Known) -> None:
    found = found_in(
        known,
        read(1, 1, 2),
        lazy(2, 1),
        lazy(3, 1, site=ELSEWHERE, attribute="address"),
        lazy(4, 2),
        lazy(5, 2, site=ELSEWHERE, attribute="address"),
    )

    assert [each.attribute for each in found] == ["buyer", "address"]


def test_a_single_fetch_between_does_not_hide_a_loop(known: Known) -> None:
    found = found_in(known, read(1, 1, 2, 3), read(2, 2), lazy(3, 1), lazy(4, 2), lazy(5, 3))

    assert len(found) == 1


def test_the_nearest_result_with_the_keys_is_the_source(known: Known) -> None:
    [found] = found_in(
        known, read(1, 1, 2, site=ELSEWHERE), read(2, 1, 2, 3, site=CALLER), lazy(3, 1), lazy(4, 2)
    )

    assert found.source is not None
    assert found.source.line == CALLER.line


def test_rows_without_entities_do_no_harm(known: Known) -> None:
    assert found_in(known, replace(read(1), rows=Rows("1-1:1r", 5)), lazy(2, 1), lazy(3, 2)) == []


def test_a_self_referential_relation(known: Known) -> None:
    loads = [lazy(at, at - 1, entity="Node", attribute="parent") for at in (2, 3)]

    [found] = found_in(known, read(1, 1, 2, entity="Node"), *loads)

    assert (found.entity, found.attribute) == ("Node", "parent")


# the same small numbers in two places are a loop only where the schema or their order says so


def by_number(known: Known, text: str, source: Statement, *numbers: Shape) -> bool:
    each = [statement(text, at, number) for at, number in enumerate(numbers, start=20)]
    return bool(found_in(known, source, *each))


@pytest.mark.parametrize(
    ("text", "listing", "numbers", "expected"),
    [
        # buyers are referred to by orders
        ("SELECT name FROM buyers WHERE id = ?", "SELECT buyer_id FROM orders", (3, 2), True),
        # the same table by its key, all rows or some
        ("SELECT note FROM orders WHERE id = ?", "SELECT id FROM orders", (1, 2, 3), True),
        ("SELECT note FROM orders WHERE id = ?", "SELECT id FROM orders", (2, 3), False),
        # by what is no key
        ("SELECT id FROM orders WHERE note = ?", "SELECT id FROM orders", (1, 2), False),
        # tables that have nothing to do with each other: the whole order decides
        ("SELECT size FROM hats WHERE id = ?", "SELECT id FROM orders", (1, 2, 3), True),
        ("SELECT size FROM hats WHERE id = ?", "SELECT id FROM orders", (3, 2, 1), False),
        ("SELECT size FROM hats WHERE id = ?", "SELECT id FROM orders", (1, 2), False),
        # no key is asked for at all
        ("SELECT size FROM hats LIMIT ?", "SELECT id FROM orders", (1, 2, 3), False),
        ("SELECT size FROM hats WHERE id > ?", "SELECT id FROM orders", (1, 2, 3), False),
    ],
)
def test_values_that_are_equal_by_accident(
    known: Known, text: str, listing: str, numbers: tuple[int, ...], expected: bool
) -> None:
    known.run.tables["hats"] = table("hats", "id", "size")
    rows = Rows("1-1:1r", 3, (), ("id",), ((1,), (2,), (3,)))
    source = statement(listing, 1, rows=rows)

    assert by_number(known, text, source, *numbers) is expected


def test_objects_of_another_class_are_not_those_that_were_loaded_for(known: Known) -> None:
    assert found_in(known, read(1, 1, 2, entity="Buyer"), lazy(2, 1), lazy(3, 2)) == []


def test_loads_that_were_led_to_on_different_ways_are_no_loop(known: Known) -> None:
    loads = [lazy(at, at - 1, callers=(way,)) for at, way in ((2, CALLER), (3, ELSEWHERE))]

    assert found_in(known, read(1, 1, 2), *loads) == []


@pytest.mark.parametrize(("looped", "count"), [(True, 0), (False, 1)])
def test_a_test_that_calls_the_app_in_a_loop_of_its_own(
    tmp_path: Path, known: Known, looped: bool, count: int
) -> None:
    path = tmp_path / TEST.path
    path.parent.mkdir()
    head = "for order in orders:\n" if looped else "if orders:\n"
    path.write_text("\n" * (TEST.line - 2) + head + "    show(order)\n")
    loads = [lazy(at, at - 1, callers=(CALLER, TEST)) for at in (2, 3)]

    found = found_in(replace(known, source=Source(tmp_path)), read(1, 1, 2), *loads)

    assert len(found) == count


def test_an_object_fetched_alone_that_a_list_brings_again(known: Known) -> None:
    assert found_in(known, read(1, 1), read(2, 1, 2), lazy(3, 1)) == []


def test_objects_of_a_subclass_came_with_their_base(known: Known) -> None:
    heads = table("heads", id="staffs.id")
    key = replace(heads.columns[0], primary_key=True)
    known.run.tables["staffs"] = table("staffs", "id")
    known.run.tables["heads"] = replace(heads, columns=(key,))
    loads = [lazy(at, at - 1, entity="Head") for at in (2, 3)]

    [found] = found_in(known, read(1, 1, 2, entity="Staff"), *loads)

    assert found.entity == "Head"
