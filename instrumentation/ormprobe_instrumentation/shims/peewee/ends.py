"""The end of a transaction: one record, with the writes that it settled and who ended it."""

from __future__ import annotations

from typing import Any, Optional

from ...recorder import Recorder

_FRAMES = 8

_LINE = (
    '{"kind":"transaction","id":%d,"at":%d,"scope":%s,"connection":%d,"end":"%s","by":"%s",'
    '"statements":%d,"began":%d,"writes":%s%s}\n'
)


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
    site, more = 0, ""
    if transaction.writes:
        site = recorder.site(frame)
        if site:
            stack = recorder.sites.app_stack(frame, _FRAMES)
            frames = [recorder.site(found) for found in stack] or [site]
            more = ',"site":%d,"frames":%s' % (site, frames)
        if transaction.more:
            more += ',"more":%d' % transaction.more
        if raised:
            more += ',"raised":true'
    line = _LINE % (
        transaction.id,
        recorder.at(),
        "null" if scope is None else scope.id,
        transaction.connection,
        how,
        by,
        transaction.statements,
        transaction.began,
        transaction.writes,
        more,
    )
    if transaction.writes:
        recorder.now(line)
    else:
        recorder.later(line)
    return site
