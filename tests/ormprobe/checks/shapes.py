"""Operands of checks, written as the values that a recorder would encode."""

from __future__ import annotations

from typing import Any

from ormprobe.timeline.model import Check, Rows, Shape, Statement
from ormprobe_instrumentation.digests import Digests
from ormprobe_instrumentation.events import MAX_VALUE_ROWS
from tests.ormprobe.signals.made import statement

DIGESTS = Digests(b"key")


def encoded(value: Any) -> Shape:
    import json

    shape: Shape = json.loads(DIGESTS.shape(value)[0])
    return shape


def check(
    left: Any, operator: str, right: Any, expected: str | None = "right", at: int = 950
) -> Check:
    return Check(
        "1-1:9",
        at,
        operator=operator,
        left=encoded(left),
        right=encoded(right),
        expected=expected,
        form="assert",
    )


def selected(at: int, columns: tuple[str, ...], *rows: tuple[Any, ...], **fields: Any) -> Statement:
    """A SELECT that returned rows."""
    values = tuple(tuple(encoded(cell) for cell in row) for row in rows[:MAX_VALUE_ROWS])
    cells: Any = values
    found = Rows(f"1-1:{at}r", len(rows), columns=columns, values=cells)
    text = f"SELECT {', '.join(columns)} FROM orders"
    return statement(text, at, rows=found, **fields)
