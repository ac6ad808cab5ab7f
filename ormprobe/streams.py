"""Standard streams that are closed, or take no more."""

import contextlib
import os
import sys
from collections.abc import Generator

from ormprobe.errors import OrmprobeError


def open_closed() -> None:
    """A caller may have closed our standard streams; what we say then goes nowhere."""
    # A type checker knows them as never None, which only holds where nobody has closed them.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


@contextlib.contextmanager
def told() -> Generator[None, None, None]:
    """Flush standard output afterwards. Raises OrmprobeError where it takes no more."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough
    except OSError as error:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)  # or it is tried again at our exit
        raise OrmprobeError(f"cannot write to standard output: {error.strerror}") from None
