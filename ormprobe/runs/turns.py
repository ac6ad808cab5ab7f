"""The turns of an agent's record, in the forms that agents write them. JSON, or plain text.

JSON: a list of turns, bare or under `trajectories`, `messages`, `trajectory` or `history`. Text:

    [assistant]
    what it said

    [user]
    what it was told
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from ormprobe.errors import UnreadableError
from ormprobe.runs.model import Turn
from ormprobe.runs.opening import Reading, encoding_of, lines_of

MAX_BYTES = 96 * 1024 * 1024
"""A larger file is not read whole: only its end is."""

MAX_TURN = 16 * 1024
"""Characters kept of a turn: its beginning and its end."""

_SECOND_LOOK = 32 * 1024 * 1024
_TAIL = 4 * 1024 * 1024
_MAX_TEXT = 192 * 1024 * 1024
_KEYS = ("trajectories", "messages", "trajectory", "history")
_ROLE = re.compile(r"\[(?P<role>system|user|assistant|tool|function|exit|environment)\]\s*")
_TURN = re.compile(r'\{\s*"(?:role|content|action|source)"')


@dataclass(slots=True)
class Record:
    """What was met beside the turns. status: how the agent's program says that it ended. why: it
    was cut."""

    status: str = ""
    cut: bool = False
    why: str | None = None


_NOTHING = msgspec.Raw()


class _Turns(msgspec.Struct):
    trajectories: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    trajectory: msgspec.Raw = _NOTHING
    history: msgspec.Raw = _NOTHING
    info: msgspec.Raw = _NOTHING


def read_turns(path: Path, record: Record) -> Iterator[Turn]:
    """The turns of a file, in their order. Raises UnreadableError where it holds none."""
    try:
        if not path.is_file():
            raise UnreadableError(f"{path} is not a file")
        size = path.stat().st_size
        with path.open("rb") as file:
            encoding = encoding_of(file)
            head = file.read(64)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error
    if size == 0:
        raise UnreadableError(f"{path} is empty")
    start = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")) and _ROLE.match(start) is None:
        return _of_json_file(path, size, encoding, record)
    return _of_text_file(path, record)


def _of_text_file(path: Path, record: Record) -> Iterator[Turn]:
    reading = Reading()
    found = False
    for turn in turns_of_text(text for _, text in lines_of(path, reading, limit=_MAX_TEXT)):
        found = True
        yield turn
    if not found:
        raise UnreadableError(f"{path} holds no turns of an agent")
    if reading.cut:
        record.cut, record.why = True, "its end was left out, it is too large"


def turns_of_text(lines: Iterable[str]) -> Iterator[Turn]:
    """The turns of a plain text; what stands above the first is none."""
    role: str | None = None
    kept = _Kept()
    blank = True
    for line in lines:
        found = _ROLE.fullmatch(line) if blank and line.startswith("[") else None
        blank = not line.strip()
        if found is None:
            kept.add(line)
            continue
        if role is not None:
            yield Turn(role=role, text=kept.text)
        role, kept = found["role"], _Kept()
    if role is not None:
        yield Turn(role=role, text=kept.text)


class _Kept:
    """The beginning and the end of a text that grows."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._tail: list[str] = []
        self._head_size = self._tail_size = 0

    def add(self, line: str) -> None:
        if self._head_size < MAX_TURN // 2:
            self._head.append(line)
            self._head_size += len(line) + 1
            return
        self._tail.append(line)
        self._tail_size += len(line) + 1
        if self._tail_size > MAX_TURN * 4:
            self._shorten()

    def _shorten(self) -> None:
        self._tail = "\n".join(self._tail)[-MAX_TURN // 2 :].split("\n")
        self._tail_size = MAX_TURN // 2

    @property
    def text(self) -> str:
        return cut_text("\n".join([*self._head, *self._tail]).strip())


def cut_text(text: str) -> str:
    """A text of bounded length: its beginning and its end, which say most."""
    # half a surrogate pair can be written in JSON, and nowhere else
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= MAX_TURN:
        return text
    return f"{text[: MAX_TURN // 2]}\n[...]\n{text[-MAX_TURN // 2 :]}"


def _of_json_file(path: Path, size: int, encoding: str, record: Record) -> Iterator[Turn]:
    found = False
    if size <= MAX_BYTES:
        try:
            for turn in _of_json(path, encoding, record):
                found = True
                yield turn
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            record.why = f"it is torn or no JSON ({error})"
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror or error}") from error
    else:
        record.why = f"it is too large ({size / 2**20:,.0f} MiB)"
    if found:
        return
    if record.why is not None:
        record.cut = True
        for turn in _of_tail(path, size, encoding):
            found = True
            yield turn
    if not found:
        why = f": {record.why}" if record.why else ""
        raise UnreadableError(f"{path} holds no turns of an agent{why}")


