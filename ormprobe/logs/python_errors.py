"""What the last line of a traceback says: a class, and a message that may hold a driver's error."""

from __future__ import annotations

import re
from dataclasses import replace

from ormprobe.logs.known_classes import bases_of, bases_of_models_own, sqlstate_of
from ormprobe.logs.model import Frame, Thrown

_CODE = re.compile(r"sqlalche\.me/e/(?:\d\d/)?(\w{4})\b")
_TAIL = re.compile(
    r"\s*^(?:\[SQL: |\[parameters: |\[cached since |\[generated in |"
    r"\(Background on this error at: )",
    re.MULTILINE,
)
_SQL = re.compile(
    r"^\[SQL: (.*?)\]\s*(?=^\[parameters: |^\(Background on |^\[cached |^\[generated |\Z)",
    re.MULTILINE | re.DOTALL,
)
_PEEWEE_SQL = re.compile(r"^SQL: (.*?)\s*^Params: ", re.MULTILINE | re.DOTALL)
_INLINE_BACKGROUND = re.compile(r"\s*\(Background on this error at: \S+\)\s*\Z")
_ORIG = re.compile(r"\(([A-Za-z_][\w.]*\.[A-Za-z_]\w*)\) ?(.*)\Z", re.DOTALL)
_INNER = re.compile(r"<class '([A-Za-z_][\w.]*)'>: ?(.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"\((\d{4}), ['\"bu]")
_CONNECTOR = re.compile(r"\d{4} \((\w{5})\): ")
_PG8000 = re.compile(r"'C': '(\w{5})'")
_UNMODULED = frozenset(("builtins", "__main__", "__mp_main__"))
_CAPITALS = frozenset(("MySQLdb", "PIL", "OpenSSL", "Crypto", "Cython"))
"""Packages whose names begin with a capital letter, which else begins a class."""
_NUMBERED = frozenset(
    ("pymysql", "MySQLdb", "aiomysql", "asyncmy", "django", "peewee", "tortoise", "playhouse")
)


def split_name(dotted: str) -> tuple[str | None, str]:
    """Module and class of a name as a traceback prints it: `a.models.User.DoesNotExist`."""
    parts = dotted.split(".")
    position = next(filter(lambda at: _is_class(parts[at]), range(len(parts))), len(parts) - 1)
    if "<locals>" in parts:
        position = min(position, max(parts.index("<locals>") - 1, 0))
    module = ".".join(parts[:position]) or None
    return (None if module in _UNMODULED else module), ".".join(parts[position:])


def _is_class(part: str) -> bool:
    return part.lstrip("_")[:1].isupper() and part not in _CAPITALS


def thrown_by(
    name: str, message: str, frames: tuple[Frame, ...] = (), relation: str | None = None
) -> tuple[Thrown, ...]:
    """The exception of a printed name and message, and the ones that its message tells of."""
    one = _one(name, message, frames, relation)
    found = [one]
    if one.module is not None and one.module.startswith("sqlalchemy."):
        inside = _ORIG.match(one.message)
        if inside is not None:
            found.append(_one(inside[1], inside[2], (), "orig"))
        driver = _INNER.match(found[-1].message)
        if driver is not None:
            inner = _one(driver[1], driver[2], (), "cause" if inside else "orig")
            found[-1] = replace(found[-1], status_code=inner.status_code)
            found.append(inner)
    return tuple(found)


def _one(name: str, message: str, frames: tuple[Frame, ...], relation: str | None) -> Thrown:
    module, type_ = split_name(name)
    code = _CODE.search(message)
    sql = _SQL.search(message) or _PEEWEE_SQL.search(message)
    tail = _TAIL.search(message)
    text = message if tail is None else message[: tail.start()]
    text = _INLINE_BACKGROUND.sub("", text).rstrip()
    bases = bases_of(name) or bases_of_models_own(type_, text)
    return Thrown(
        type=type_,
        module=module,
        mro=(type_.rpartition(".")[2], *bases) if type_ else (),
        message=text,
        code=None if code is None else code[1],
        status_code=_status(name, module, text),
        origin=origin_of(frames),
        frames=frames,
        relation=relation,
        sql=None if sql is None else sql[1],
    )


def _status(name: str, module: str | None, message: str) -> str | None:
    """SQLSTATE by a driver's class, or the number that a driver of MySQL prints first."""
    state = sqlstate_of(name)
    if state is not None or module is None:
        return state
    root = module.partition(".")[0]
    if root in _NUMBERED:
        number = _NUMBER.match(message)
        return None if number is None else number[1]
    if root == "mysql":
        found = _CONNECTOR.match(message)
    else:
        found = _PG8000.search(message) if root == "pg8000" else None
    return None if found is None else found[1]


def origin_of(frames: tuple[Frame, ...]) -> str | None:
    """`file:function` of the innermost frame; of its path the last three parts, as traces have."""
    for frame in reversed(frames):
        if frame.function:
            path = "/".join(frame.path.replace("\\", "/").rsplit("/", 3)[-3:])
            return f"{path}:{frame.function}"
    return None
