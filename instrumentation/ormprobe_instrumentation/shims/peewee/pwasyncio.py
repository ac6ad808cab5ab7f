"""Peewee's asyncio: the same facts, seen on both sides of its greenlet bridge.

Peewee itself runs in a greenlet, where its statements and transactions are seen as ever; what the
app awaits of a database or a transaction directly is seen in the app's own task.
"""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import bridge_errors, bridge_pools, bridge_statements, bridge_transactions

NAME = "playhouse.pwasyncio"
ROLE = "orm"
TRIGGER = "playhouse.pwasyncio"

_PARTS = (
    ("statements", bridge_statements.install),
    ("transactions", bridge_transactions.install),
    ("pools", bridge_pools.install),
    ("errors", bridge_errors.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
