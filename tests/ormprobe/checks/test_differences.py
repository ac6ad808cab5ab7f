from __future__ import annotations

from typing import Any

import pytest

from ormprobe.checks.differences import extra_members, leaves_of, missing_members
from ormprobe.checks.model import Difference
from tests.ormprobe.checks.shapes import check, encoded


def differences(
    left: Any, operator: str, right: Any, expected: str | None = "right"
) -> list[tuple[tuple[str | int, ...], str]]:
    found = leaves_of(check(left, operator, right, expected))
    return [(leaf.path, leaf.difference.value) for leaf in found]


@pytest.mark.parametrize(
    ("actual", "wanted", "shape"),
    [
        (["a", "b", "c"], ["a", "b"], "extra"),
        (["a"], ["a", "b"], "missing"),
        ([], ["a"], "missing"),
        (["a", "a", "b"], ["a", "b"], "duplicated"),
        (["a", "c"], ["a", "b"], "mixed"),
        (["b", "a"], ["a", "b"], "order"),
        (3, 2, "more"),
        (1, 2, "less"),
        ("x", "y", "value"),
        (None, "y", "value"),
        (True, False, "value"),
    ],
)
def test_the_shape_of_a_difference(actual: Any, wanted: Any, shape: str) -> None:
    assert differences(actual, "==", wanted) == [((), shape)]
    assert differences(wanted, "==", actual, "left") == [((), shape)]


def test_without_a_literal_the_left_side_is_what_was_found() -> None:
    assert differences(3, "==", 2, None) == [((), "more")]


def test_objects_differ_by_key() -> None:
    actual = {"id": 1, "name": "Ann", "age": 7, "more": 1}
    wanted = {"id": 1, "name": "Bob", "email": "b@x"}

    assert differences(actual, "==", wanted) == [
        (("name",), "value"),
        (("email",), "missing-key"),
        (("age",), "extra"),
        (("more",), "extra"),
    ]


def test_lists_of_objects_that_begin_alike_differ_by_member() -> None:
    actual = [{"id": 1, "total": 5}, {"id": 2, "total": 8}]
    wanted = [{"id": 1, "total": 5}, {"id": 2, "total": 4}]

    assert differences(actual, "==", wanted) == [((1, "total"), "more")]
    assert differences([("a", 1), ("b", 2)], "==", [("a", 1), ("b", 3)]) == [((1, 1), "less")]


def test_lists_of_other_objects_differ_as_a_whole() -> None:
    actual = [{"id": 2}, {"id": 1}]

    assert differences(actual, "==", [{"id": 1}, {"id": 2}]) == [((), "order")]
    assert differences(actual, "==", [{"id": 1}]) == [((), "extra")]


def test_equal_texts_and_numbers_are_no_difference() -> None:
    assert differences({"id": "7", "on": True}, "==", {"id": 7, "on": 1}) == []


def test_what_is_missing_and_what_is_too_many() -> None:
    [leaf] = leaves_of(check(["a", "c", "c"], "==", ["a", "b"]))

    assert missing_members(leaf) == [encoded("b")]
    assert extra_members(leaf) == [encoded("c"), encoded("c")]


def test_a_member_that_must_be_in_a_list_or_must_not() -> None:
    [missing] = leaves_of(check("x", "in", ["a", "b"], "left"))
    [extra] = leaves_of(check("a", "not in", ["a", "b"], "left"))

    assert missing.difference is Difference.MISSING
    assert missing_members(missing) == [encoded("x")]
    assert missing.actual == encoded(["a", "b"])
    assert extra.difference is Difference.EXTRA


def test_numbers_that_must_be_greater_or_less() -> None:
    assert differences(3, "<", 2) == [((), "more")]
    assert differences(2, "<", 1, "left") == [((), "less")]
    assert differences(1, ">=", 2) == [((), "less")]


def test_a_value_that_must_differ_from_another() -> None:
    assert differences(None, "is not", None) == [((), "value")]


def test_a_list_that_must_not_be_empty() -> None:
    assert differences([], "truth", None, None) == [((), "missing")]


def test_operands_that_are_not_known_have_no_differences() -> None:
    class Own:
        pass

    assert differences(Own(), "==", 3) == []
    assert differences(Own(), "truth", None) == []
