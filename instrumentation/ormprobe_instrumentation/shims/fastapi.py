"""FastAPI 0.100 to 0.165, over Starlette's shim: routes that it handles itself."""

from __future__ import annotations

import sys

from ..hooks import Hooks
from ..recorder import Recorder
from ..shim import Switch
from .starlette.routes import Routes

NAME = "fastapi"
ROLE = "web"
TRIGGER = "fastapi.applications"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    route = sys.modules["fastapi.routing"].APIRoute
    if "handle" in vars(route):
        hooks.wrap(route, "handle", Routes(switch).route)
