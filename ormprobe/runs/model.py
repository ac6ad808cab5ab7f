"""A benchmark run as it lies in its folder: its key, its requests, its constraints, its patch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKey:
    """Which run it is: the last seven parts of its path, None where the path has fewer."""

    runtime: str | None = None
    agent: str | None = None
    model: str | None = None
    task: str | None = None
    date: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a task's name demands; None where it leaves a thing open.

    level: how many structural constraints it names, 0 to 3 (architecture, database, ORM).
    """

    framework: str | None = None
    runtime: str | None = None
    architecture: str | None = None
    database: str | None = None
    orm: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The parts of a run folder, None or empty where they are missing. `trace`: our own."""

    folder: Path
    server_log: Path | None = None
    setup_log: Path | None = None
    newman: tuple[Path, ...] = ()
    patch: Path | None = None
    trajectory: Path | None = None
    trace: Path | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a suite's description says of one request: its role and what its checks are about.

    resource: a word for what it is about, the same for all requests about it. filtered: it asks
    for a part of a list. authenticated: it sends a token. assertions: how many checks it has;
    on_empty, on_error: how many of them fail for an empty list, and for an answer that is not
    wanted at all; None where that is not known. needs: the resource whose identifier stands in
    its path. path: its shape, `/articles/{article}`, below the server's prefix. gives: the resource
    that exists after it and that later requests need. gives_token: its answer brings the token
    that later requests send.
    """

    name: str
    role: Role
    resource: str | None = None
    filtered: bool = False
    authenticated: bool = False
    assertions: int | None = None
    on_empty: int | None = None
    on_error: int | None = None
    needs: str | None = None
    path: str | None = None
    gives: str | None = None
    gives_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that a suite made, in its order. `line`: of the file that tells of it.

    failed: how many of its checks failed. executed: how many were run, failed ones with them.
    status: None where there was no answer, or where a passed request's was not written down. path:
    with its query, None where it was not written down. messages: names of failed checks, where
    given.
    """

    position: int
    file: str
    line: int
    name: str
    method: str
    path: str | None = None
    status: int | None = None
    failed: int = 0
    executed: int | None = None
    expected: Expected | None = None
    messages: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.failed == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A static verifier's question about a patch, and its answer with the lines that show it.

    question: files, layers, dependencies, database or orm. holds: None where the patch does not
    tell, or nothing is demanded. wants: what the task demands; found: what is there. lines:
    `file:line: text`. disagrees: the run did other than the patch shows.
    """

    question: str
    holds: bool | None
    says: str
    lines: tuple[str, ...] = ()
    wants: str | None = None
    found: tuple[str, ...] = ()
    disagrees: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What an agent's patch shows. `files`: paths that it adds or changes, vendored ones left out.

    imports: packages that its Python or JavaScript imports. requires: packages that its manifests
    ask for. routes: how many it defines. answers: the static verifiers'. cut: it was not read
    whole.
    """

    files: tuple[str, ...] = ()
    added_lines: int = 0
    imports: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    routes: int = 0
    answers: tuple[Answer, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of an agent: who spoke, and the text, cut to a bounded length."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """The end of what an agent did. `turns`: of the whole. repeats: how often the same command was
    run with the same result, at most. submitted: it said that it was done, None where no turn of
    the agent is there. limit_reached: of steps, costs or context. cut: only the end was read."""

    turns: int
    last: tuple[Turn, ...] = ()
    repeats: int = 0
    submitted: bool | None = None
    limit_reached: bool = False
    cut: bool = False
