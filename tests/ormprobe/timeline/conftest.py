"""Traces written by hand, and the timeline that is built from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.timeline import Closed, build

Line = dict[str, Any]

DEFINED: tuple[Line, ...] = (
    {"kind": "sql", "id": 1, "db.query.text": "SELECT a FROM t", "db.operation.name": "SELECT"},
    {"kind": "sql", "id": 2, "db.query.text": "INSERT INTO t", "db.operation.name": "INSERT"},
    {
        "kind": "site",
        "id": 3,
        "code.file.path": "app.py",
        "code.line.number": 7,
        "code.function.name": "view",
    },
    {"kind": "load", "id": 4, "type": "lazy", "entity": "Post", "attribute": "author"},
)


class Lines:
    """One line of each kind, with what the contract demands; `fields` come on top."""

    defined = DEFINED

    def process(self, started: int = 1_000_000_000, **fields: Any) -> Line:
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

    def scope(self, number: int, at: int = 0, **fields: Any) -> Line:
        head = {"kind": "scope", "id": number, "type": "request", "name": f"scope {number}"}
        return {**head, "at": at, **fields}

    def end(self, number: int, at: int = 0, **fields: Any) -> Line:
        return {"kind": "scope_end", "id": number, "at": at, "outcome": "passed", **fields}

    def statement(self, number: int, at: int = 0, **fields: Any) -> Line:
        head = {"kind": "statement", "id": number, "at": at, "duration": 5, "sql": 1, "binds": []}
        return {**head, **fields}

    def write(self, number: int, transaction: int, at: int = 0, **fields: Any) -> Line:
        found = {"sql": 2, "transaction": transaction, "connection": 50, "affected": 1}
        return self.statement(number, at, **{**found, **fields})

    def transaction(self, number: int, at: int = 0, **fields: Any) -> Line:
        head = {"kind": "transaction", "id": number, "at": at, "connection": 50, "end": "commit"}
        return {**head, "by": "app", "statements": 1, "writes": [], **fields}

    def savepoint(self, transaction: int, action: str, **fields: Any) -> Line:
        return {
            "kind": "savepoint", "transaction": transaction, "at": 0, "action": action, **fields
        }  # fmt: skip

    def error(self, number: int, at: int = 0, **fields: Any) -> Line:
        head = {"kind": "error", "id": number, "at": at, "type": "NotLoaded", "mro": ["NotLoaded"]}
        return {**head, "module": "orm", **fields}

    def fate(self, number: int, fate: str, **fields: Any) -> Line:
        return {"kind": "fate", "error": number, "at": 0, "fate": fate, **fields}

    def rows(self, statement: int, count: int, **fields: Any) -> Line:
        return {"kind": "rows", "statement": statement, "count": count, **fields}


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write an events file: objects become lines, bytes stand as they are; gives the folder."""

    def write(*content: Line | bytes, name: str = "1-1") -> Path:
        with (tmp_path / f"events-{name}.jsonl").open("wb") as file:
            for line in content:
                file.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        return tmp_path

    return write


@pytest.fixture
def built(write: Callable[..., Path]) -> Callable[..., list[Closed]]:
    """The scopes of one file that holds `content`."""

    def built(*content: Line | bytes) -> list[Closed]:
        return list(build(write(*content)))

    return built
