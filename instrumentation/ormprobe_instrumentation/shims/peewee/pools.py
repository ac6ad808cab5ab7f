"""Peewee's pools: who holds the connections when none is left.

What they hand out and take back is seen where databases open and close their connections.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

from ...errors import note
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .links import Link, links, made_at

NAME = "playhouse.pool"
ROLE = "orm"
TRIGGER = "playhouse.pool"

_HELD = 32


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    pool: Any = sys.modules[TRIGGER]
    exhausted = pool.MaxConnectionsExceeded

    def make(original: Any) -> Any:
        def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                if isinstance(error, exhausted) and switch.on and recorder.on:
                    try:
                        note(recorder, error, held=held_of(self), engine_site=made_at(self))
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise

        return connect

    hooks.wrap(pool.PooledDatabase, "connect", make)


def held_of(database: Any) -> Optional[List[Dict[str, Any]]]:
    """The connections of a database that are out, with what used each last."""
    found = [link for link in list(links.values()) if link.out and link.database() is database]
    return [_held(link) for link in found[:_HELD]] or None


def _held(link: Link) -> Dict[str, Any]:
    fields: Dict[str, Any] = {"connection": link.number, "at": link.used}
    if link.site:
        fields["site"] = link.site
    if link.scope is not None:
        fields["scope"] = link.scope.id
        fields["ended"] = link.scope.ended
    return fields
