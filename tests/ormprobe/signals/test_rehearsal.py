"""Requests that say of themselves that they keep nothing."""

from __future__ import annotations

import pytest

from ormprobe.signals.rehearsal import rehearses
from ormprobe.timeline.model import Inputs, Site
from tests.ormprobe.signals.made import APP, request


@pytest.mark.parametrize(
    "route",
    [
        "/orders/preview",
        "/orders/dry-run",
        "/orders/dry_run",
        "/orders/dryRun",
        "/imports/validate",
        "/prices/simulate",
        "/rehearsal",
    ],
)
def test_by_its_route(route: str) -> None:
    assert rehearses(request(route=route))
    assert rehearses(request(path=route))


@pytest.mark.parametrize("route", ["/orders", "/orders/<int:id>", "/reviews", "/valid", None])
def test_other_routes_do_not_say_so(route: str | None) -> None:
    assert not rehearses(request(route=route))


def test_by_the_function_that_handles_it_or_writes() -> None:
    preview = Site("shop/views.py", 3, "OrderPreview.post")

    assert rehearses(request(handler=preview))
    assert rehearses(request(), Site("shop/orders.py", 9, "_dry_run"))
    assert rehearses(None, preview)
    assert not rehearses(request(handler=APP), APP, None)
    assert not rehearses(None, None)


def test_the_file_of_a_function_says_nothing() -> None:
    assert not rehearses(None, Site("shop/preview/orders.py", 3, "create"))


@pytest.mark.parametrize(
    ("value", "found"), [(True, True), ("s1:a", True), (1, True), (False, False), (0, False)]
)
def test_by_an_input_that_is_not_false(value: bool | int | str, found: bool) -> None:
    given = request(inputs={"query": Inputs("1-1:2", "query", {"dry_run": value, "q": "s1:a"})})

    assert rehearses(given) is found


def test_inputs_that_have_no_names() -> None:
    listed = {"#": 1, "of": ["s7:a"]}
    given = request(inputs={"json": Inputs("1-1:2", "json", listed)})

    assert not rehearses(given)
