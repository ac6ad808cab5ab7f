"""Which frames of a printed traceback are the app's own, and how its files are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from ormprobe.logs.model import Frame, Thrown
from ormprobe_taxonomy.signals import Place

_FOREIGN = re.compile(
    r"[/\\](?:site-packages|dist-packages|node_modules|\.venv|venv)[/\\]|[/\\]lib[/\\]python\d"
    r"|[/\\]Lib[/\\](?!site)|\.zip[/\\]|^<|^node:|^internal/|^native|[/\\]bin[/\\][^/\\]+$"
)
_PACKAGE = re.compile(
    r"[/\\](?:site-packages|dist-packages|node_modules)[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)"
)
_NAMED = re.compile(r'^\s+File "([^"]+)", line (\d{1,7}), in (\w+)\s*$', re.MULTILINE)
_DATA_LAYER = re.compile(
    r"repositor|(?:^|[/_.])(?:dao|daos|db|database|models?|entit(?:y|ies)|orm|persistence|"
    r"queries|crud|storage)(?:[/_.]|$)"
)
_ACCESS = re.compile(
    r"\.(?:execute|executemany|fetch(?:one|all|val|row|many)?|scalars?|query|objects|filter|"
    r"filter_by|select|commit|flush|add|get_or_none|get_or_create|prefetch_related|join)\b"
    r"|\b(?:session|cursor|conn|connection|db|pool)\b"
)


def is_foreign(frame: Frame) -> bool:
    """Whether a frame belongs to a library or to the interpreter."""
    return _FOREIGN.search(frame.path) is not None


def package_of(frame: Frame) -> str | None:
    """The library that a frame belongs to: the last package folder in its path."""
    found = _PACKAGE.findall(frame.path)
    return str(found[-1]).removesuffix(".py") if found else None


def own_frame(chain: Sequence[Thrown]) -> Frame | None:
    """The app's innermost frame: of the deepest exception whose traceback shows one.

    Where none does, the endpoint that FastAPI names in its messages.
    """
    for thrown in reversed(chain):
        for frame in reversed(thrown.frames):
            if not is_foreign(frame):
                return frame
    named = _NAMED.search(chain[0].message)
    return Frame(named[1], int(named[2]), named[3]) if named is not None else None


def raised_by(chain: Sequence[Thrown]) -> str | None:
    """The library in whose code the surfaced exception was raised, None where it was the app's."""
    frames = chain[0].frames
    return package_of(frames[-1]) if frames and is_foreign(frames[-1]) else None


def is_data_access(frame: Frame) -> str | None:
    """How a frame is known to be data access: by its line of code, or by the name of its file."""
    if frame.code is not None and _ACCESS.search(frame.code):
        return "near"
    return "near" if _DATA_LAYER.search(frame.path.lower()) else None


class Places:
    """Turns frames into places. files: the app's, where a patch tells; else paths stay whole."""

    def __init__(self, files: Iterable[str] = ()) -> None:
        self._files = {PurePosixPath(file).parts: file for file in files}

    def place(self, frame: Frame | None) -> Place | None:
        if frame is None:
            return None
        return Place(self.file(frame.path), frame.line, frame.function)

    def file(self, path: str) -> str:
        """A path relative to the app: the longest end of it that is a file of the app."""
        parts = PurePosixPath(path.removeprefix("file://").replace("\\", "/")).parts
        for start in range(len(parts)):
            found = self._files.get(parts[start:])
            if found is not None:
                return found
        return path
