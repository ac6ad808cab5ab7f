"""A finished run as the placing rules see it: which requests failed, how, and after which.

Nothing here names a suite, a route or a table: requests have roles, resources are compared for
equality only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ormprobe_taxonomy.signals import Place


class Role(StrEnum):
    """What a request of a suite is for. Rules see roles, never names."""

    REGISTER = "register"
    LOG_IN = "log-in"
    CURRENT = "current"
    """Who is logged in: its answer rests on the token alone."""
    CREATE = "create"
    LIST = "list"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    RELATE = "relate"
    UNRELATE = "unrelate"
    OTHER = "other"

    @property
    def reads(self) -> bool:
        return self in (Role.CURRENT, Role.LIST, Role.READ)

    @property
    def issues_token(self) -> bool:
        return self in (Role.REGISTER, Role.LOG_IN)


class Shape(StrEnum):
    """How a request failed. The first eight have another status than was wanted: hard failures."""

    UNANSWERED = "unanswered"
    CRASHED = "crashed"
    """5xx."""
    REFUSED = "refused"
    """401 or 403."""
    UNFOUND = "unfound"
    """404 or 410."""
    METHOD = "method"
    """405: the path is known, the method is not."""
    REDIRECTED = "redirected"
    UNBUILT = "unbuilt"
    """501."""
    REJECTED = "rejected"
    """400, 409, 415, 422 and other 4xx."""
    EMPTY = "empty"
    """As many checks failed as fail for a list that is empty."""
    ENVELOPE = "envelope"
    """The wanted status, and every check on the answer failed."""
    PART = "part"
    """The wanted status, and some checks failed."""

    @property
    def is_hard(self) -> bool:
        return self not in (Shape.EMPTY, Shape.ENVELOPE, Shape.PART)


class Kind(StrEnum):
    """Whose an exception is that no exception table reads."""

    AUTH = "auth"
    """A library of tokens, passwords or log-ins raised it."""
    CALLER = "caller"
    """The app's code had no caller where it needs one."""
    FRAMEWORK = "framework"
    """The web framework or its validation raised it, about the app's declarations or a body."""
    UNBUILT = "unbuilt"
    """The app says that it does not do that yet."""
    DATA = "data"
    """A driver or ORM raised it, and no cause is proven; `cause`: what it reads as, if anything."""
    APP = "app"
    """A plain error of the app's own code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request of the run; `root`: of one that failed, the position of the failed request that it
    hangs on, its own where it stands for itself.

    outcome: the id. failed, checks: how many checks failed, of how many; None where not known.
    needs: the resource whose identifier its path holds. absent: none stands there. bodied: it
    sends a body; None where that is not known. told: names of checks that failed.
    errors: keys of exceptions tied to it. events: the
    lines that tell of it.
    """

    position: int
    outcome: str
    name: str
    role: Role = Role.OTHER
    resource: str | None = None
    needs: str | None = None
    filtered: bool = False
    authenticated: bool = False
    status: int | None = None
    shape: Shape | None = None
    failed: int = 0
    checks: int | None = None
    root: int | None = None
    absent: bool = False
    bodied: bool | None = None
    told: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def is_source(self) -> bool:
        return self.shape is not None and self.root == self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An exception that no exception table reads. `positions`: of the requests it is tied to."""

    key: str
    kind: Kind
    type: str
    message: str
    place: Place | None
    cause: str | None = None
    positions: tuple[int, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        where = f" at {self.place}" if self.place else ""
        text = " ".join(self.message.split())[:160]
        return f"{self.type} was raised{where}{': ' if text else ''}{text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A line of a log, an answer about a patch, or the end of a trajectory, in one sentence."""

    kind: str
    says: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What is known of a finished run.

    requests: in their order. explained: positions of failed requests that a cause explains already.
    answered: whether any request had an answer; None where no requests are known. listening: a
    server said that it accepts connections. starts: what a log says against a start. warnings: what
    a log says of the data layer without an exception. database, framework: what the task asks for.
    uses_database: whether the program has a driver or ORM at all, None where that is not known.
    turns: of the agent, None where its trajectory is not there. repeats, submitted, limit: as the
    trajectory has them. files: that its patch adds or changes, None without a patch. violations:
    demands of the task that the patch or the trace breaks.
    """

    requests: tuple[Request, ...] = ()
    faults: tuple[Fault, ...] = ()
    explained: frozenset[int] = frozenset()
    answered: bool | None = None
    listening: bool = False
    starts: tuple[Hint, ...] = ()
    warnings: tuple[Hint, ...] = ()
    database: str | None = None
    framework: str | None = None
    uses_database: bool | None = None
    turns: int | None = None
    repeats: int = 0
    submitted: bool | None = None
    limit: bool = False
    files: int | None = None
    violations: tuple[Hint, ...] = ()

    def failed(self) -> tuple[Request, ...]:
        return tuple(each for each in self.requests if each.shape is not None)

    def sources(self) -> tuple[Request, ...]:
        """Failed requests that hang on no earlier one and that no cause explains."""
        return tuple(
            each for each in self.requests if each.is_source and each.position not in self.explained
        )

    def passed(self) -> Iterator[Request]:
        return (each for each in self.requests if each.shape is None)

    def with_effects(self, sources: tuple[Request, ...]) -> tuple[int, ...]:
        """Positions of requests, and of those that hang on them."""
        roots = {each.position for each in sources}
        return tuple(each.position for each in self.failed() if each.root in roots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact, as a signal has it: what kind it is, a sentence, and the lines that show it."""

    signal: str
    says: str
    events: tuple[str, ...] = ()
