"""Work on many runs at once, in processes here or on a Dask cluster: joblib does it.

Results come as they are ready, in no order. A process that dies costs the items that were under
way, and each of those is tried once more with nothing beside it, so that it can only take itself.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
POLL_S = 1.0
DIED = "its process died with nothing beside it, as when memory runs out or something kills it"


class Place(Protocol):
    """Where work is done.

    workers: for joblib, never 1, which would be in this very process. jobs: how many items are
    worked on at once. deaths: what is raised when a process dies under its work.
    """

    @property
    def workers(self) -> int: ...
    @property
    def jobs(self) -> int: ...
    @property
    def deaths(self) -> tuple[type[BaseException], ...]: ...
    def entered(self) -> AbstractContextManager[object]:
        """Within it, joblib works there."""
        ...


class Processes:
    """Processes on this machine, which end when ours does."""

    deaths: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, jobs: int | None = None) -> None:
        import joblib

        self.jobs: int = jobs or joblib.cpu_count()
        self.workers: int = max(2, self.jobs)

    def entered(self) -> AbstractContextManager[object]:
        import joblib

        context: AbstractContextManager[object] = joblib.parallel_config(
            backend="loky", n_jobs=self.workers, initializer=_begin, initargs=(os.getpid(),)
        )
        return context


def spread(
    work: Callable[[T], R], items: Sequence[T], lost: Callable[[T, str], R], place: Place
) -> Generator[R, None, None]:
    """What `work` makes of each item; where its process dies even with nothing beside it, what
    `lost` makes of it.

    `work` must be importable where it is done and raise nothing; what it raises is raised here.
    """
    with place.entered():
        waiting = items
        while waiting:
            batch = _Batch(work, waiting)
            try:
                yield from batch.results(place)
            except place.deaths:
                if not batch.started:
                    raise  # no process can be had at all
            started = batch.started  # once: joblib may still ask for more while it gives up
            for item in batch.under_way(started):
                yield _alone(work, item, lost, place)
            waiting = waiting[started:]


def _alone(work: Callable[[T], R], item: T, lost: Callable[[T, str], R], place: Place) -> R:
    with suppress(*place.deaths):
        for result in _Batch(work, [item]).results(place):
            return result
    return lost(item, DIED)


class _Batch(Generic[T, R]):
    """Items that are handed out in their order until they end or a process dies."""

    def __init__(self, work: Callable[[T], R], items: Sequence[T]) -> None:
        self._work = work
        self._items = items
        self._done: set[int] = set()
        self.started = 0

    def results(self, place: Place) -> Generator[R, None, None]:
        import joblib

        # Twice as many as are worked on, or a process would wait for us between two items; but
        # one process alone gets them one by one, since joblib would give the next to another.
        ahead = 1 if place.jobs == 1 else 2 * place.jobs
        parallel = joblib.Parallel(
            n_jobs=place.workers,
            return_as="generator_unordered",
            pre_dispatch=ahead,
            batch_size=1,
        )
        results = parallel(self._handed_out(joblib.delayed(_numbered)))
        try:
            for number, result in results:
                self._done.add(number)
                yield result
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of results that nobody will ask for
                results.close()

    def under_way(self, started: int) -> list[T]:
        """Which of the first items that were handed out never came back."""
        return [self._items[n] for n in range(started) if n not in self._done]

    def _handed_out(self, delayed: Callable[..., Any]) -> Iterator[Any]:
        # joblib asks for the next from a thread of its own
        for number, item in enumerate(self._items):
            self.started = number + 1
            yield delayed(self._work, number, item)


def _numbered(work: Callable[[T], R], number: int, item: T) -> tuple[int, R]:
    return number, work(item)


def _begin(parent: int) -> None:
    """Prepares a process: Ctrl-C is its parent's to handle, and it must not outlive that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os._exit(1)
