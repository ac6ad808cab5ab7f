"""The requests of a run, from whichever report its folder holds, each with what is expected."""

from __future__ import annotations

from ormprobe.errors import UnreadableError
from ormprobe.runs.files import SUMMARY
from ormprobe.runs.matching import match
from ormprobe.runs.model import Request, RunFiles
from ormprobe.runs.newman import read_newman
from ormprobe.runs.suite import Suite, conduit
from ormprobe.runs.summary import read_summary


def requests_of(
    files: RunFiles, suite: Suite | None = None, notes: list[str] | None = None
) -> tuple[Request, ...]:
    """The requests of the newest report that can be read, in their order; none where there is none.

    suite: the paper's where none is given. notes: gets a sentence for what could not be read.
    """
    said = notes if notes is not None else []
    described = suite or conduit()
    for path in reversed(files.newman):
        try:
            if path.name == SUMMARY:
                return read_summary(path, described, said)
            found = read_newman(path, said)
        except UnreadableError as error:
            said.append(str(error))
            continue
        if found:
            return match(found, described)
        said.append(f"{path.name} tells of no request")
    return ()
