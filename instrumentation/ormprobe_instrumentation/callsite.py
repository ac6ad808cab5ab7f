"""Where in the app's own code a call comes from, and what the ORM was doing on the way.

The walk goes up from a hook through library frames to the first frame of the app. Frames of the
libraries that say what the ORM is doing (a lazy load, a flush, an `__exit__`) are *markers*: they
are recognised while passing, which costs nothing where they are absent and needs no wrapper
around the library's functions.
"""

from __future__ import annotations

import os
from types import CodeType, FrameType
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .loops import running_task
from .stacks import beyond_greenlet, frames_of, stack_from, waiting_for

APP, LIBRARY, STOP = 1, 0, 2

OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LOOPS = (
    os.sep + "asyncio" + os.sep + "events.py",
    os.sep + "asyncio" + os.sep + "base_events.py",
    os.sep + "asyncio" + os.sep + "runners.py",  # what is left of a loop that is written in C
)
_CODES = 50_000
_GENERATOR = 0x20 | 0x200  # flags of generator and asynchronous generator functions
_AWAITERS = 6  # tasks between one that runs and the line of the app that waits for it


class Site(NamedTuple):
    """A line of code: absolute file, line, function (qualified where the interpreter knows it)."""

    path: str
    line: int
    function: str


class CallSites:
    """Classifies frames by their file and walks to the app's own.

    root: the app's folder. Everything under it is the app's, but for folders of installed
    packages and virtual environments.
    """

    def __init__(self, root: str) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self._roots = tuple({self.root, os.path.join(os.path.abspath(root), "")})
        self.kinds: Dict[str, int] = {}
        # by id, for code objects compare equal across files: a kind, or the name of a marker. The
        # code is held, so that its id stays its own
        self._codes: Dict[int, Any] = {}
        self._held: List[CodeType] = []
        self._marked: Dict[int, Tuple[str, CodeType]] = {}

    def mark(self, function: Any, name: str) -> None:
        """Recognise the frames of a library's function under a name while walking."""
        code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
        if code is not None:
            self._codes[id(code)] = name
            self._marked[id(code)] = (name, code)

    def _learn(self, code: CodeType) -> Any:
        """Classify a code object that a walk meets for the first time."""
        if len(self._codes) > _CODES:  # an app that compiles code as it goes
            self._codes = {number: name for number, (name, _) in self._marked.items()}
            self._held = []
        found = self._codes[id(code)] = self.kind(code.co_filename)
        self._held.append(code)
        return found

    def kind(self, path: str) -> int:
        """Whether a file is the app's, a library's, or the event loop's (where a walk stops)."""
        found = self.kinds.get(path)
        if found is None:
            found = self.kinds[path] = self._classify(path)
        return found

    def _classify(self, path: str) -> int:
        if path.startswith("<"):
            return LIBRARY
        if path.endswith(_LOOPS):
            return STOP
        full = path if os.path.isabs(path) else os.path.abspath(path)
        if full is not path and not os.path.isfile(full):
            return LIBRARY  # compiled modules tell the paths of the machine that made them
        if full.startswith(OWN):
            return LIBRARY
        for root in self._roots:
            if full.startswith(root):
                return LIBRARY if is_installed(full[len(root) :]) else APP
        real = os.path.realpath(full)
        if real.startswith(self.root) and not is_installed(real[len(self.root) :]):
            return APP
        return LIBRARY

    def walk(self, frame: Optional[FrameType]) -> Tuple[Optional[FrameType], Any]:
        """The first app frame from `frame` upwards, and the markers passed (innermost first).

        Markers are a list of (name, frame), or None when there were none.
        """
        known = self._codes.get
        passed: Any = None
        inner: Any = None
        while True:
            while frame is not None:
                code = frame.f_code
                found = known(id(code))
                if found is None:
                    found = self._learn(code)
                    known = self._codes.get
                if found:
                    if found == APP:
                        return frame, passed
                    if found == STOP:
                        return None, passed
                    if passed is None:
                        passed = []
                    passed.append((found, frame))
                frame = frame.f_back
            frame, inner = beyond_greenlet(inner)
            if frame is None:
                return None, passed

    def awaiter(self, package: str) -> Optional[FrameType]:
        """The app frame that waits for the running task, where that runs a library's coroutine.

        Such a task is one that the app hands to `gather`, `create_task` or a `TaskGroup`, or one
        that the library makes for the end of a block. package: the library's.
        """
        task: Any = running_task()
        return self.awaiter_of(task) if task is not None and _runs(task, package) else None

    def awaiter_of(self, task: Any) -> Optional[FrameType]:
        """The app frame that waits for a task."""
        for _ in range(_AWAITERS):
            task = waiting_for(task)
            if task is None:
                return None
            found = self.innermost(task)
            if found is not None:
                return found
        return None

    def passed_by(self, stack: List[FrameType]) -> List[FrameType]:
        """App frames that wait for the innermost of a stack's, and are missing on it.

        An exception that is thrown into a task reaches what is awaited through an `__await__`
        without the frame of who awaits it. stack: the app's frames, innermost first.
        """
        task: Any = running_task()
        if task is None:
            return []
        waiting = [f for f in frames_of(task) if self.kind(f.f_code.co_filename) == APP]
        waiting.reverse()
        if not stack:
            return waiting
        return waiting[: waiting.index(stack[0])] if stack[0] in waiting else []

    def innermost(self, task: Any) -> Optional[FrameType]:
        """The innermost app frame of a task that waits."""
        found: Optional[FrameType] = None
        for frame in frames_of(task):
            if self.kind(frame.f_code.co_filename) == APP:
                found = frame
        return found

    def owner(self, frame: Optional[FrameType]) -> Optional[FrameType]:
        """The app frame that a block belongs to: of a context manager's body, who entered it."""
        found, _ = self.walk(frame)
        return self.entered_by(found)

    def entered_by(self, found: Optional[FrameType]) -> Optional[FrameType]:
        """An app frame, or of a context manager's body the frame that entered it."""
        while found is not None and found.f_code.co_flags & _GENERATOR:
            back = found.f_back
            if back is None or not back.f_code.co_filename.endswith("contextlib.py"):
                break
            outer = self._above(back)
            if outer is None:
                break
            found = outer
        return found

    def _above(self, frame: Optional[FrameType]) -> Optional[FrameType]:
        """The first app frame of the same stack."""
        while frame is not None:
            kind = self.kind(frame.f_code.co_filename)
            if kind == APP:
                return frame
            if kind == STOP:
                return None
            frame = frame.f_back
        return None

    def app_frames(self, frame: Optional[FrameType], limit: int) -> List[Site]:
        """The app's own lines from `frame` upwards, innermost first; for rare events."""
        return [site_of(found) for found in self.app_stack(frame, limit)]

    def app_stack(self, frame: Optional[FrameType], limit: int) -> List[FrameType]:
        """The app's own frames from `frame` upwards, innermost first; for rare events."""
        found: List[FrameType] = []
        for outer in stack_from(frame):
            kind = self.kind(outer.f_code.co_filename)
            if kind == APP:
                found.append(outer)
            if kind == STOP or len(found) == limit:
                break
        return found

    def traceback_frames(self, traceback: Any, limit: int) -> Tuple[List[Site], Optional[Site]]:
        """The app's frames of a traceback, innermost first, and the frame that raised."""
        found: List[Site] = []
        raised: Optional[Site] = None
        while traceback is not None:
            frame = traceback.tb_frame
            path = frame.f_code.co_filename
            if not path.startswith(OWN):
                raised = site_of(frame, traceback.tb_lineno)
                if self.kind(path) == APP:
                    found.append(raised)
            traceback = traceback.tb_next
        found.reverse()
        return found[:limit], raised

    def relative(self, path: str) -> str:
        """A path as a trace holds it: relative to the app when it lies under it."""
        full = path if os.path.isabs(path) else os.path.abspath(path)
        for root in self._roots:
            if full.startswith(root):
                return full[len(root) :].replace(os.sep, "/")
        real = os.path.realpath(full)
        if real.startswith(self.root):
            return real[len(self.root) :].replace(os.sep, "/")
        return full


