"""async-implicit-io."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.async_implicit_io import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import ImplicitAccess
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

ACCESS = ImplicitAccess(error="e1", kind="lazy-load", entity="Ship", attribute="crew", looped=True)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_lazy_load_in_an_event_loop(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), ACCESS))

    assert (found.certainty, found.variant, found.place) == (certainty, "lazy-load", LINE)


def test_the_handler_stands_for_a_serializer() -> None:
    handler = Place("shop/api.py", 40, "list_ships")
    access = replace(ACCESS, serializer="pydantic.main", handler=handler)

    [found] = rule(failing(raised(ID, place=OTHER), access))

    assert found.place == handler
    assert "pydantic.main read it for the answer of list_ships" in access.says


@pytest.mark.parametrize("unseen", [{"closed": True}, {"looped": False}])
def test_likely_where_the_session_had_ended_or_no_loop_ran(unseen: dict[str, bool]) -> None:
    access = replace(ACCESS, **unseen)  # type: ignore[arg-type]

    [found] = rule(failing(raised(ID), access))

    assert found.certainty == "likely"
    assert found.needs


def test_likely_where_nothing_is_known_of_the_access() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.certainty, found.variant) == ("likely", None)


@pytest.mark.parametrize("other", ["detached-instance-access", "unawaited-db-call", None])
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), ACCESS))) == []


def test_quiet_where_nothing_failed() -> None:
    assert list(rule(passing(raised(ID), ACCESS))) == []
