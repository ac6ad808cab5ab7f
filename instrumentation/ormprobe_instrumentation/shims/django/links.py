"""Connections of Django: which database, opened by which thread, with which transaction open."""

from __future__ import annotations

import weakref
from _thread import get_ident
from typing import Any, Dict, List, Optional, Tuple

from ...handed import handed_by
from ...recorder import Recorder
from ..drivers.adopting import adopt
from ..opening import Opening, where_of
from ..transaction import Transaction

KEY = "_ormprobe"


class Marked:
    """Who asked for a rollback at the end of the block: `by`, as of a transaction."""

    __slots__ = ("by", "raised", "site", "frames")

    def __init__(self, by: str, raised: bool, site: int, frames: List[int]) -> None:
        self.by = by
        self.raised = raised
        self.site = site
        self.frames = frames


class Link(Opening):
    """What is known of one connection, kept on Django's wrapper of it.

    begun: the app began a transaction by a statement of its own. block: under the transaction of a
    test, the outermost `atomic` that is the app's.
    """

    __slots__ = ("recorder", "system", "begun", "block", "marked", "wrapper")

    def __init__(self, recorder: Recorder, db: Any) -> None:
        Opening.__init__(self, recorder)
        self.recorder = recorder
        self.wrapper = weakref.ref(db)  # which holds the link
        self.system = str(db.vendor)
        self.begun = False
        self.block: Any = None
        self.marked: Optional[Marked] = None

    def begin(self) -> Transaction:
        """The open transaction, begun here where nothing was sent in it yet."""
        found: Optional[Transaction] = self.transaction
        if found is None:
            found = self.transaction = Transaction(self.recorder, self.number)
        return found

    def open(self, db: Any) -> Optional[Transaction]:
        """The open transaction, begun here if need be; None where what is sent lasts.

        `TestCase` of Django rolls back what a test has done. Without it, what the app sends outside
        any block of its own would last, and the outermost of its blocks be its transaction.
        """
        held: List[Any] = db.atomic_blocks
        if not held or not is_harness(held[0]):
            return self.begin()
        for block in held:
            if not is_harness(block):
                if self.block is not block:
                    self.enter(block)
                return self.begin()
        self.transaction = None
        return None

    def encloses(self) -> bool:
        """Asked by the driver's shim: whether a transaction that is open is the app's."""
        db = self.wrapper()
        return db is None or self.open(db) is not None

    def enter(self, block: Any) -> None:
        """Under a test's transaction, the app has entered a block that is its own transaction."""
        self.block = block
        self.transaction = None
        blocks[id(block), get_ident()] = self

    def leave(self) -> None:
        blocks.pop((id(self.block), get_ident()), None)
        self.block = None

    def announce(self, db: Any) -> None:
        """Record the connection when something is first sent over it."""
        where = where_of(self.recorder, self.system, db.settings_dict.get("NAME"))
        self.tell_open(self.recorder, self.system, where)

    def closed(self) -> None:
        self.tell(self.recorder, "close")

    def __del__(self) -> None:
        """The connection was let go of with its thread: with it goes what was not committed."""
        try:
            recorder, transaction = self.recorder, self.transaction
            if (
                transaction is not None
                and transaction.writes
                and recorder.on
                and self.block is None
                and self.file == recorder.started
            ):
                self.transaction = None
                transaction.end(recorder, "close", "gc")
                self.closed()
        except Exception:
            pass


def is_harness(block: Any) -> bool:
    """Whether an `atomic` block is that of a `TestCase`."""
    return bool(getattr(block, "_from_testcase", False))


blocks: Dict[Tuple[int, int], Link] = {}
"""The links that have a `block`, by it and its thread: one that decorates may run in several."""


def link_of(recorder: Recorder, db: Any) -> Link:
    """The link of a wrapper's connection, made where there is none yet."""
    link: Optional[Link] = getattr(db, KEY, None)
    if link is None or link.file != recorder.started:
        link = opened(recorder, db)
    if not link.announced:
        link.announce(db)
    return link


def opened(recorder: Recorder, db: Any) -> Link:
    """A connection has been opened."""
    link = Link(recorder, db)
    setattr(db, KEY, link)  # it may be the proxy that `django.db.connection` is
    if db.connection is not None:
        adopt(db.connection, link)
    return link


def app_frames(recorder: Recorder, frame: Any, limit: int) -> List[int]:
    """The app's lines from a frame upwards, else those that handed the work to this thread."""
    found = recorder.frames_of(frame, limit)
    if not found:
        handed = handed_by(recorder)
        if handed is not None:
            return [handed.site, *handed.callers][:limit]
    return found