def _of_json(path: Path, encoding: str, record: Record) -> Iterator[Turn]:
    with path.open("rb") as file:
        if encoding != "utf-8":
            content: Any = file.read(MAX_BYTES).decode(encoding, "replace").encode()
        else:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            items = _list_of(content, record)
        except (ValueError, msgspec.MsgspecError):
            if len(content) > _SECOND_LOOK:
                raise
            items = _list_of(_mended(bytes(content)), record)
        # each turn is decoded when it is its time: only one of them is in memory
        yield from _of_list(items, record)


def _mended(content: bytes) -> bytes:
    """What Python's own json writes and msgspec refuses: NaN, halves of surrogate pairs."""
    whole: Any = json.loads(content.decode("utf-8", "replace"), parse_constant=lambda _: None)
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")


def _list_of(content: Any, record: Record) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(content, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        whole = msgspec.json.decode(content, type=_Turns)
    if len(memoryview(whole.info)):
        record.status = _status(msgspec.json.decode(whole.info))
    for key in _KEYS:
        raw: msgspec.Raw = getattr(whole, key)
        if bytes(memoryview(raw)[:4]) not in (b"", b"null"):
            return _list_of(raw, record)
    return []


def _of_list(items: list[msgspec.Raw], record: Record) -> Iterator[Turn]:
    last: msgspec.Raw | None = None
    for raw in items:
        try:
            item: Any = msgspec.json.decode(raw)
        except (ValueError, msgspec.MsgspecError):
            item = json.loads(bytes(raw).decode("utf-8", "replace"))
        if isinstance(item, list):
            # several attempts, each a list of turns: the last counts
            last = raw
        elif isinstance(item, dict):
            table = cast("dict[str, Any]", item)
            if any(isinstance(table.get(key), list) for key in _KEYS):
                last = raw
            else:
                yield from _turns(table, record)
    if last is not None:
        yield from _of_list(_list_of(last, record), record)


def _of_tail(path: Path, size: int, encoding: str) -> Iterator[Turn]:
    """The turns that stand whole in the last part of a file."""
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        text = file.read(_TAIL).decode(encoding if size <= _TAIL else "utf-8", "replace")
    decoder = json.JSONDecoder()
    at = 0
    while (found := _TURN.search(text, at)) is not None:
        try:
            item, at = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            at = found.end()
            continue
        if isinstance(item, dict):
            yield from _turns(cast("dict[str, Any]", item), Record())


def _turns(item: dict[str, Any], record: Record) -> Iterator[Turn]:
    extra = item.get("extra")
    if isinstance(extra, dict):
        record.status = _status(extra) or record.status
    if "observation" in item and "role" not in item:
        # an agent's step: what it thought and did, and what came of it
        said = "\n".join(_text(item.get(key)) for key in ("thought", "action") if item.get(key))
        yield Turn(role="assistant", text=cut_text(said))
        yield Turn(role="user", text=cut_text(_text(item.get("observation"))))
        return
    role = item.get("role") or item.get("source")
    if not isinstance(role, str):
        return
    parts = [_text(item.get("content") or item.get("message"))]
    calls = item.get("tool_calls")
    if isinstance(calls, list):
        parts += [_call(call) for call in cast("list[object]", calls)]
    yield Turn(role=_role(role), text=cut_text("\n".join(part for part in parts if part).strip()))


def _role(role: str) -> str:
    return {"agent": "assistant", "ai": "assistant", "human": "user"}.get(role, role)[:32]


def _text(content: Any) -> str:
    """The text of a turn: a string, or parts of which some have text."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, (_text(part) for part in cast("list[object]", content))))
    if isinstance(content, dict):
        part = cast("dict[str, Any]", content)
        if part.get("type") in ("tool_use", "function_call"):
            return _call(part)
        for key in ("text", "content", "output"):
            if key in part:
                return _text(part[key])
    return ""


def _call(call: Any) -> str:
    """A tool's call as a block: `<name>` and its arguments."""
    if not isinstance(call, dict):
        return ""
    outer = cast("dict[str, Any]", call)
    inner: Any = outer.get("function")
    table = cast("dict[str, Any]", inner) if isinstance(inner, dict) else outer
    given = table.get("arguments", table.get("input", ""))
    text = given if isinstance(given, str) else json.dumps(given, sort_keys=True, default=str)
    return f"```call {table.get('name', '')}\n{text}\n```"


def _status(info: Any) -> str:
    if not isinstance(info, dict):
        return ""
    status = cast("dict[str, Any]", info).get("exit_status")
    return status[:200] if isinstance(status, str) else ""
