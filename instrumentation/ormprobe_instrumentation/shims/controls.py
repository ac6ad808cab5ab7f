"""SQL that begins, ends or divides a transaction, and SQL that writes."""

from __future__ import annotations

import re
from typing import Optional

WRITES = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"))

BEGINS = frozenset(("BEGIN", "START"))
COMMITS = frozenset(("COMMIT", "END"))
ROLLBACKS = frozenset(("ROLLBACK", "ABORT"))
POINTS = {"SAVEPOINT": "begin", "RELEASE": "release", "ROLLBACK": "rollback"}
CONTROLS = BEGINS | COMMITS | ROLLBACKS | frozenset(POINTS)

_POINT = re.compile(
    r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK)(?:\s+(?:WORK|TRANSACTION))?(?:\s+TO)?(?:\s+SAVEPOINT)?"
    r"\s+[\"`\[]?([\w.$-]+)",
    re.IGNORECASE,
)
_PARTIAL = re.compile(r"\s*ROLLBACK(?:\s+(?:WORK|TRANSACTION))?\s+TO\b", re.IGNORECASE)


def is_of_point(verb: str, text: str) -> bool:
    """Whether a statement is about a savepoint; verb: its first keyword."""
    return verb in POINTS and (verb != "ROLLBACK" or _PARTIAL.match(text) is not None)


def point_of(text: str) -> Optional[str]:
    """The name of the savepoint that a statement is about."""
    found = _POINT.match(text)
    return None if found is None else found.group(1)
