"""What a model was given by names that it does not have, and that no statement will write."""

from __future__ import annotations

import sys
from typing import Any, Dict

from ..lines import Raw
from ..recorder import Recorder


def record(recorder: Recorder, instance: Any, given: Dict[str, Any], known: Any) -> None:
    """Record the values given by other names than those known. Private names are the app's own."""
    kind: Any = instance.__class__
    values = {
        str(name): value
        for name, value in given.items()
        if name not in known and not name.startswith("_") and not hasattr(kind, name)
    }
    if not values:
        return
    shape, _ = recorder.digests.shape(values)
    recorder.rider(
        "unmapped",
        at=recorder.at(),
        scope=recorder.scope_id(),
        entity=kind.__name__,
        values=Raw(shape),
        site=recorder.site(recorder.sites.walk(sys._getframe(2))[0]) or None,
    )
