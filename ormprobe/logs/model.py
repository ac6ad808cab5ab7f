"""The items of a log, each with the lines that it stands on.

Line numbers count from 1, in the file as it lies on the disk. A log may be of any size and torn at
either end, so every reader takes lines as they come and keeps a bounded number of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias


class Runtime(StrEnum):
    PYTHON = "python"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its end, its colours and the prefix of a process manager.

    source: that prefix (a container's name, a worker's number), by which lines of several
    processes in one log are told apart; None where there is none.
    """

    number: int
    text: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a traceback. `path` as it was printed; `code` where the source stands below it."""

    path: str
    line: int
    function: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thrown:
    """One exception of a chain, in the words that the exception tables read.

    type: the class without its module. mro: the class and those of its bases that are known.
    message: as printed, of several lines where it had them. code: the ORM's own (of SQLAlchemy's
    link, `xd2s`). status_code: SQLSTATE, SQLite's error name or a server's number, where printed.
    origin: `file:function` of the frame that raised, as traces have it. frames: outermost first.
    relation: how it follows from the exception before it in the chain: cause, context, member or
    orig; None for the first. sql: the statement that was printed with it.
    """

    type: str
    module: str | None = None
    mro: tuple[str, ...] = ()
    message: str = ""
    code: str | None = None
    status_code: str | None = None
    origin: str | None = None
    frames: tuple[Frame, ...] = ()
    relation: str | None = None
    sql: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """An exception with what caused it. `chain`: the one that surfaced first, then its causes.

    first, last: its lines. head: the line that announced it, as a server's "Exception in ASGI
    application". truncated: its beginning is missing. Where the log is torn before the exception's
    line, the type of the first one is empty and its frames tell where it was.
    """

    runtime: Runtime
    first: int
    last: int
    chain: tuple[Thrown, ...]
    head: str | None = None
    truncated: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A request in a server's access log. `path` with its query; `status` None where unknown."""

    line: int
    method: str
    path: str
    status: int | None
    source: str | None = None


class NoticeKind(StrEnum):
    LISTENING = "listening"
    """A server says that it accepts connections."""
    CONNECTED = "connected"
    """A program says that its database is there."""
    ADDRESS_IN_USE = "address-in-use"
    NO_COMMAND = "no-command"
    """A shell did not find what it was to run, or may not run it."""
    NO_MODULE = "no-module"
    """An interpreter or a loader did not find a module, file or script."""
    INSTALL_FAILED = "install-failed"
    """A package manager gave up."""
    BAD_SYNTAX = "bad-syntax"
    """The program's own source is not code."""
    DATABASE_REFUSED = "database-refused"
    """No connection to a database, said without a traceback."""
    EXITED = "exited"
    """A process ended or was ended, as a server, npm or a shell says."""
    NOT_AWAITED = "not-awaited"
    """`coroutine ... was never awaited`."""
    WARNING = "warning"
    """Any other warning of Python or Node."""
    ERROR = "error"
    """A line that speaks of an error, with no traceback below it: `message` as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line that tells something of a run. `category`: of a Python warning, its class."""

    kind: NoticeKind
    line: int
    text: str
    category: str | None = None
    path: str | None = None
    at: int | None = None
    source: str | None = None


Item: TypeAlias = Traceback | Access | Notice


class TestStatus(StrEnum):
    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """It could not be set up, collected or torn down."""
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    """It failed as it was expected to."""
    XPASSED = "xpassed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """A test in the output of its runner, or in a JUnit file.

    name: pytest's node id, unittest's dotted name, or class and name of JUnit. phase: setup, call,
    teardown or collect, where told. message: the failure in one line. first, last: the lines that
    tell most of it. captured: the items of what the test itself wrote.
    """

    __test__: ClassVar[bool] = False

    name: str
    status: TestStatus
    phase: str | None = None
    message: str | None = None
    tracebacks: tuple[Traceback, ...] = ()
    first: int
    last: int
    captured: tuple[Item, ...] = ()


@dataclass(slots=True)
class LogCounts:
    """What was read: lines and bytes, and what had to be left out."""

    lines: int = 0
    bytes: int = 0
    undecodable: int = 0
    cut_lines: int = 0
    binary: bool = False
    runtimes: dict[Runtime, int] = field(default_factory=dict[Runtime, int])


class Parser(Protocol):
    """Reads one form of text, line by line. `end` closes what is still open."""

    def take(self, line: Line, items: list[Item]) -> bool:
        """Whether the line is part of what this reads. `items` gets what it completes."""
        ...

    def end(self, items: list[Item]) -> None: ...
