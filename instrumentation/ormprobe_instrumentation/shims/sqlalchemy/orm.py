"""SQLAlchemy's ORM: sessions, loads, row facts, mapped schema."""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import detached_sets, markers, places, results, schema, sessions

NAME = "sqlalchemy.orm"
ROLE = "orm"
TRIGGER = "sqlalchemy.orm"

_PARTS = (
    ("markers", markers.install_orm),
    ("sessions", sessions.install),
    ("rows", results.install),
    ("schema", schema.install),
    ("detached_sets", detached_sets.install),
    ("places", places.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
