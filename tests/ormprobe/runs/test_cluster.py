"""The same work on a real Dask scheduler with two workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ormprobe.errors import OrmprobeError
from ormprobe.runs.cluster import Cluster, ClusterError
from ormprobe.runs.spread import DIED, spread
from tests.ormprobe.runs.test_spread import double, fragile_once, lost
from tests.ormprobe.runs.trees import tree

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, of one thread each."""
    folder = tmp_path_factory.mktemp("dask")
    with started(folder) as address:
        yield address


class started(ExitStack):
    def __init__(self, folder: Path, workers: int = 2) -> None:
        super().__init__()
        self.folder = folder
        self.workers = workers
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> str:  # type: ignore[override]
        super().__enter__()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"tcp://127.0.0.1:{port}"
        self.run("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        for _ in range(self.workers):
            self.run("worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
        wait_for(address, self.workers)
        return address

    def run(self, *words: str) -> None:
        extra = ("--dashboard-address", "127.0.0.1:0") if words[0] == "scheduler" else ()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        log = self.enter_context((self.folder / f"{len(self.processes)}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words, *extra],
            stdout=log,
            stderr=log,
            env=environment,
            cwd=self.folder,
        )
        self.processes.append(process)
        self.callback(end, process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=15)


def wait_for(address: str, workers: int) -> None:
    from distributed import Client

    until = time.monotonic() + 60
    while True:
        try:
            with Client(address, timeout=2, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=30)
                return
        except OSError:
            assert time.monotonic() < until, "the scheduler did not start"
            time.sleep(0.2)


def test_cluster_works_on_each_item_once(scheduler: str, tmp_path: Path) -> None:
    found = list(spread(double, range(40), lambda item, why: (0, 0), Cluster(scheduler, tmp_path)))

    assert sorted(result for result, _ in found) == [n * 2 for n in range(40)]
    processes = {process for _, process in found}
    assert os.getpid() not in processes
    assert len(processes) == 2


def test_item_whose_worker_was_killed_once_is_worked_on_again(
    scheduler: str, tmp_path: Path
) -> None:
    items = [(number, tmp_path) for number in range(12)]

    found = list(spread(fragile_once, items, lost, Cluster(scheduler, tmp_path)))

    assert sorted(found, key=int) == [str(number) for number in range(12)]


def test_item_that_kills_every_worker_costs_itself(scheduler: str, tmp_path: Path) -> None:
    found = list(spread(deadly, range(1, 6), lost, Cluster(scheduler, tmp_path)))

    assert sorted(found) == ["1", "2", f"3 lost: {DIED}", "4", "5"]


def deadly(number: int) -> str:
    if number == 3:
        os.kill(os.getpid(), 9)
    return str(number)


def test_what_the_work_raises_on_a_worker_is_raised(scheduler: str, tmp_path: Path) -> None:
    from tests.ormprobe.runs.test_spread import failing

    with pytest.raises(KeyError):
        list(spread(failing, range(3), lambda item, why: 0, Cluster(scheduler, tmp_path)))


def test_worker_that_does_not_see_the_results_is_named(scheduler: str, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"the Dask worker tcp://.* does not see the folder"):
        Cluster(scheduler, tmp_path / "nowhere")


def test_worker_of_another_version_is_named(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ormprobe.__version__", "999")

    with pytest.raises(ClusterError, match=r"the Dask worker tcp://.* has ormprobe .*, not 999"):
        Cluster(scheduler, tmp_path)


def test_scheduler_that_dies_ends_the_work_with_a_sentence(tmp_path: Path) -> None:
    from tests.ormprobe.runs.test_spread import slow

    cluster = started(tmp_path)
    with cluster as address:
        found = spread(slow, range(1000), lambda item, why: 0, Cluster(address, tmp_path))
        assert next(found)
        cluster.processes[0].kill()
        with pytest.raises(OrmprobeError, match=r"the Dask cluster at .* failed"):
            list(found)


def test_no_scheduler_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ormprobe.runs.cluster.CONNECT_S", 1)

    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1"):
        Cluster("tcp://127.0.0.1:1", tmp_path)
    with pytest.raises(ClusterError, match="no Dask scheduler answers at nonsense"):
        Cluster("nonsense", tmp_path)


def test_missing_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(ClusterError, match=r"pip install 'ormprobe\[dask\]'"):
        Cluster("tcp://127.0.0.1:1", tmp_path)


def test_command_writes_the_same_on_a_cluster(scheduler: str, tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "failed", "raise", "failed sleep 0.2", "die", "passed")
    words = [sys.executable, "-m", "tests.ormprobe.runs.standin", "report", str(results)]
    written: list[bytes] = []
    for name, more in (
        ("here", ["--jobs", "2"]),
        ("there", ["--backend", "dask", "--scheduler", scheduler]),
    ):
        done = subprocess.run(
            [*words, "--output", str(tmp_path / name), *more],
            capture_output=True,
            text=True,
            timeout=100,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "6 runs: 6 read, 2 broken" in done.stderr
        assert "Traceback" not in done.stderr
        assert "Warning" not in done.stderr
        written.append((tmp_path / name / "labels.jsonl").read_bytes())

    assert written[0] == written[1]
