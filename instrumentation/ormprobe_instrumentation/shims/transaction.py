"""An open transaction of a connection: what it has sent and written so far."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from ..recorder import Recorder

_WRITES_KEPT = 64
_FRAMES = 8

_LINE = (
    '{"kind":"transaction","id":%d,"at":%d,"scope":%s%s,"connection":%d,"end":"%s","by":"%s",'
    '"statements":%d,"began":%d,"writes":%s%s}\n'
)


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

    def settles(self) -> bool:
        """Whether anything hangs on its end."""
        return bool(self.writes or self.more)

    def end(
        self,
        recorder: Recorder,
        how: str,
        by: str = "unknown",
        frames: Sequence[int] = (),
        raised: bool = False,
    ) -> None:
        """Record the end: at once when it settled writes, else riding on the next event.

        frames: sites of the app's lines that asked for it, innermost first. raised: an exception
        was on its way.
        """
        if not self.statements:
            return
        more = ""
        if self.settles() and frames:
            more = ',"site":%d,"frames":%s' % (frames[0], list(frames[:_FRAMES]))
        if raised and how == "rollback" and by == "app":
            more += ',"raised":true'
        if self.more:
            more += ',"more":%d' % self.more
        scope = recorder.current()
        line = _LINE % (
            self.id,
            recorder.at(),
            "null" if scope is None else scope.id,
            ',"session":%d' % self.session if self.session else "",
            self.connection,
            how,
            by,
            self.statements,
            self.began,
            self.writes,
            more,
        )
        if self.settles():
            recorder.now(line)
        else:
            recorder.later(line)

    def savepoint(self, recorder: Recorder, action: str, name: str) -> None:
        """Record a savepoint's life; its rollback names the writes that it undid."""
        points = self.savepoints
        if points is None:
            points = self.savepoints = []
        undone: Optional[List[int]] = None
        if action == "begin":
            points.append((name, len(self.writes), self.more))
        else:
            kept = list(points)
            while points:
                found, start, more = points.pop()
                if found == name:
                    if action == "rollback":
                        undone = self.writes[start:]
                        del self.writes[start:]
                        self.more = more
                        points.append((name, start, more))  # it stays, to be rolled back to again
                    break
            else:
                self.savepoints = kept
        at = recorder.at()
        recorder.rider("savepoint", transaction=self.id, at=at, action=action, writes=undone)
