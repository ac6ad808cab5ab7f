"""psycopg_pool: who took a connection and gave it back, and who held all when none was left."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .pools import Pools
from .psycopg import Psycopg
from .raw import Driver

NAME = "psycopg_pool"
ROLE = "driver"
TRIGGER = "psycopg_pool"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules[TRIGGER]
    psycopg: Any = sys.modules["psycopg"]
    probe = Psycopg(Driver(recorder, switch, NAME, "postgresql"), psycopg.Error)
    Pools(probe.drivers, probe.asked, probe.state).install_psycopg(hooks, module)
