"""Declarations that errors of the mapping are about, and errors that only repeat the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.mapping_places import detect
from ormprobe.signals.rereading import with_one_mapping
from ormprobe.timeline.model import Error
from ormprobe_taxonomy.signals import Raised
from ormprobe_taxonomy.terms import Fate, Link
from tests.ormprobe.signals.made import APP, failed_test, known_of
from tests.taxonomy.made import raised

MODELS = """\
class Order(Base):
    __tablename__ = "orders"
    buyer_id = Column(ForeignKey("buyrs.id"))
    buyer = relationship("Byer")
"""
MAPPING, JOIN = "mapping-misconfiguration", "unresolved-reference"


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    (tmp_path / "models.py").write_text(MODELS)
    return known_of(tmp_path)


def refused(message: str, **fields: object) -> Error:
    return Error(
        5, "1-1:5", 1, 50, "InvalidRequestError", "sqlalchemy.exc", ("InvalidRequestError",),
        message, site=APP, **fields,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "fields", "line"),
    [
        ("When initializing mapper Mapper[Order(orders)]",
         {"entity": "Order", "attribute": "buyer"}, 4),
        ("One or more mappers failed to initialize", {"entity": "Order"}, 1),
        ("Foreign key associated with column 'orders.buyer_id' could not find table 'buyrs'",
         {}, 3),
        ("Could not initialize target column for ForeignKey 'buyrs.id' on table 'orders'", {}, 3),
        ("(in table 'orders', column 'buyer_id'): Compiler can't render", {}, 3),
    ],
)  # fmt: skip
def test_the_line_of_the_declaration(
    shop: Known, message: str, fields: dict[str, str], line: int
) -> None:
    [found] = detect(failed_test(errors=[refused(message, **fields)]), shop)

    assert str(found.place) == f"models.py:{line}"


def test_an_error_of_something_else_names_no_declaration(shop: Known) -> None:
    broke = refused("Object is already attached to session", entity="Order")

    assert list(detect(failed_test(errors=[broke]), shop)) == []


def about(cause: str, key: str, **fields: object) -> Raised:
    return raised(cause, key, entity="Order", attribute="buyer", **fields)


def test_later_uses_of_the_mapper_repeat_the_first_error() -> None:
    first = about(MAPPING, "e1", fate=Fate.SWALLOWED, link=Link.NONE)

    found = with_one_mapping([first, about(MAPPING, "e2"), about(MAPPING, "e3")])

    assert [each.follows for each in found] == [None, "e1", "e1"]
    assert (found[0].fate, found[0].link) == (Fate.SURFACED, Link.CHAIN)


def test_a_join_that_fails_while_mappers_are_configured_is_about_the_mapping() -> None:
    found = with_one_mapping([about(JOIN, "e1"), about(MAPPING, "e2")])

    assert [each.reading.cause if each.reading else None for each in found] == [MAPPING, MAPPING]
    assert found[1].follows == "e1"


def test_a_join_of_a_query_is_not() -> None:
    found = with_one_mapping([about(JOIN, "e1"), about(JOIN, "e2")])

    assert [each.follows for each in found] == [None, None]
    assert found[0].reading is not None
    assert found[0].reading.cause == JOIN


def test_errors_of_two_declarations_stand_by_themselves() -> None:
    other = raised(MAPPING, "e2", entity="Buyer", attribute="orders")

    found = with_one_mapping([about(MAPPING, "e1"), other])

    assert [each.follows for each in found] == [None, None]
