"""Peewee 3.17 to 4.x: databases, statements, rows, loads, transactions, errors, mapped schema.

Most of what it does is recognised by its frames while the stack is walked; only what no frame tells
is wrapped. Its pools and its asyncio bridge are shims of their own, which are offered when
`playhouse.pool` and `playhouse.pwasyncio` are imported.
"""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import (
    attributes,
    composed,
    connections,
    errors,
    loads,
    markers,
    results,
    statements,
    transactions,
    unexecuted,
    unsaved,
)

NAME = "peewee"
ROLE = "orm"
TRIGGER = "peewee"

_PARTS = (
    ("markers", markers.install),
    ("connections", connections.install),
    ("statements", statements.install),
    ("unsaved", unsaved.install),
    ("results", results.install),
    ("loads", loads.install),
    ("transactions", transactions.install),
    ("errors", errors.install),
    ("attributes", attributes.install),
    ("composed", composed.install),  # before what overrides the same methods of subclasses
    ("unexecuted", unexecuted.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
