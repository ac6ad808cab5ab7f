"""Where the trace's file descriptor lies: out of the way of those that the app opens."""

from __future__ import annotations

import os

_HIGHEST = 4096
_TRIES = 40


def out_of_the_way(descriptor: int) -> int:
    """Move a descriptor to the highest numbers: the app's files get those they get without us.

    A number that the app closes with all others then stays unused, so that no line of ours can
    end up in a file of the app.
    """
    highest = _highest()
    for number in range(highest - 1, max(highest - _TRIES, descriptor), -1):
        try:
            os.fstat(number)
        except OSError:  # free
            try:
                os.dup2(descriptor, number, inheritable=False)
            except OSError:  # more than this process may have
                return descriptor
            os.close(descriptor)
            return number
    return descriptor


def _highest() -> int:
    """The limit of descriptor numbers, within reason: the kernel's table grows up to them."""
    try:
        import resource

        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    except (ImportError, OSError, ValueError):
        return _HIGHEST
    return min(soft, _HIGHEST) if soft > 0 else _HIGHEST
