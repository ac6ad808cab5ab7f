"""Operations that met another one, not yet done, on their session or connection."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of
from ormprobe.signals.known import Known
from ormprobe.source.starts import fan_outs
from ormprobe.timeline.model import Error, Scope, Site
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import Overlap

READS = ("errors",)


def detect(scope: Scope, known: Known) -> Iterator[Overlap]:
    for error in scope.all_errors():
        if error.busy is None or cause_of(error) not in SHARED:
            continue
        yield Overlap(
            error=key_of(error),
            others=is_others(error),
            other=known.place(error.busy.site),
            fan_out=_fan_out(known, error),
            events=(error.event,),
        )


SHARED = ("concurrent-connection-use", "connection-lifecycle-violation")
"""What an error may read as when its session or connection is shared."""


def is_others(error: Error) -> bool:
    """Whether what was going on belonged to another task or request."""
    busy = error.busy
    if busy is None:
        return False
    if busy.task is not None and error.task is not None and busy.task != error.task:
        return True
    return busy.scope is not None and error.scope is not None and busy.scope != error.scope


def _fan_out(known: Known, error: Error) -> Place | None:
    """The one line of the app that starts both tasks, where the source shows one."""
    for function in _started(error.frames):
        found = fan_outs(known.source, function)
        if len(found) == 1:
            path, line = found[0]
            return Place(path, line, known.source.function_at(path, line))
    return None


def _started(frames: tuple[Site, ...]) -> Iterator[str]:
    """The functions that a task may have been started with, its outermost one first."""
    for frame in reversed(frames):
        yield frame.function.rpartition(".")[2]
