"""Django's ORM, 4.2 to 6.1: what it loads, which rows came back, which models there are.

What happens below the models is in parts of its own, each offered when its module is imported:
`cursors` (statements), `backends` (connections and transactions), `db_errors` and `exceptions`.
"""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import atomics, composed, markers, relations, rows, unsaved

NAME = "django"
ROLE = "orm"
TRIGGER = "django.db.models"

_PARTS = (
    ("markers", markers.install),
    ("atomics", atomics.install),
    ("relations", relations.install),
    ("unsaved", unsaved.install),
    ("rows", rows.install),
    ("composed", composed.install),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install each part under a switch of its own: one that fails leaves the others at work."""
    for name, part in _PARTS:
        switch.install_part(name, part, hooks, recorder)
