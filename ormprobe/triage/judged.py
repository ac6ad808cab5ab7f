"""Everything that was read of a finished run, judged: causes first, then categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ormprobe.document import Label, Outcome, OutcomeKind, OutcomeStatus
from ormprobe.ignoring import NOTHING_IGNORED, Ignored
from ormprobe.judging import Judge, Labelled
from ormprobe.logs.model import Access, Item, Traceback
from ormprobe.runs.model import Request
from ormprobe.source import Source
from ormprobe.triage.aligning import aligned
from ormprobe.triage.cascades import seen_of
from ormprobe.triage.deciding import Weighed, placements_of, weigh
from ormprobe.triage.places import Places
from ormprobe.triage.scrubbing import Scrub
from ormprobe.triage.thrown import Told, signals_of, told_of
from ormprobe.triage.tying import Tie, accesses_of, ties_of
from ormprobe.verdict import labels_of
from ormprobe_taxonomy.finished import Fault, Finished, Kind
from ormprobe_taxonomy.finished import Request as Seen
from ormprobe_taxonomy.signals import Case, Signal
from ormprobe_taxonomy.terms import Link


@dataclass(slots=True)
class Judged:
    """A run with all that was found in it. told: its tracebacks; ties: which ended which request.

    strays: outcomes of the process, for tracebacks that ended it and no request. kept, labels: what
    the rules for causes said. weighed: labels and placements, primary first.
    """

    seen: tuple[Seen, ...]
    told: tuple[Told, ...]
    ties: tuple[Tie, ...]
    judge: Judge
    strays: tuple[Outcome, ...] = ()
    kept: list[Labelled] = field(default_factory=list[Labelled])
    labels: tuple[Label, ...] = ()
    weighed: list[Weighed] = field(default_factory=list[Weighed])


Complete = Callable[[tuple[Seen, ...], tuple[Fault, ...], frozenset[int]], Finished]
"""Adds what a log, a patch and a trajectory say beside exceptions and requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How a run is read.

    scrub: what may be shown. source: the app's, where comments may ask to ignore a finding.
    aligned: the requests are a suite's, and not the log's own. orm: whose fix is told.
    """

    places: Places
    scrub: Scrub
    source: Source
    aligned: bool = True
    orm: str | None = None
    ignored: Ignored = NOTHING_IGNORED


def judge_requests(
    requests: Sequence[Request],
    items: Sequence[Item],
    file: str,
    reader: Reader,
    complete: Complete,
) -> Judged:
    """A suite's requests beside the log of the server that answered them. file: the log's name."""
    told = {
        index: told_of(item, file, index, reader.places)
        for index, item in enumerate(items)
        if isinstance(item, Traceback)
    }
    accesses = accesses_of(items)
    along = aligned(requests, accesses) if reader.aligned else _each_its_own(requests)
    ties = ties_of(requests, items, told, along)
    paths = {position: accesses[number].path for position, number in along.items()}
    surely = _by_position([tie for tie in ties if tie.link is Link.CHAIN])
    keys = {position: tuple(t.told.key for t in found) for position, found in surely.items()}
    seen = seen_of(requests, paths, keys)
    judge = Judge(ignores=lambda finding: reader.ignored.covers(finding, reader.source))
    judged = Judged(seen, tuple(told.values()), tuple(ties), judge)
    _judge_each(judged, _by_position(ties), reader.scrub)
    judged.strays = tuple(_judge_strays(judged, items, reader.scrub))
    judged.kept, judged.labels = labels_of(judge, lambda _: reader.orm)
    explained = _explained(judged)
    run = complete(seen, tuple(_faults(judged, reader, explained)), explained | _ignored(judged))
    judged.weighed = weigh(judged.labels, placements_of(run), run)
    return judged


def _each_its_own(requests: Sequence[Request]) -> dict[int, int]:
    """Requests that were made of access lines, one of each."""
    return {request.position: number for number, request in enumerate(requests)}


def _judge_each(judged: Judged, ties: dict[int, list[Tie]], scrub: Scrub) -> None:
    """Each failed request by its own exceptions, or by those of the one that it hangs on."""
    for each in judged.seen:
        if each.shape is None:
            continue
        own = ties.get(each.position) or ties.get(each.root if each.root is not None else -1, [])
        signals: list[Signal] = [s for tie in own for s in signals_of(tie.told, tie.link, scrub)]
        judged.judge.take(Case(outcome=each.outcome, failing=True, signals=tuple(signals)))


def _judge_strays(judged: Judged, items: Sequence[Item], scrub: Scrub) -> Iterator[Outcome]:
    """Tracebacks that ended the process. One that is printed while requests are served, and that
    ended none of them, was dealt with."""
    tied = {tie.told.key for tie in judged.ties}
    first = next((n for n, i in enumerate(items) if isinstance(i, Access)), len(items))
    seen: set[object] = set()
    for told in judged.told:
        served = told.order > first or any(each.shape is None for each in judged.seen)
        if told.key in tied or served or told.signature in seen:
            continue
        seen.add(told.signature)
        name = f"process:log#{len(seen)}"
        signals = tuple(signals_of(told, Link.CHAIN, scrub))
        judged.judge.take(Case(outcome=name, failing=True, signals=signals))
        yield Outcome(
            id=name,
            kind=OutcomeKind.PROCESS,
            name=told.event,
            status=OutcomeStatus.ERROR,
            role="log",
            message=f"{told.thrown.type} was printed at {told.event}",
        )


def _by_position(ties: Sequence[Tie]) -> dict[int, list[Tie]]:
    found: dict[int, list[Tie]] = {}
    for tie in ties:
        found.setdefault(tie.position, []).append(tie)
    return found


def _explained(judged: Judged) -> frozenset[int]:
    names = {name for label in judged.labels for name in label.explains}
    return frozenset(each.position for each in judged.seen if each.outcome in names)


def _ignored(judged: Judged) -> frozenset[int]:
    """Positions whose exception has a cause that is not to be told: they get no other one."""
    if not judged.judge.ignored:
        return frozenset()
    roots = {tie.position for tie in judged.ties if tie.told.kind is None}
    return frozenset(each.position for each in judged.seen if each.root in roots)


def _faults(judged: Judged, reader: Reader, explained: frozenset[int]) -> list[Fault]:
    """Exceptions that no table reads, or of which no cause is proven; alike ones taken together."""
    found: dict[tuple[object, ...], Fault] = {}
    for told in judged.told:
        positions = tuple(tie.position for tie in judged.ties if tie.told is told)
        kind = told.kind
        if kind is None:
            if not positions or explained.intersection(positions) or judged.judge.ignored:
                continue
            kind = Kind.DATA
        known = found.get(told.signature)
        if known is not None:
            positions = (*known.positions, *positions)
        found[told.signature] = Fault(
            key=told.key if known is None else known.key,
            kind=kind,
            type=told.thrown.type,
            message=reader.scrub(told),
            place=told.place,
            cause=told.reading.cause if told.reading is not None else None,
            positions=tuple(dict.fromkeys(positions)),
            events=(told.event,) if known is None else known.events,
        )
    return list(found.values())
