"""Starlette 0.27 to 1.x, and FastAPI over it: a scope for each HTTP request.

The scope is open from the app's entry to its return: middleware, dependencies, the handler, a
streamed body and background tasks all run inside. An app mounted in another one adds nothing but
its part of the route. Websockets and the lifespan are left alone: what happens there is the
process's.
"""

from __future__ import annotations

import sys

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .entry import make_call
from .fates import watch_handlers
from .routes import Routes

NAME = "starlette"
ROLE = "web"
TRIGGER = "starlette.applications"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    app = sys.modules[TRIGGER].Starlette
    hooks.wrap(app, "__call__", make_call(recorder, switch))
    Routes(switch).install(hooks)
    watch_handlers(hooks, recorder, switch)
