"""A test's source is read although a finalizer may parse something in the midst of it."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator

import pytest

from ormprobe_instrumentation.shims.syntax import parsed

TEXT = "def berths(pier):\n" + "    free = pier + [1, 2, (3, pier)]\n" * 30


class Caught:
    """Garbage that only the collector finds, and that parses a line as it goes."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        parse_below(20)


def parse_below(depth: int) -> ast.AST:
    return parse_below(depth - 1) if depth else ast.parse("pier = 1")


@pytest.fixture
def eager() -> Iterator[None]:
    """The collector runs every few objects."""
    gc.collect()
    before = gc.get_threshold()
    gc.set_threshold(50)
    yield
    gc.set_threshold(*before)


def test_a_parse_that_another_one_interrupts_is_tried_again(eager: None) -> None:
    Caught()

    assert isinstance(parsed(TEXT), ast.Module)


def test_what_is_no_python_has_no_tree() -> None:
    assert parsed("def (") is None
    assert parsed("a\0b") is None
