"""Work on many items in real processes, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from ormprobe.runs.spread import DIED, Processes, spread

ROOT = Path(__file__).parents[3]


def double(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def fragile(number: int) -> str:
    """Kills its process for multiples of seven."""
    if number % 7 == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return str(number)


def fragile_once(item: tuple[int, Path]) -> str:
    number, marks = item
    mark = marks / str(number)
    if number == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return str(number)


def failing(number: int) -> int:
    raise KeyError(number)


def lost(item: object, why: str) -> str:
    return f"{item} lost: {why}"


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_each_item_is_worked_on_once_in_another_process(jobs: int) -> None:
    found = list(spread(double, range(40), lambda item, why: (0, 0), Processes(jobs)))

    assert sorted(result for result, _ in found) == [n * 2 for n in range(40)]
    processes = {process for _, process in found}
    assert os.getpid() not in processes
    assert len(processes) <= jobs or jobs == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_process_that_dies_costs_its_own_item(jobs: int) -> None:
    found = list(spread(fragile, range(1, 30), lost, Processes(jobs)))

    dead = [7, 14, 21, 28]
    expected = [str(n) for n in range(1, 30) if n not in dead]
    assert sorted(found) == sorted(expected + [f"{n} lost: {DIED}" for n in dead])


def test_item_whose_process_was_killed_once_is_tried_again(tmp_path: Path) -> None:
    items = [(number, tmp_path) for number in range(12)]

    found = list(spread(fragile_once, items, lost, Processes(2)))

    assert sorted(found, key=int) == [str(number) for number in range(12)]


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(KeyError):
        list(spread(failing, range(3), lambda item, why: 0, Processes(2)))


def test_items_are_handed_out_as_they_are_needed() -> None:
    """However many there are, only a few are under way; and ending early says nothing."""
    taken: list[int] = []

    class Counted(list[int]):
        def __iter__(self) -> Iterator[int]:
            for item in super().__iter__():
                taken.append(item)
                yield item

    results = spread(slow, Counted(range(500)), lambda item, why: 0, Processes(2))
    with closing(results), warnings.catch_warnings():
        warnings.simplefilter("error")
        for count, _ in enumerate(results, 1):
            assert len(taken) <= count + 5
            if count == 10:
                break


ENDLESS = """
import sys, time
from ormprobe.runs.spread import Processes, spread
from tests.ormprobe.runs.test_spread import slow
for each in spread(slow, range(1000), lambda item, why: 0, Processes(2)):
    print(each, flush=True)
"""


def slow(number: int) -> int:
    time.sleep(0.2)
    return os.getpid()


def test_processes_end_when_the_command_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
    ) as command:
        assert command.stdout is not None
        workers = {int(command.stdout.readline()) for _ in range(6)}
        command.kill()

    until = time.monotonic() + 15
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
