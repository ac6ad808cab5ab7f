"""What a log, a patch and a trajectory say of a run beside its exceptions and requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ormprobe.logs.model import Access, Item, Notice, NoticeKind, Traceback
from ormprobe.runs.model import Patch, Trajectory
from ormprobe_taxonomy.finished import Hint

_STARTS = {
    NoticeKind.NO_COMMAND: "what was to be run was not found",
    NoticeKind.NO_MODULE: "a module or file that it loads was not found",
    NoticeKind.BAD_SYNTAX: "its source is not code",
    NoticeKind.ADDRESS_IN_USE: "its address was in use",
    NoticeKind.INSTALL_FAILED: "what it needs could not be installed",
    NoticeKind.DATABASE_REFUSED: "its database refused the connection",
}
_DATA_LAYER = re.compile(
    r"non-checked-in connection|pooled connections|coroutine '[^']*(?:session|connection|cursor|"
    r"execute|commit|flush|fetch|query|scalar|acquire|save|get_or)", re.IGNORECASE
)  # fmt: skip
_DRIVERS = re.compile(
    r"\b(?:sqlite3?|aiosqlite|better-sqlite3|sql\.js|psycopg2?|asyncpg|pg|postgres(?:ql)?|mysql2?|"
    r"mariadb|pymysql|sqlalchemy|sqlmodel|django|peewee|tortoise|sequelize|knex|prisma|typeorm|"
    r"drizzle-orm|mongoose|mongodb|redis|tinydb|pony|databases|SQLAlchemy)\b", re.IGNORECASE
)  # fmt: skip
_MANIFEST = re.compile(r'"dependencies"\s*:\s*\{([^}]*)\}|^#?\s*requirements', re.MULTILINE)


def starts_of(items: Iterable[Item], file: str) -> Iterator[Hint]:
    """Lines that say why a program did not start, and exceptions before it served anything."""
    for item in items:
        if isinstance(item, Access):
            return
        if isinstance(item, Traceback):
            says = f"{item.chain[0].type} was raised before anything was served"
            yield Hint(kind="raised", says=says, events=(f"{file}:{item.first}",))
        if isinstance(item, Notice) and item.kind in _STARTS:
            yield Hint(
                kind=item.kind.value, says=_STARTS[item.kind], events=(f"{file}:{item.line}",)
            )


def warnings_of(items: Iterable[Item], file: str) -> Iterator[Hint]:
    """Warnings of the data layer: connections that are never returned, calls never awaited."""
    seen: set[str] = set()
    for item in items:
        if not isinstance(item, Notice) or not _DATA_LAYER.search(item.text):
            continue
        pool = "connection" in item.text and "checked" in item.text
        says = (
            "a connection was never given back, and the garbage collector found it"
            if pool
            else "a call of the data layer was never awaited"
        )
        if says not in seen:
            seen.add(says)
            yield Hint(kind=item.kind.value, says=says, events=(f"{file}:{item.line}",))


def is_listening(items: Iterable[Item]) -> bool:
    return any(isinstance(i, Notice) and i.kind is NoticeKind.LISTENING for i in items)


def uses_database(
    declared: str | None, patch: Patch | None, trajectory: Trajectory | None, logged: bool
) -> bool | None:
    """Whether a program has a driver or ORM at all; None where nothing tells.

    declared: the task names a database. logged: the log speaks of one. A manifest that is shown
    whole, in the patch or by the agent, and that names none, says no.
    """
    if declared or logged:
        return True
    if patch is not None and (patch.imports or patch.requires):
        return any(_DRIVERS.search(name) for name in patch.imports | patch.requires)
    if trajectory is None:
        return None
    texts = [turn.text for turn in trajectory.last]
    if any(_DRIVERS.search(text) for text in texts):
        return None
    return False if any(_MANIFEST.search(text) for text in texts) else None
