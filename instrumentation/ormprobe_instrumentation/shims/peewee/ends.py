"""The end of a transaction: one record, with the writes that it settled and who ended it."""

from __future__ import annotations

from typing import Any, Optional

from ...recorder import Recorder

_FRAMES = 8


def write_end(
    recorder: Recorder,
    transaction: Any,
    how: str,
    by: str,
    frame: Optional[Any] = None,
    raised: bool = False,
) -> int:
    """Record an end: at once when it settled writes, else riding on the next event. Its site.

    frame: the app's. raised: the app asked for a rollback while an exception was on its way.
    """
    if not transaction.statements:
        return 0
    scope = recorder.current()
    fields = {
        "id": transaction.id,
        "at": recorder.at(),
        "scope": None if scope is None else scope.id,
        "connection": transaction.connection,
        "end": how,
        "by": by,
        "statements": transaction.statements,
        "began": transaction.began,
        "writes": transaction.writes,
        "more": transaction.more or None,
    }
    if not transaction.writes:
        recorder.rider("transaction", **fields)
        return 0
    site = recorder.site(frame)
    if site:
        fields["site"] = site
        fields["frames"] = recorder.frames_of(frame, _FRAMES) or [site]
    if raised:
        fields["raised"] = True
    recorder.event("transaction", **fields)
    return site
