"""What every shim knows of a connection since it was opened, and what it tells of its life."""

from __future__ import annotations

from _thread import get_ident
from typing import Any, Optional, Tuple

from ..loops import loop_number
from ..recorder import Recorder

Where = Tuple[bool, Optional[str]]
"""Whether a database is private to its connection, and else the digest of its name."""


class Opening:
    """A connection that was opened here and now: its number, its thread and loop.

    file: when the events file was begun whose numbers these are; a forked child's is another one.
    """

    __slots__ = ("number", "transaction", "thread", "loop", "opened", "announced", "file")

    def __init__(self, recorder: Recorder) -> None:
        self.number = recorder.number()
        self.transaction: Any = None
        self.thread = get_ident()
        self.loop = loop_number()
        self.opened = recorder.at()
        self.announced = False
        self.file = recorder.started

    def tell_open(self, recorder: Recorder, system: str, where: Where, **more: Any) -> None:
        """Record that it was opened, once it is known whose it is."""
        self.announced = True
        memory, namespace = where
        recorder.rider(
            "connection",
            id=self.number,
            at=self.opened,
            action="open",
            **{"db.system.name": system},
            memory=memory or None,
            namespace=namespace,
            thread=self.thread,
            loop=self.loop,
            **more,
        )

    def tell(
        self, recorder: Recorder, action: str, site: int = 0, scope: Optional[int] = None
    ) -> None:
        """Record a later moment of a connection that the file knows."""
        if self.announced and self.file == recorder.started:
            recorder.rider(
                "connection",
                id=self.number,
                at=recorder.at(),
                action=action,
                scope=scope,
                site=site or None,
            )


def tell_engine(
    recorder: Recorder, system: str, driver: Optional[str], where: Where, site: Optional[int]
) -> None:
    """Record that the app has said which database it is going to use, and at which line."""
    memory, namespace = where
    recorder.event(
        "engine",
        id=recorder.number(),
        at=recorder.at(),
        **{"db.system.name": system},
        driver=driver,
        memory=memory or None,
        namespace=namespace,
        site=site or None,
    )


def where_of(recorder: Recorder, system: str, name: Any) -> Where:
    """Where a database is, by the name that the app gives it."""
    text = str(name or "")
    if system == "sqlite" and (not text or ":memory:" in text or "mode=memory" in text):
        return True, None
    return False, recorder.digests.hex(text) if text else None
