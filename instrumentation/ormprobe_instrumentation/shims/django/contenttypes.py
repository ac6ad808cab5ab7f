"""Generic foreign keys and relations of Django's content types."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .markers import GENERIC, TYPES, mark
from .relations import wrap_factory

NAME = "django.contenttypes"
ROLE = "orm"
TRIGGER = "django.contrib.contenttypes.fields"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    mark(recorder, GENERIC)
    mark(recorder, TYPES)
    name = "create_generic_related_manager"
    wrap_factory(hooks, switch, sys.modules[TRIGGER], name, _named)


def _named(superclass: Any, rel: Any) -> str:
    return str(rel.field.name)
