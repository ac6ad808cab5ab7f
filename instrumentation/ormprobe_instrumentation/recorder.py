"""Writes events: each is in the kernel before the hooked call returns to the app.

One file per process, opened for appending, one `os.write` per event. Lines that nobody needs at
once (definitions, row facts, ends of transactions that wrote nothing) ride on the next write.
Nothing here raises into the app: an error of the disk switches the recorder off.
"""

from __future__ import annotations

import errno
import itertools
import os
import sys
from _thread import RLock
from collections import deque
from contextvars import ContextVar
from itertools import islice
from time import perf_counter_ns, time_ns
from types import FrameType
from typing import Any, Callable, Deque, Dict, Iterable, List, Optional, Tuple

from .callsite import APP, CallSites, Site, site_of
from .descriptors import out_of_the_way
from .digests import PLAIN, Digests
from .events import MAX_FRAMES, MAX_TEXT, SCHEMA_VERSION
from .lines import line_of
from .scrub import operation, scrub_sql

_RIDERS = 64
_DEFINITIONS = 4096
_WORDS = 20_000
_REOPENED = 3  # times that a closed descriptor is replaced


class Scope:
    """A request or test that is running; what statements and errors belong to."""

    __slots__ = (
        "id", "started", "parent", "kind", "errors", "status", "handler", "answered", "asked",
        "ended",
    )  # fmt: skip

    def __init__(self, number: int, parent: Optional[Scope], kind: str, started: int = 0) -> None:
        self.id = number
        self.started = started  # when the file that this scope belongs to was begun
        self.parent = parent
        self.kind = kind
        self.errors: List[Any] = []  # what `errors.py` keeps until the fates are known
        self.status: Optional[int] = None  # of a request's answer
        self.handler = 0  # the site of the function that answers a request
        self.asked: List[int] = []  # the lines of a test that last made a request
        self.answered = False  # the last byte of a request's answer is out
        self.ended = False


