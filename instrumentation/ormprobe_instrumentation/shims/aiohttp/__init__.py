"""aiohttp.web 3.8 to 3.x: a scope for each request that an `Application` handles.

A scope opens when the URL is matched, since its name is the route, before any middleware, and
closes when the response is out: a body that is made while it is sent runs inside.
"""

from __future__ import annotations

import sys

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .clients import Clients
from .wrappers import Wrappers

NAME = "aiohttp"
ROLE = "web"
TRIGGER = "aiohttp.web_app"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    wrappers = Wrappers(recorder, switch, Clients(hooks, recorder, switch))
    app = sys.modules[TRIGGER].Application
    hooks.wrap(app, "_handle", wrappers.handle)
    hooks.wrap(app, "startup", wrappers.startup)
    matched = sys.modules["aiohttp.web_urldispatcher"].UrlMappingMatchInfo
    hooks.wrap(matched, "freeze", wrappers.freeze)
    protocol = sys.modules["aiohttp.web_protocol"].RequestHandler
    hooks.wrap(protocol, "finish_response", wrappers.finish_response)
