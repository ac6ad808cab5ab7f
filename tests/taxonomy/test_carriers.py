"""Carriers: by which names outcomes of one run hang together."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.carriers import carried_on, carriers_left, carriers_missed, missed_us
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import LeftUndone, SoughtInVain, TableMissing
from ormprobe_taxonomy.terms import Layer
from tests.taxonomy.made import failing, finding, raised

UNDONE = LeftUndone(at_us=5, errors=("e1",), transactions=("1-1/3",), carriers=("value|db|aa",))
SOUGHT = SoughtInVain(at_us=50, carriers=("value|db|aa", "route|db|/racks"), left=("value|db|bb",))
MISSING = TableMissing(error="e1", table="Orders", declared=True, created=False, split=False)


def of(layer: Layer):  # type: ignore[no-untyped-def]
    def layer_of(found: Finding) -> Layer:
        return layer

    return layer_of


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"errors": ("e1",)}, ["value|db|aa"]),
        ({"transaction": "1-1/3"}, ["value|db|aa"]),
        ({"errors": ("e2",), "transaction": "1-1/4"}, []),
        ({}, []),
    ],
)
def test_a_finding_leaves_what_its_own_request_left(
    fields: dict[str, object], names: list[str]
) -> None:
    assert carriers_left(failing(UNDONE), finding("x", **fields), of(Layer.WRITE)) == names


def test_a_missing_table_is_the_same_for_everybody() -> None:
    first = finding("schema-not-created", evidence=(MISSING,))

    assert carriers_left(failing(), first, of(Layer.SCHEMA)) == ["table|orders"]
    assert carriers_missed(failing(), first, of(Layer.SCHEMA)) == ["table|orders"]


def test_a_mapping_error_is_the_same_when_it_is_repeated() -> None:
    first = raised("mapping-misconfiguration", message="Mapper 'Crate' has no property 'depot'")
    again = raised(
        "mapping-misconfiguration",
        message="One or more mappers failed to initialize. "
        "Original exception was: Mapper 'Crate' has no property 'depot'",
    )
    names = [
        carriers_left(failing(), finding("x", evidence=(error,)), of(Layer.MAPPING))
        for error in (first, again)
    ]

    assert names[0] == names[1] != []


def test_a_connection_carries_from_its_own_layer_on() -> None:
    found = finding("x", connection="1-1/50")

    assert carriers_left(failing(), found, of(Layer.CONNECTION)) == ["connection|1-1/50"]
    assert carriers_left(failing(), found, of(Layer.WRITE)) == []
    assert carriers_missed(failing(), found, of(Layer.WRITE)) == ["connection|1-1/50"]
    assert carriers_missed(failing(), found, of(Layer.SCHEMA)) == []


def test_only_what_missed_rows_hangs_on_rows() -> None:
    case = failing(SOUGHT)

    assert carriers_missed(case, None, of(Layer.READ)) == list(SOUGHT.carriers)
    assert carriers_missed(case, finding("x"), of(Layer.READ)) == list(SOUGHT.carriers)
    assert carriers_missed(case, finding("x"), of(Layer.STATEMENT)) == []


def test_what_an_outcome_did_not_leave_in_its_turn() -> None:
    assert carried_on(failing(SOUGHT)) == ["value|db|bb"]


def test_when_it_was_missed() -> None:
    assert missed_us(failing(SOUGHT), None) == 50
    assert missed_us(failing(SOUGHT), finding("x", at_us=70)) == 70
    assert missed_us(failing(), None) == 0