def _runs(task: Any, package: str) -> bool:
    """Whether what a task was made for is a coroutine of a library, or of ours around it."""
    work: Any = task.get_coro()
    code = getattr(work, "cr_code", None) or getattr(work, "gi_code", None)
    path = getattr(code, "co_filename", "")
    if getattr(code, "co_name", "") == "_wrap_awaitable":  # asyncio's, around what is no coroutine
        frame = getattr(work, "cr_frame", None) or getattr(work, "gi_frame", None)
        waited = None if frame is None else frame.f_locals.get("awaitable")
        return type(waited).__module__.partition(".")[0] == package
    return path.startswith(OWN) or (os.sep + package + os.sep) in path


def is_installed(relative: str) -> bool:
    """Whether a path below the app's folder belongs to installed packages, not to the app."""
    parts = relative.split(os.sep)
    return any(
        part in ("site-packages", "dist-packages", "node_modules", ".tox", ".nox", ".venv")
        or (part.startswith("python3.") and index and parts[index - 1] == "lib")
        for index, part in enumerate(parts[:-1])
    )


def function_name(code: CodeType) -> str:
    """The qualified name where the interpreter keeps it (3.11 on), else the plain one."""
    name = getattr(code, "co_qualname", code.co_name)
    return str(name).replace("<locals>.", "")


def site_of(frame: FrameType, line: int = 0) -> Site:
    """The line a frame is at, or was at; of a compiled Jinja template the template's own line."""
    code = frame.f_code
    line = line or frame.f_lineno
    template = frame.f_globals.get("__jinja_template__")
    if template is not None and not code.co_filename.endswith(".py"):
        return Site(code.co_filename, template.get_corresponding_lineno(line), "<template>")
    return Site(code.co_filename, line, function_name(code))
