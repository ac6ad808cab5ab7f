"""Errors of the database as Django wraps them, with the driver's own beneath."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import watch
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .about import about

NAME = "django.db_errors"
ROLE = "orm"
TRIGGER = "django.db.utils"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules[TRIGGER]
    watch(recorder, hooks, switch, module.Error, lambda error, frame: about(recorder, error, frame))
