"""A bad line costs that line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.reading import events, files
from ormprobe.reading.files import ReadCounts, read_file, schema_of

Write = Callable[..., Path]


def library(name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "library", "name": name, "role": "orm", **fields}


def read(path: Path) -> tuple[list[tuple[int, str]], ReadCounts]:
    counts = ReadCounts()
    found = [(n, e.name) for n, e in read_file(path, counts) if isinstance(e, events.Library)]
    return found, counts


def test_lines_are_numbered_from_one(write: Write) -> None:
    found, counts = read(write(library("a"), library("b")))

    assert found == [(1, "a"), (2, "b")]
    assert counts == ReadCounts(events=2)


def test_unknown_fields_and_nulls_are_no_obstacle(write: Write) -> None:
    found, _ = read(write(library("a", version=None, colour="red")))

    assert found == [(1, "a")]


def test_wire_names_become_plain_ones(write: Write) -> None:
    path = write({"kind": "sql", "id": 3, "db.query.text": "SELECT", "db.operation.name": "SELECT"})

    [(_, event)] = read_file(path, ReadCounts())

    assert event == events.Sql(id=3, text="SELECT", operation="SELECT")


def test_an_unknown_kind_is_counted_apart(write: Write) -> None:
    found, counts = read(write(library("a"), {"kind": "dream", "of": "sheep"}, library("b")))

    assert found == [(1, "a"), (3, "b")]
    assert (counts.unknown, counts.malformed) == ({"dream": 1}, 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"not json\n",
        b"\x00\xff\xfe\x80garbage\x00\n",
        b'{"kind":"library","name":7,"role":"orm"}\n',
        b'{"kind":"library","role":"orm"}\n',
        b'{"name":"kindless"}\n',
        b"[1,2]\n",
        b"[" * 50_000 + b"\n",
        b'{"kind":"library","name":"\xff","role":"orm"}\n',
    ],
    ids=["text", "binary", "type", "field", "kind", "list", "deep", "utf8"],
)
def test_garbage_in_the_middle_costs_its_line(write: Write, bad: bytes) -> None:
    found, counts = read(write(library("a"), bad, library("b")))

    assert found == [(1, "a"), (3, "b")]
    assert (counts.events, counts.malformed, counts.torn) == (2, 1, 0)


def test_a_torn_last_line_is_counted(write: Write) -> None:
    found, counts = read(write(library("a"), b'{"kind":"libr'))

    assert found == [(1, "a")]
    assert (counts.malformed, counts.torn) == (0, 1)


def test_a_whole_last_line_needs_no_newline(write: Write) -> None:
    found, counts = read(write(library("a"), json.dumps(library("b")).encode()))

    assert found == [(1, "a"), (2, "b")]
    assert counts.torn == 0


def test_lone_surrogates_do_not_cost_the_line(write: Write) -> None:
    found, counts = read(write(b'{"kind":"library","name":"a\\udcff","role":"orm"}\n'))

    assert found == [(1, "a?")]
    assert counts == ReadCounts(events=1)


def test_a_line_longer_than_the_limit_is_malformed(write: Write) -> None:
    long = library("x" * files.MAX_LINE)

    found, counts = read(write(library("a"), long, library("b")))

    assert found == [(1, "a"), (3, "b")]
    assert counts.malformed == 1


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_the_size_of_a_block_makes_no_difference(
    write: Write, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    path = write(library("a"), b"\n", b"bad\n", library("b" * 100), b'{"kin')
    whole = read(path)

    monkeypatch.setattr(files, "BLOCK", block)

    assert read(path) == whole
    assert whole[0] == [(1, "a"), (4, "b" * 100)]


def test_the_schema_is_that_of_the_first_line(
    write: Write, first_line: Callable[..., dict[str, Any]]
) -> None:
    assert schema_of(write(first_line(schema=9), library("a"))) == 9
    assert schema_of(write(library("a"))) is None
    assert schema_of(write(b"\xff\n", first_line())) is None
    assert schema_of(write()) is None
