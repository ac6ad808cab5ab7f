"""The classes of events and the contract of a trace say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import FieldInfo

from ormprobe.reading import events
from ormprobe_instrumentation import events as contract

NESTED = {
    "columns": events.Column,
    "relations": events.Relation,
    "entities": events.EntityRows,
    "detached": events.Detached,
    "closed": events.Closing,
    "busy": events.Busy,
    "held": events.Held,
    "chain": events.Link,
}


def documented() -> Iterator[tuple[str, str]]:
    """Each kind of the contract's table with the text of its fields."""
    text = str(contract.__doc__)
    table = text.partition("Kinds and their fields")[2].partition("\n\nTimes (")[0]
    for entry in re.split(r"\n(?=\w)", table.partition("\n\n")[2]):
        kind, _, fields = entry.partition(" ")
        yield kind.rstrip("*"), " ".join(fields.split())


TABLE = dict(documented())
CLASSES = {str(event.__struct_config__.tag): event for event in events.EVENTS}


def fields_of(text: str) -> dict[str, bool]:
    """Wire names of a kind's fields, and whether they are always there."""
    bare = text
    while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", bare)) != bare:
        bare = shorter
    found: dict[str, bool] = {}
    for part in re.split(r"[,;]", bare):
        name = re.sub(r"^.*[.:] ", "", part.strip()).strip()
        match = re.fullmatch(r"([\w.]+)(\*?)", name)
        assert match is not None, part
        found[match[1]] = match[2] == "*"
    return found


def test_every_kind_of_the_contract_has_its_class() -> None:
    assert len(TABLE) > 20
    assert set(CLASSES) == set(TABLE)


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_fields_are_those_of_the_contract(kind: str) -> None:
    found = {field.encode_name for field in msgspec.structs.fields(CLASSES[kind])}

    assert found == set(fields_of(TABLE[kind]))


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_what_the_contract_always_has_is_required_and_the_rest_may_be_left_out(kind: str) -> None:
    def required(field: FieldInfo) -> bool:
        return field.required

    found = {f.encode_name: required(f) for f in msgspec.structs.fields(CLASSES[kind])}

    assert found == fields_of(TABLE[kind])


def test_nested_objects_have_the_fields_of_the_contract() -> None:
    seen: set[str] = set()
    for text in TABLE.values():
        for name, inner in re.findall(r"(\w+)\*? [\[(][^{}\[\]()]*\{([^{}]*)\}", text):
            known = {field.encode_name for field in msgspec.structs.fields(NESTED[name])}
            assert set(inner.split(", ")) <= known, name
            seen.add(name)
    assert seen == set(NESTED)
