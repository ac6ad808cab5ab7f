"""Traces written by hand, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


def process(started: int = 1_000_000_000, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "process",
        "schema": 1,
        "process.pid": 1,
        "process.parent_pid": 0,
        "process.runtime.version": "3.11.7",
        "origin": "start",
        "started_unix_nano": started,
        "values": "hashed",
        **fields,
    }


@pytest.fixture
def first_line() -> Callable[..., dict[str, Any]]:
    return process


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an events file: objects become lines, bytes stand as they are."""

    def write(*lines: dict[str, Any] | bytes, name: str = "1-1") -> Path:
        path = tmp_path / f"events-{name}.jsonl"
        path.write_bytes(
            b"".join(
                line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
                for line in lines
            )
        )
        return path

    return write
