"""Tortoise ORM 0.20 to 1.x: its clients, query objects, relations, transactions and errors."""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import (
    composed,
    connections,
    errors,
    keywords,
    misuse,
    queries,
    relations,
    schema,
    statements,
    transactions,
    truth,
    unawaited,
    unsaved,
)

NAME = "tortoise"
ROLE = "orm"
TRIGGER = "tortoise"

_PARTS = (
    ("statements", statements.install),
    ("unsaved", unsaved.install),
    ("queries", queries.install),
    ("relations", relations.install),
    ("transactions", transactions.install),
    ("connections", connections.install),
    ("errors", errors.install),
    ("schema", schema.install),
    ("keywords", keywords.install),
    ("unawaited", unawaited.install),
    ("truth", truth.install),
    ("misuse", misuse.install),
    ("composed", composed.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
