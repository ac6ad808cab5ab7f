"""What sqlite3 alone has: scripts, implicit commits, rows that are counted while they are read."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator

from .callers import Caller
from .carried import carried
from .dbapi import Calls
from .raw import Connection, Driver

_SCRIPT = 200  # statements of one script that are recorded


class Rows:
    """The rows of one statement, counted while they are fetched."""

    __slots__ = ("drivers", "statement", "count", "file")

    def __init__(self, drivers: Driver, statement: int) -> None:
        self.drivers = drivers
        self.statement = statement
        self.count = 0
        self.file = drivers.recorder.started

    def tell(self) -> None:
        statement, self.statement = self.statement, 0
        drivers = self.drivers
        try:
            if statement and drivers.is_on() and self.file == drivers.recorder.started:
                drivers.rows(statement, self.count)
        except Exception as error:
            drivers.switch.fail(error)

    def __del__(self) -> None:
        self.tell()


class SqliteCalls(Calls):
    """Raw calls of sqlite3."""

    def __init__(self, drivers: Driver, base: Any) -> None:
        super().__init__(drivers, base.Error)
        self.complete: Callable[[str], bool] = base.complete_statement

    def inside(self, connection: Any) -> bool:
        try:
            return bool(connection.in_transaction)
        except self.error:  # it is closed
            return False

    def before(self, cursor: Any) -> None:
        cursor._ormprobe = None  # the rows of the statement before are all read

    def record(
        self,
        cursor: Any,
        connection: Any,
        state: Connection,
        caller: Caller,
        name: str,
        args: Any,
        many: int,
        started: int,
        began: bool,
    ) -> None:
        text = args[0]
        if not isinstance(text, str) or not text.strip():
            return
        inside = self.inside(connection)
        scope = carried.scope
        if name == "executescript":
            if began:
                self.drivers.ended(state, "commit", caller)
            for part in self._parts(text):
                self.drivers.statement(state, caller, part, started, inside=inside, scope=scope)
            return
        more: Dict[str, Any] = {}
        if name == "executemany":
            more["many"] = many
        elif len(args) > 1:
            more["binds"] = args[1]
        count = cursor.rowcount
        number = self.drivers.statement(
            state,
            caller,
            text,
            started,
            affected=count if type(count) is int else -1,
            inside=inside,
            scope=scope,
            **more,
        )
        if number and cursor.description is not None:
            cursor._ormprobe = Rows(self.drivers, number)

    def _parts(self, script: str) -> Iterator[str]:
        """The statements of a script."""
        part, told = "", 0
        for piece in script.split(";"):
            part += piece
            if self.complete(part + ";"):
                if part.strip() and told < _SCRIPT:
                    told += 1
                    yield part.strip()
                part = ""
            else:
                part += ";"
        if part.strip(" ;\r\n\t") and told < _SCRIPT:
            yield part.strip()
