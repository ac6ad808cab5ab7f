"""A bare log, judged: its tracebacks, and the requests that its access lines tell of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ormprobe.document import Constraints, DatabaseConstraint, OrmConstraint, Report
from ormprobe.logs.model import Access, Item, LogCounts
from ormprobe.runs.guessing import guess
from ormprobe.runs.model import Request
from ormprobe.source import Source
from ormprobe.triage.hints import is_listening, starts_of, warnings_of
from ormprobe.triage.items import Log, kept
from ormprobe.triage.judged import Reader, judge_requests
from ormprobe.triage.options import Options
from ormprobe.triage.places import Places
from ormprobe.triage.reporting import info_of, report_of
from ormprobe.triage.scrubbing import scrubber
from ormprobe_taxonomy.finished import Fault, Finished
from ormprobe_taxonomy.finished import Request as Seen


def triage_log(stream: BinaryIO, name: str, options: Options) -> Report:
    """Why the run that wrote a log failed. name: of the log, as evidence names it."""
    from ormprobe.logs.reading import read_log

    counts = LogCounts()
    return judged_log(kept(read_log(stream, counts), counts, name), name, options)


def judged_log(log: Log, name: str, options: Options) -> Report:
    """The report of a log that was read."""
    requests = requests_of(log.items, name)

    def complete(
        seen: tuple[Seen, ...], faults: tuple[Fault, ...], explained: frozenset[int]
    ) -> Finished:
        return Finished(
            requests=seen,
            faults=faults,
            explained=explained,
            answered=True if requests else None,
            listening=is_listening(log.items),
            starts=tuple(starts_of(log.items, name)),
            warnings=tuple(warnings_of(log.items, name)),
        )

    reader = Reader(
        places=Places(),
        scrub=scrubber(options.values),
        source=Source(Path.cwd()),
        aligned=False,
        orm=options.expected.orm,
        ignored=options.ignored,
    )
    judged = judge_requests(requests, log.items, name, reader, complete)
    constraints = Constraints(
        orm=OrmConstraint(declared=options.expected.orm),
        database=DatabaseConstraint(declared=options.expected.database),
    )
    info = info_of(None, log.notes, len(requests), len(judged.told))
    return report_of(judged, info, constraints, (), bool(log.items))


def requests_of(items: Sequence[Item], file: str) -> tuple[Request, ...]:
    """The requests of access lines. A log cannot tell what was wanted: only a 5xx is a failure."""
    found: list[Request] = []
    for item in items:
        if isinstance(item, Access):
            name = f"{item.method} {item.path.partition('?')[0]}"
            found.append(
                Request(
                    position=len(found),
                    file=file,
                    line=item.line,
                    name=name,
                    method=item.method,
                    path=item.path,
                    status=item.status,
                    failed=int(item.status is not None and item.status >= 500),
                    expected=guess(name, item.method, item.path),
                )
            )
    return tuple(found)
