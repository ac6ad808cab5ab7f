"""Reads Newman's own JSON report (`newman -r json`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from ormprobe.errors import UnreadableError
from ormprobe.runs.model import Request
from ormprobe.runs.opening import encoding_of

MAX_BYTES = 128 * 1024 * 1024
MAX_REQUESTS = 20_000
MAX_MESSAGES = 64
MAX_TEXT = 300


class _Item(msgspec.Struct):
    name: str = ""


class _Part(msgspec.Struct):
    key: str | None = None
    value: str | None = None


class _Url(msgspec.Struct):
    path: Sequence[str | None] = ()
    query: Sequence[_Part] = ()


class _Sent(msgspec.Struct):
    method: str = ""
    url: _Url | str = ""


class _Received(msgspec.Struct):
    code: int | None = None


class _Failure(msgspec.Struct):
    message: str | None = None


class _Check(msgspec.Struct):
    assertion: str = ""
    skipped: bool = False
    error: _Failure | None = None


class _Execution(msgspec.Struct):
    item: _Item = msgspec.field(default_factory=_Item)
    request: _Sent | None = None
    response: _Received | None = None
    assertions: Sequence[_Check] = ()


class _Run(msgspec.Struct):
    executions: Sequence[_Execution]


class _Report(msgspec.Struct):
    run: _Run


_Checks: TypeAlias = Sequence[_Check]


def read_newman_json(path: Path, notes: list[str]) -> tuple[Request, ...]:
    """The requests of a report in their order; it is one line, so all stand on line 1.

    Raises UnreadableError where it is no such report, or too large to be read at once.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableError(f"{path} is too large: {size / 2**20:,.0f} MiB of JSON")
        with path.open("rb") as file:
            encoding = encoding_of(file)
            content = file.read(MAX_BYTES)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error
    try:
        if encoding != "utf-8":
            content = content.decode(encoding, "replace").encode()
        report = msgspec.json.decode(content, type=_Report)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableError(f"{path} is no report of Newman's: {error}") from error
    found: list[Request] = []
    for execution in report.run.executions[:MAX_REQUESTS]:
        if execution.request is None or not execution.item.name:
            continue
        found.append(_request(execution, execution.request, len(found), path.name))
    left_out = len(report.run.executions) - len(found)
    if left_out:
        notes.append(f"{path.name}: {left_out} executions told of no request, or were too many")
    return tuple(found)


def _request(execution: _Execution, sent: _Sent, position: int, file: str) -> Request:
    failed = tuple(check for check in execution.assertions if check.error is not None)
    return Request(
        position=position,
        file=file,
        line=1,
        name=execution.item.name[:MAX_TEXT],
        method=sent.method.upper()[:16],
        path=_path(sent.url),
        status=execution.response.code if execution.response is not None else None,
        failed=len(failed),
        executed=sum(not check.skipped for check in execution.assertions),
        messages=_messages(failed),
    )


def _messages(failed: _Checks) -> tuple[str, ...]:
    return tuple(check.assertion[:MAX_TEXT] for check in failed[:MAX_MESSAGES])


def _path(url: _Url | str) -> str | None:
    if isinstance(url, str):
        from ormprobe.runs.newman import path_of

        return path_of(url) if url else None
    place = "/" + "/".join(part or "" for part in url.path)
    query = "&".join(
        part.key if part.value is None else f"{part.key}={part.value}"
        for part in url.query
        if part.key is not None
    )
    return f"{place}?{query}" if query else place
