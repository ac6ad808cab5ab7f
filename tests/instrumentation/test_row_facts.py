"""What the lines of row facts of all ORMs are made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ormprobe_instrumentation.events import MAX_KEYS
from ormprobe_instrumentation.recorder import Recorder
from ormprobe_instrumentation.shims.row_facts import (
    columns_of,
    composite_facts,
    encode_key,
    entity_facts,
)

NAME = '"Berth"'


@pytest.fixture(params=["hashed", "plain"])
def recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Recorder:
    return Recorder(str(tmp_path), b"k" * 16, request.param, str(tmp_path))


@pytest.mark.parametrize(
    ("keys", "count", "distinct"),
    [([1, 2, 2], None, 2), ([], None, 0), ([1, 2], 9, 9), ([[1], [1]], None, 2), ([None], None, 1)],
)
def test_distinct_keys(
    recorder: Recorder, keys: list[Any], count: int | None, distinct: int
) -> None:
    """Keys that cannot be compared, or are not here, are taken for others."""
    one = json.loads(entity_facts(recorder, NAME, keys, count))
    several = json.loads(composite_facts(recorder, NAME, [(key, 1) for key in keys], count))

    assert (one["entity"], one["distinct"], len(one["keys"])) == ("Berth", distinct, len(keys))
    assert (several["distinct"], len(several["keys"])) == (distinct, len(keys))


def test_small_integers_stand_and_others_are_digested(recorder: Recorder) -> None:
    assert json.loads(entity_facts(recorder, NAME, [3, -4]))["keys"] == [3, -4]
    large, _ = json.loads(entity_facts(recorder, NAME, [123456, 3]))["keys"]
    assert str(large).startswith("i6:")
    assert json.loads(entity_facts(recorder, NAME, [True, 1]))["keys"] == [True, 1]


def test_keys_are_capped(recorder: Recorder) -> None:
    found = json.loads(entity_facts(recorder, NAME, list(range(MAX_KEYS + 5))))

    assert (len(found["keys"]), found["distinct"]) == (MAX_KEYS, MAX_KEYS + 5)


def test_a_key(recorder: Recorder) -> None:
    assert encode_key(recorder, None) == "null"
    assert json.loads(encode_key(recorder, (7,))) == 7
    assert json.loads(encode_key(recorder, (7, 8))) == [7, 8]


def test_the_name_of_an_expression_holds_no_literal(recorder: Recorder) -> None:
    name, expression = json.loads(columns_of(recorder, ["berth", "upper('secret')"]))

    assert name == "berth"
    assert ("secret" in expression) is (recorder.values == "plain")
