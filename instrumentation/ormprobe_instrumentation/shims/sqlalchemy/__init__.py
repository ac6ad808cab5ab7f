"""SQLAlchemy 1.4, 2.0 and 2.1: engine, pool and statements, through its own events.

What the ORM does above them is in `orm`, which is offered when `sqlalchemy.orm` is imported.
"""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import (
    checkouts,
    composed,
    core_results,
    engines,
    errors,
    markers,
    statements,
    transactions,
    unexecuted,
)

NAME = "sqlalchemy"
ROLE = "orm"
TRIGGER = "sqlalchemy"

_PARTS = (
    ("markers", markers.install_core),
    ("engines", engines.install),
    ("statements", statements.install),
    ("transactions", transactions.install),
    ("checkouts", checkouts.install),
    ("results", core_results.install),
    ("errors", errors.install),
    ("composed", composed.install),  # first: the next wraps what it left for writes
    ("unexecuted", unexecuted.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
