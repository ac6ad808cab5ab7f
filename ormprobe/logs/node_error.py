"""An error of Node while it is read, and what the exception tables are told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ormprobe.logs.model import Frame, Thrown

MOST_FRAMES = 200
LONGEST_MESSAGE = 8_192
KEPT = frozenset(
    ("name", "message", "code", "errno", "sql", "query", "severity", "routine", "internalQuery")
)
"""The properties that are read; a dump may have any number of others."""

_PACKAGE = re.compile(
    r"node_modules[/\\](?:\.pnpm[/\\][^/\\]+[/\\]node_modules[/\\])?((?:@[^/\\]+[/\\])?[^/\\]+)[/\\](.*)"
)
_SQLSTATE = re.compile(r"(?=.*\d)[0-9A-Z]{5}")
_SQLITE = re.compile(r"^(SQLITE_[A-Z_]+): ")
_MYSQL = re.compile(r"(?:ER|PROTOCOL)_[A-Z0-9_]+")
_CODE = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|E[A-Z0-9]{3,}")
_FAMILY = {"pg-pool": "pg", "pg-protocol": "pg", "mysql": "mysql2", "pg-native": "pg"}


@dataclass(slots=True)
class Made:
    """One error of a chain. `frames`: innermost first, as V8 prints them."""

    type: str
    tag: str | None = None
    message: str = ""
    relation: str | None = None
    frames: list[Frame] = field(default_factory=list[Frame])
    properties: dict[str, str] = field(default_factory=dict[str, str])
    sql: str | None = None

    def more(self, text: str) -> None:
        """Another line of the message."""
        if len(self.message) < LONGEST_MESSAGE:
            self.message += "\n" + text

    def add(self, frame: Frame | None) -> None:
        if frame is not None and len(self.frames) < MOST_FRAMES:
            self.frames.append(frame)

    def same_as(self, other: Made) -> bool:
        return self.type == other.type and self.message == other.message

    def thrown(self) -> Thrown:
        given = self.properties
        name = self._name()
        code, status = self._codes()
        classes = dict.fromkeys((name, self.type, *self._tagged(), "Error"))
        return Thrown(
            type=name,
            module=self._module(code, status),
            mro=tuple(classes),
            message=self.message or given.get("message", ""),
            code=code,
            status_code=status,
            origin=self._origin(),
            frames=tuple(reversed(self.frames)),
            relation=self.relation,
            sql=self.sql or given.get("sql") or given.get("query"),
        )

    def _name(self) -> str:
        """The name that a library gave the class: `ValidationError [SequelizeValidationError]`."""
        if self.tag and self.tag.endswith(self.type):
            return self.tag
        return self.properties.get("name") or self.type

    def _tagged(self) -> tuple[str, ...]:
        return (self.tag,) if self.tag and not _CODE.fullmatch(self.tag) else ()

    def _codes(self) -> tuple[str | None, str | None]:
        """Node's own code, and what the database answered with."""
        code = self.properties.get("code")
        if code is None and self.tag and _CODE.fullmatch(self.tag):
            code = self.tag
        if code is None:
            told = _SQLITE.match(self.message)
            return None, told[1] if told else None
        if code.startswith("SQLITE_") or self._of_postgres(code):
            return None, code
        if _MYSQL.fullmatch(code):
            number = self.properties.get("errno", "")
            return code, number if number.isdigit() else code
        return code, None

    def _of_postgres(self, code: str) -> bool:
        if not _SQLSTATE.fullmatch(code):
            return False
        known = ("severity", "routine", "internalQuery")
        return self.type in ("error", "DatabaseError") or any(
            key in self.properties for key in known
        )

    def _module(self, code: str | None, status: str | None) -> str | None:
        name = self._name()
        if name.startswith("Sequelize"):
            return "sequelize"
        if name == "SqliteError":
            return "better-sqlite3"
        if status is not None:
            if status.startswith("SQLITE_"):
                return "sqlite3"
            return "mysql2" if code is not None else "pg"
        package = self._package()
        return None if package is None else _FAMILY.get(package[0], package[0])

    def _package(self) -> tuple[str, str] | None:
        """The package of the frame that threw, and its file there."""
        thrower = self._thrower()
        found = _PACKAGE.search(thrower.path) if thrower else None
        if found is None:
            return None
        deeper = _PACKAGE.search(found[2])
        return (deeper[1], deeper[2]) if deeper else (found[1], found[2])

    def _thrower(self) -> Frame | None:
        for frame in self.frames:
            if not frame.path.startswith("node:"):
                return frame
        return None

    def _origin(self) -> str | None:
        thrower = self._thrower()
        if thrower is None:
            return None
        package = self._package()
        path = "/".join(package) if package else thrower.path.removeprefix("file://")
        return f"{path}:{thrower.function}"


def chain_of(errors: list[Made]) -> tuple[Thrown, ...]:
    """The chain, without those that an ORM carries twice (`parent` and `original`)."""
    kept: list[Made] = []
    for error in errors:
        if not any(error.relation == "orig" and error.same_as(other) for other in kept[1:]):
            kept.append(error)
    if len(kept) > 1 and not kept[0].message:
        kept[0].message = kept[0].properties.get("message") or next(
            (error.message for error in kept[1:] if error.relation == "orig"), ""
        )
    return tuple(error.thrown() for error in kept)
