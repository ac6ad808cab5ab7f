"""SQLAlchemy's asyncio extension: whose line ends a session, connection or transaction."""

from __future__ import annotations

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from . import endings

NAME = "sqlalchemy.ext_asyncio"
ROLE = "orm"
TRIGGER = "sqlalchemy.ext.asyncio"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Install the part under a switch of its own."""
    switch.install_part("endings", endings.install, hooks, recorder)
