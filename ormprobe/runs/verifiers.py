"""The static verifiers' questions about a patch: its layers, its database, its ORM.

The paper's verifiers look for words in a patch. Here an answer rests on lines that do something:
an import, a connection, a definition. Where the run was traced, what it did decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ormprobe.document import Constraints
from ormprobe.runs.databases import DRIVERS, ORMS
from ormprobe.runs.evidence import MAX_LINES, Evidence
from ormprobe.runs.layers import LAYERS
from ormprobe.runs.model import Answer, Task

_NAMES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "sqlalchemy": "SQLAlchemy",
    "django": "Django's ORM",
    "peewee": "Peewee",
    "tortoise": "Tortoise",
    "sequelize": "Sequelize",
    "typeorm": "TypeORM",
    "prisma": "Prisma",
    "drizzle": "Drizzle",
}


def answers(evidence: Evidence, task: Task, *, cut: bool = False) -> tuple[Answer, ...]:
    """The answers from a patch. cut: it was not read whole, so that nothing can be missing."""
    files = _files(evidence, cut)
    if not evidence.files:
        return (files,)
    return (
        files,
        _layers(evidence, task, cut),
        _dependencies(evidence, task),
        _database(evidence, task, cut),
        _orm(evidence, task, cut),
    )


def _files(evidence: Evidence, cut: bool) -> Answer:
    count = len(evidence.files)
    says = (
        f"the patch has {count:,} file{'s' if count != 1 else ''}, {evidence.sources:,} of source"
        if count
        else "the patch has no files"
    )
    return Answer(question="files", holds=count > 0 or (None if cut else False), says=says)


def _layers(evidence: Evidence, task: Task, cut: bool) -> Answer:
    found = tuple(layer for layer in LAYERS if layer in evidence.layers.lines)
    missing = [layer for layer in LAYERS if layer not in found]
    holds = None if task.architecture is None or not evidence.sources else not missing
    says = f"{len(found)} of {len(LAYERS)} layers have files of their name"
    if missing:
        says += f", {_listed(missing)} {'has' if len(missing) == 1 else 'have'} none"
        holds = None if cut else holds
    return Answer(
        question="layers",
        holds=holds,
        says=says,
        lines=tuple(evidence.layers.lines[layer][0].split(":1:")[0] for layer in found),
        wants=task.architecture,
        found=found,
    )


def _dependencies(evidence: Evidence, task: Task) -> Answer:
    crossing = [
        one.says for one in evidence.crossings if one.is_relative or evidence.is_local(one.module)
    ]
    holds: bool | None = None
    if task.architecture is not None and (crossing or len(evidence.layers.lines) > 1):
        holds = not crossing
    says = (
        f"{len(crossing)} import{'s go' if len(crossing) > 1 else ' goes'} from a layer to one"
        " that stands further out"
        if crossing
        else "no import of a layer that stands further out was found"
    )
    return Answer(
        question="dependencies",
        holds=holds,
        says=says,
        lines=tuple(crossing[:MAX_LINES]),
        wants=task.architecture,
    )


def _database(evidence: Evidence, task: Task, cut: bool) -> Answer:
    connected = evidence.connections.names
    driven = evidence.drivers.names
    found = connected or driven or _known(evidence.requires, DRIVERS)
    listed = _listed(_name(one) for one in found)
    if connected:
        says = f"{listed} {'is' if len(found) == 1 else 'are'} configured"
    elif driven:
        says = f"the driver of {listed} is imported, and no connection was found"
    elif found:
        says = f"a driver of {listed} is asked for, and imported nowhere"
    else:
        says = "nothing in the patch names a database"
    holds: bool | None = None
    wanted = "mysql" if task.database == "mariadb" else task.database
    if wanted is not None and wanted in found:
        # beside another: which one is used, only a run can tell
        holds = True if connected and len(found) == 1 else None
    elif wanted is not None and evidence.sources:
        holds = None if cut else False
    return Answer(
        question="database",
        holds=holds,
        says=says,
        lines=(*evidence.connections.of(*connected), *evidence.drivers.of(*driven))[:MAX_LINES],
        wants=task.database,
        found=found,
    )


def _orm(evidence: Evidence, task: Task, cut: bool) -> Answer:
    used = evidence.orms_used.names
    imported = evidence.orms_imported.names
    declared = _known(evidence.requires, ORMS)
    found = used or imported
    says = _says_of_orms(used, imported, declared)
    if evidence.raw.lines:
        says += "; a driver is connected by hand too"
    holds: bool | None = None
    wanted = task.orm
    if wanted is not None:
        if wanted in used:
            holds = True if used == (wanted,) and not evidence.raw.lines else None
        elif wanted not in imported and evidence.sources and not cut:
            holds = False
    return Answer(
        question="orm",
        holds=holds,
        says=says,
        lines=(*evidence.orms_used.of(*used), *evidence.orms_imported.of(*imported))[:MAX_LINES]
        or evidence.raw.of("raw"),
        wants=wanted,
        found=found,
    )


def _says_of_orms(
    used: tuple[str, ...], imported: tuple[str, ...], declared: tuple[str, ...]
) -> str:
    if used:
        return f"{_listed(_name(one) for one in used)} {'is' if len(used) == 1 else 'are'} used"
    if imported:
        return f"{_listed(_name(one) for one in imported)} is imported, no use of it was found"
    if declared:
        return f"{_listed(_name(one) for one in declared)} is asked for, and imported nowhere"
    return "no ORM is imported"


def against_trace(answers: Iterable[Answer], constraints: Constraints) -> tuple[Answer, ...]:
    """The answers with what the traced run did, which decides where the two disagree."""
    return tuple(_with_trace(answer, constraints) for answer in answers)


def _with_trace(answer: Answer, constraints: Constraints) -> Answer:
    if answer.question == "orm":
        share = constraints.orm.share_through_orm
        seen = _split(constraints.orm.observed)
        how = f" for {share:.0%} of its statements" if share is not None and share < 1 else ""
        return _compared(answer, seen, f"the run used {{}}{how}", partly=share not in (None, 1.0))
    if answer.question == "database":
        seen = _split(constraints.database.observed)
        return _compared(answer, seen, "the run was connected to {}", partly=False)
    violations = constraints.layers.violations
    if answer.question == "dependencies" and violations is not None:
        holds = not violations
        says = (
            f"in the run {len(violations)} statements left out a layer"
            if violations
            else "no statement of the run left out a layer"
        )
        return _said(answer, holds, says)
    return answer


def _compared(answer: Answer, seen: tuple[str, ...], says: str, *, partly: bool) -> Answer:
    if not seen:
        return answer
    says = says.format(_listed(_name(one) for one in seen))
    if answer.wants is None:
        differs = bool(answer.found) and set(seen) != set(answer.found)
        return replace(answer, says=_both(answer.says, says, differs), disagrees=differs)
    holds = answer.wants in seen and len(seen) == 1 and not partly
    return _said(answer, holds, says)


def _said(answer: Answer, holds: bool, says: str) -> Answer:
    differs = answer.holds is not None and answer.holds is not holds
    return replace(answer, holds=holds, says=_both(answer.says, says, differs), disagrees=differs)


def _both(patch: str, run: str, differs: bool) -> str:
    return f"{run}; {'but by' if differs else 'by'} the patch {patch}"


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (names or "").split(",") if one.strip())


def _known(packages: Iterable[str], table: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted({table[one] for one in packages if one in table}))


def _name(one: str) -> str:
    return _NAMES.get(one, one)


def _listed(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