class Recorder:
    """The trace of one process."""

    def __init__(self, folder: str, key: bytes, values: str, root: str) -> None:
        self.folder = folder
        self.values = values
        self.digests = Digests(key, values)
        self.sites = CallSites(root)
        self.scope: ContextVar[Optional[Scope]] = ContextVar("ormprobe_scope", default=None)
        self.test: Optional[Scope] = None  # the test that runs, for threads without a scope
        self.test_thread = 0
        self.process_errors: List[Any] = []
        self.on = True
        self.known_words: Dict[str, None] = {}
        self.tables: List[Dict[Any, Any]] = []  # of shims, by numbers of this file's definitions
        self.dialect_hooks: List[Any] = []  # of SQLAlchemy's engines, as they are made
        self.refused: Dict[int, Any] = {}  # code of coroutines that a library could not await
        self.leaving: List[Callable[[Scope], None]] = []  # asked at the end of each request
        self.sweeping: List[Callable[[Scope], None]] = []  # asked at the end of every scope
        self.reached: List[Callable[[BaseException], None]] = []  # told of what nobody caught
        self.ended_by = 0  # the id of the exception that ended the process's work, once told
        self.dropped = 0  # lines for which there was no file
        self._reopened = 0
        self._begin("start")

    # -- life of the file ---------------------------------------------------------------------

    def _begin(self, origin: str) -> None:
        for table in self.tables:
            table.clear()
        self._pending: Deque[str] = deque()
        self._sql: Dict[str, Tuple[int, str]] = {}
        self._sites: Dict[Tuple[Any, ...], int] = {}
        self._frames: Dict[Tuple[int, int], Tuple[int, Any]] = {}
        self._loads: Dict[Tuple[Any, ...], int] = {}
        self._numbers = itertools.count(1).__next__
        self._definitions = itertools.count(1).__next__
        self._statements = itertools.count(1).__next__
        self.written = 0
        self._lock = RLock()  # re-entered by a finalizer or a signal's handler
        self._draining = 0
        self.started = perf_counter_ns()
        self._fd = self._open()
        if self._fd < 0:
            self.on = False
            return
        self.event(
            "process",
            schema=SCHEMA_VERSION,
            **{
                "process.pid": os.getpid(),
                "process.parent_pid": os.getppid(),
                "process.runtime.version": sys.version.split()[0],
                "process.executable.path": sys.executable,
            },
            origin=origin,
            started_unix_nano=time_ns(),
            role=os.environ.get("ORMPROBE_ROLE"),
            values=self.values,
        )

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        for number in range(1, 10_000):
            path = os.path.join(self.folder, "events-%d-%d.jsonl" % (os.getpid(), number))
            try:
                return out_of_the_way(os.open(path, flags, 0o600))
            except FileExistsError:
                continue
            except OSError:
                break
        return -1

    def after_fork(self) -> None:
        """In a forked child: a file of its own, readable without the parent's."""
        inherited = self._fd
        self._begin("fork")
        self.scope.set(None)  # its numbers are those of the parent's file
        self.test = None
        self.process_errors = []
        self.dropped = 0
        if inherited >= 0:
            try:
                os.close(inherited)
            except OSError:
                pass

    # -- writing ------------------------------------------------------------------------------

    def now(self, line: str) -> None:
        """Write a line, after everything that waits; it is durable when this returns."""
        if self._pending or self._draining:
            # what another thread has taken and not yet written may be what this line refers to
            with self._lock:
                self._draining += 1
                try:
                    self._write(self._waiting() + line)
                finally:
                    self._draining = max(0, self._draining - 1)
        else:
            self._write(line)

    def _waiting(self) -> str:
        waiting = self._pending
        lines: List[str] = []
        try:  # what was taken stays in the list when a finalizer has taken the rest meanwhile
            lines.extend(islice(iter(waiting.popleft, None), len(waiting)))
        except IndexError:
            pass
        self.written += len(lines)
        return "".join(lines)

    def _write(self, line: str) -> None:
        self.written += 1
        data = line.encode("utf-8", "backslashreplace")
        try:
            done = os.write(self._fd, data)
            while done < len(data):
                data = data[done:]
                done = os.write(self._fd, data)
        except OSError as error:
            if error.errno == errno.EBADF and self._reopened < _REOPENED:
                self.dropped += line.count("\n")  # they refer to what the old file defines
                self._begin_anew()
            else:
                self.on = False

    def _begin_anew(self) -> None:
        """The app closed every descriptor, as daemons do: go on in a file of its own."""
        self._reopened += 1
        self._begin("fork")
        self.scope.set(None)
        self.test = None
        self.process_errors = []

    def later(self, line: str) -> None:
        """Let a line ride on the next write."""
        self._pending.append(line)
        if len(self._pending) >= _RIDERS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._pending and self.on:
            with self._lock:
                self._draining += 1
                try:
                    lines = self._waiting()
                    if lines:
                        self.written -= 1  # the last of them is counted by the write
                        self._write(lines)
                finally:
                    self._draining = max(0, self._draining - 1)

    def event(self, kind: str, **fields: Any) -> None:
        """Write a rare event at once; fields that are None are left out."""
        if self.on:
            self.now(line_of(kind, fields))

    def rider(self, kind: str, **fields: Any) -> None:
        """Let a rare event ride on the next write."""
        if self.on:
            self.later(line_of(kind, fields))

    # -- numbers and definitions --------------------------------------------------------------

    def number(self) -> int:
        """A number that this process has not used for a scope, session, transaction or error."""
        return self._numbers()

    def at(self) -> int:
        """Microseconds since the file's start."""
        return (perf_counter_ns() - self.started) // 1000

    def statement_number(self) -> int:
        return self._statements()

    def sql(self, text: str) -> Tuple[int, str]:
        """The number and the operation of a statement text, defined on its first use."""
        known = self._sql.get(text)
        if known is None:
            if len(self._sql) >= _DEFINITIONS:
                self._sql.clear()
            number, verb = self._definitions(), operation(text)
            shown = text if self.values == PLAIN else scrub_sql(text, self.digests)
            fields = {"id": number, "db.query.text": shown[:MAX_TEXT], "db.operation.name": verb}
            self.later(line_of("sql", fields))
            known = (number, verb)
            if len(text) <= MAX_TEXT:  # a text that long is rather defined again than kept
                self._sql[text] = known
        return known

    def site(self, frame: Optional[FrameType]) -> int:
        """The number of a frame's line, 0 for none."""
        if frame is None:
            return 0
        code = frame.f_code
        key = (id(code), frame.f_lasti)  # an instruction is cheaper to ask for than its line
        known = self._frames.get(key)
        if known is None:
            if len(self._frames) >= _DEFINITIONS:
                self._frames.clear()
            # the code is held, so that its id stays its own
            known = self._frames[key] = (self.site_number(site_of(frame)), code)
        return known[0]

    def callers(self, frame: FrameType) -> List[int]:
        """The numbers of the app's lines that led to a frame, up to the first library's frame."""
        kind = self.sites.kind
        found: List[int] = []
        back = frame.f_back
        while back is not None and len(found) < MAX_FRAMES and kind(back.f_code.co_filename) == APP:
            found.append(self.site(back))
            back = back.f_back
        return found

    def site_number(self, site: Optional[Site]) -> int:
        """The number of a site that was taken earlier, 0 for none."""
        if site is None:
            return 0
        key = (site.path, site.line, site.function.rpartition(".")[2])
        known = self._sites.get(key)
        return self._define_site(key, site) if known is None else known

    def _define_site(self, key: Tuple[Any, ...], site: Site) -> int:
        if len(self._sites) >= _DEFINITIONS:
            self._sites.clear()
        number = self._definitions()
        fields = {
            "id": number,
            "code.file.path": self.sites.relative(site.path),
            "code.line.number": site.line,
            "code.function.name": site.function,
        }
        self.later(line_of("site", fields))
        self._sites[key] = number  # after its definition waits: another thread may use it now
        return number

    def load(self, kind: str, entity: str, attribute: Optional[str]) -> int:
        """The number of a kind of load: lazy, deferred, expired, get, refresh or eager."""
        key = (kind, entity, attribute)
        known = self._loads.get(key)
        if known is None:
            if len(self._loads) >= _DEFINITIONS:
                self._loads.clear()
            known = self._definitions()
            fields = {"id": known, "type": kind, "entity": entity, "attribute": attribute}
            self.later(line_of("load", fields))
            self._loads[key] = known
        return known

    def know(self, words: Iterable[str]) -> None:
        """Keep words of the schema and of statements, which messages may show; bounded."""
        if len(self.known_words) < _WORDS:
            self.known_words.update(dict.fromkeys(words))

    def here(self, depth: int = 1) -> int:
        """The number of the app's line that called the hook, 0 where there is none."""
        frame, _ = self.sites.walk(sys._getframe(depth))
        return self.site(frame)

    def frames(self, depth: int = 1, limit: int = MAX_FRAMES) -> List[int]:
        """The app's lines on the stack, innermost first."""
        return self.frames_of(sys._getframe(depth), limit)

    def frames_of(self, frame: Optional[FrameType], limit: int = MAX_FRAMES) -> List[int]:
        """The app's lines from a frame upwards, innermost first."""
        return [self.site_number(site) for site in self.sites.app_frames(frame, limit)]

    def current(self) -> Optional[Scope]:
        """The scope that runs here: one that a task or an event loop kept too long has ended."""
        scope = self.scope.get()
        while scope is not None and scope.ended:
            scope = scope.parent
        return scope or self.test

    def scope_id(self) -> Optional[int]:
        scope = self.current()
        return None if scope is None else scope.id
