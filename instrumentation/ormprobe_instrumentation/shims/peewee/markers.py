"""Functions of Peewee that, met on the stack, say what it is doing.

A name that a version lacks is left out.
"""

from __future__ import annotations

import sys
from typing import Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

# marker, module, "Class.function" or "function"
_MARKERS: Tuple[Tuple[str, str, str], ...] = (
    ("lazy", "peewee", "ForeignKeyAccessor.get_rel_instance"),
    ("get", "peewee", "Model.get"),
    ("get", "peewee", "BaseModelSelect.get"),
    ("get", "peewee", "ModelRaw.get"),
    ("asked", "peewee", "SelectBase.count"),
    ("asked", "peewee", "SelectBase.exists"),
    ("eager", "peewee", "prefetch"),
    ("eager", "peewee", "_load_related"),
    ("exit", "peewee", "Database.__exit__"),
    ("exit", "peewee", "_transaction.__exit__"),
    ("exit", "peewee", "_savepoint.__exit__"),
    ("exit", "peewee", "ConnectionContext.__exit__"),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    mark(recorder, _MARKERS)


def mark(recorder: Recorder, table: Tuple[Tuple[str, str, str], ...]) -> None:
    """Recognise the functions of a table that this version has."""
    for marker, module_name, dotted in table:
        found: object = sys.modules.get(module_name)  # then a class, then its function
        for part in dotted.split("."):
            found = None if found is None else vars(found).get(part)
        if found is not None:
            recorder.sites.mark(getattr(found, "__func__", found), marker)
