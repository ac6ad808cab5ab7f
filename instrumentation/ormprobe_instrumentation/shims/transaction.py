"""An open transaction of a connection: what it has sent and written so far."""

from __future__ import annotations

from typing import List, Optional, Tuple

from ..recorder import Recorder

_WRITES_KEPT = 64


class Transaction:
    """An open transaction of one connection, from its first statement on."""

    __slots__ = (
        "id",
        "connection",
        "session",
        "began",
        "statements",
        "writes",
        "more",
        "savepoints",
    )

    def __init__(self, recorder: Recorder, connection: int, session: int = 0) -> None:
        self.id = recorder.number()
        self.connection = connection
        self.session = session
        self.began = recorder.at()
        self.statements = 0
        self.writes: List[int] = []
        self.more = 0
        self.savepoints: Optional[List[Tuple[str, int, int]]] = None

    def wrote(self, statement: int) -> None:
        if len(self.writes) < _WRITES_KEPT:
            self.writes.append(statement)
        else:
            self.more += 1
