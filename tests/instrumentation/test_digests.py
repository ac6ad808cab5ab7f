from __future__ import annotations

import datetime
import decimal
import enum
import json
import uuid
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ormprobe_instrumentation.digests import OFF, PLAIN, Digests, is_scalar, run_key
from ormprobe_instrumentation.events import MAX_SCALARS

KEY = b"k" * 32


class Colour(enum.Enum):
    RED = "red"


class Name(str):
    pass


class Loud(str):
    def __str__(self) -> str:
        raise AssertionError("the app's code ran")


def encode(value: Any, mode: str = "hashed", key: bytes = KEY) -> Any:
    return json.loads(Digests(key, mode).scalar(value))


@pytest.mark.parametrize("value", [None, True, False, "", 0, 1, -1, 9999, -9999])
def test_weak_values_stand_for_themselves(value: Any) -> None:
    found = encode(value)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "head"),
    [
        ("word", "s4:"),
        (10_000, "i5:"),
        (-10_000, "i6:"),
        (1.5, "f3:"),
        (decimal.Decimal("1.50"), "n4:"),
        (datetime.date(2024, 1, 2), "d10:"),
        (datetime.datetime(2024, 1, 2, 3, 4, 5), "t19:"),
        (datetime.time(3, 4), "h8:"),
        (datetime.timedelta(1), "h14:"),
        (b"bytes", "y5:"),
        (bytearray(b"bytes"), "y5:"),
        (memoryview(b"bytes"), "y5:"),
        (uuid.UUID(int=1), "u36:"),
        (Colour.RED, "e3:"),
        (Name("word"), "s4:"),
    ],
)
def test_types_and_lengths(value: Any, head: str) -> None:
    found = encode(value)

    assert found.startswith(head)
    assert len(found) == len(head) + 16


def test_objects_keep_nothing() -> None:
    assert encode(object()) == "o0"
    assert encode(Loud("word")) == "o0"
    assert not is_scalar([1])


def test_a_number_and_its_text_meet() -> None:
    assert encode("7") == "s1#7"
    assert encode(7) == 7
    assert encode("-12") == "s3#-12"
    assert encode("12345")[3:] == encode(12345)[3:]
    assert encode("07").startswith("s2:")
    assert encode(4.0).endswith("#4")


def test_folded_and_stripped_digests() -> None:
    plain = encode("alice")[3:]
    assert encode("Alice").partition("~")[2] == plain
    assert encode("%alice%").partition("^")[2] == plain
    assert "~" not in encode("alice")
    assert "^" not in encode("alice")
    assert encode(" ALICE_")[3:].count("~") == 1


def test_modes() -> None:
    assert encode("word", OFF) == "s4"
    assert encode("word", PLAIN).endswith("=word")
    assert encode("7", OFF) == "s1"
    assert encode('say "x"\n', PLAIN).endswith('=say "x"\n')
    assert encode("x" * 900, PLAIN).partition("=")[2] == "x" * 200


@example("¹", "hashed")
@example("٣", "hashed")
@given(st.text(min_size=1), st.sampled_from(["hashed", PLAIN, OFF]))
def test_every_text_is_one_json_string(text: str, mode: str) -> None:
    found = encode(text, mode)

    assert found.startswith(f"s{len(text)}")
    assert encode(text, mode) == found


@given(st.text(min_size=17))
def test_no_text_shows_without_leave(text: str) -> None:
    assert text not in encode(text)


@given(st.integers())
def test_every_integer(number: int) -> None:
    found = encode(number)

    assert found == number if abs(number) <= 9999 else found.startswith(f"i{len(str(number))}:")


def test_another_key_gives_other_digests() -> None:
    assert encode("word") != encode("word", key=b"other")


def test_one_and_true_do_not_share_an_encoding() -> None:
    digests = Digests(KEY)

    assert [digests.scalar(value) for value in (1, True, 1.0, "1")] == [
        "1",
        "true",
        '"f1#1"',
        '"s1#1"',
    ]


def test_lone_surrogates_and_long_texts() -> None:
    assert encode("\ud800abc").startswith("s4:")
    assert encode("x" * 2_000_000).startswith("s2000000:")


def test_the_memo_is_bounded() -> None:
    digests = Digests(KEY)
    for number in range(20_000):
        digests.scalar(f"value {number}")

    digests.scalar("long" * 1000)

    assert 0 < len(digests._memo) <= 8192
    assert max(len(text) for text in digests._memo) < 1000


def test_binds() -> None:
    digests = Digests(KEY)

    assert digests.binds(None) == "[]"
    assert digests.binds((1, None)) == "[1,null]"
    assert json.loads(digests.binds({"a": 1, 'q"': ""})) == {"a": 1, 'q"': ""}
    assert digests.binds(object()) == "[]"


def test_shapes() -> None:
    text, cut = Digests(KEY).shape({"a": [1, 2, 3], "b": None, "c": object(), "d": {"e": True}})

    assert json.loads(text) == {
        "a": {"#": 3, "of": [1, 2, 3]},
        "b": None,
        "c": {"?": "object"},
        "d": {"e": True},
    }
    assert cut == 0


def test_long_lists_show_the_first_the_last_and_some_between() -> None:
    text, cut = Digests(KEY).shape(list(range(100)))
    found = json.loads(text)

    assert found["#"] == 100
    assert found["of"][0] == 0
    assert found["of"][-1] == 99
    assert len(found["of"]) == 12
    assert cut == 88


def test_a_shape_holds_no_more_scalars_than_the_cap() -> None:
    text, cut = Digests(KEY).shape({str(number): number for number in range(100)})
    shown = [value for value in json.loads(text).values() if value != {"?": "cut"}]

    assert len(shown) == MAX_SCALARS
    assert cut == 100 - MAX_SCALARS


def test_endless_nesting_ends() -> None:
    nested: list[Any] = []
    nested.append(nested)

    text, _ = Digests(KEY).shape(nested)

    assert json.loads(text)["#"] == 1


def test_the_runs_key() -> None:
    environment: dict[str, str] = {}
    key = run_key(environment)

    assert len(key) == 32
    assert environment["ORMPROBE_KEY"].encode() == key
    assert run_key(environment) == key
    assert run_key({}) != key
