"""What was observed is in the trace, however the process ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import Event, environment, write

THREADS = 8

# Each statement has a text of its own; its name is noted once the call has returned.
LOAD = """\
import os, sys, threading
from sqlalchemy import create_engine, text

sys.setswitchinterval(1e-6)  # threads meet in every window that there is
done = os.open("done.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
engine = create_engine("sqlite:///load.db", future=True)

def hammer(thread, count):
    with engine.connect() as connection:
        for number in range(count):
            name = "t%d_%d_%d" % (os.getpid(), thread, number)
            connection.execute(text("SELECT :x AS %s" % name), {"x": "v" * (number % 300)})
            os.write(done, (name + "\\n").encode())

def start(count):
    threads = [threading.Thread(target=hammer, args=(n, count)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    return threads

""".replace("THREADS", str(THREADS))

FOR_EVER = LOAD + "start(10 ** 9)\n"

EXIT_AT_ONCE = LOAD + "for thread in start(60):\n    thread.join()\nos._exit(3)\n"

EXIT_AMID = """\
import time
start(10 ** 9)
time.sleep(0.7)
os._exit(3)
"""

# SQLite's own locks do not outlive a fork amid one of its calls: the driver is one in Python.
FORKS = """\
import sqlite3, time, types

class Cursor:
    description = None
    rowcount = -1
    def execute(self, text, parameters=()):
        time.sleep(0)
    def fetchone(self):
        return (0,)
    def fetchall(self):
        return []
    def close(self):
        pass

class Connection:
    isolation_level = None
    def __init__(self, *args, **kwargs):
        pass
    def cursor(self):
        return Cursor()
    def nothing(self, *args, **kwargs):
        pass
    commit = rollback = close = create_function = nothing

driver = types.ModuleType("driver")
driver.__dict__.update(vars(sqlite3), connect=Connection)
engine = create_engine("sqlite:///load.db", module=driver, future=True)
threads = start(400)
children = []
for number in range(3):
    time.sleep(0.05)
    assert all(thread.is_alive() for thread in threads)
    child = os.fork()
    if not child:
        engine = create_engine("sqlite:///load.db", module=driver, future=True)
        hammer(100 + number, 50)
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
for thread in threads:
    thread.join()
"""


def start(folder: Path, program: str) -> subprocess.Popen[bytes]:
    write(folder, {"program.py": program})
    return subprocess.Popen(
        [PYTHON, "-W", "ignore", "program.py"],
        cwd=folder,
        env=environment(folder / "trace"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def done(folder: Path) -> set[str]:
    """The names of the statements whose call had returned, but for a torn last line."""
    path = folder / "done.txt"
    return set(path.read_text().rpartition("\n")[0].split()) if path.exists() else set()


def whole_files(folder: Path) -> Iterator[list[Event]]:
    """The events of each file; a line that is torn fails."""
    for path in sorted((folder / "trace").glob("events-*.jsonl")):
        text = path.read_text()
        assert text.endswith("\n"), path
        events = [json.loads(line) for line in text.splitlines()]
        assert events[0]["kind"] == "process"
        yield events


def names_in(events: list[Event]) -> set[str]:
    """The names of a file's statements, by way of their definitions."""
    texts = {event["id"]: event["db.query.text"] for event in events if event["kind"] == "sql"}
    statements = [event for event in events if event["kind"] == "statement"]
    return {texts[event["sql"]].rpartition(" ")[2] for event in statements}


def check_definitions(events: list[Event]) -> None:
    """Every number that an event of a file refers to is defined in that file."""
    defined = {
        kind: {event["id"] for event in events if event["kind"] == kind}
        for kind in ("sql", "site", "connection")
    }
    defined["site"].add(0)
    for event in events:
        if event["kind"] == "statement":
            assert event["sql"] in defined["sql"]
            assert event["site"] in defined["site"]
            assert event["connection"] in defined["connection"]
    numbers = [event["id"] for event in events if event["kind"] == "statement"]
    assert len(numbers) == len(set(numbers))


def recorded(folder: Path) -> set[str]:
    found: set[str] = set()
    for events in whole_files(folder):
        check_definitions(events)
        found |= names_in(events)
    return found


@pytest.mark.parametrize("again", range(3))
def test_killed_amid_load(tmp_path: Path, again: int) -> None:
    process = start(tmp_path, FOR_EVER)
    try:
        deadline = time.monotonic() + 30
        while len(done(tmp_path)) < 1500 + 300 * again and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)

    returned = done(tmp_path)
    assert len(returned) >= 1500
    assert {name.split("_")[1] for name in returned} == {str(n) for n in range(THREADS)}
    assert returned - recorded(tmp_path) == set()


@pytest.mark.parametrize("program", [EXIT_AT_ONCE, LOAD + EXIT_AMID], ids=["idle", "amid"])
def test_os_exit(tmp_path: Path, program: str) -> None:
    process = start(tmp_path, program)
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (3, b"")
    returned = done(tmp_path)
    assert len(returned) >= (60 * THREADS if program == EXIT_AT_ONCE else 100)
    assert returned - recorded(tmp_path) == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forks_amid_load(tmp_path: Path) -> None:
    process = start(tmp_path, LOAD + FORKS)
    _, errors = process.communicate(timeout=90)

    assert (process.returncode, errors) == (0, b"")
    returned = done(tmp_path)
    assert len(returned) == 400 * THREADS + 3 * 50
    assert returned == recorded(tmp_path)
    files = list(whole_files(tmp_path))
    assert [events[0]["origin"] for events in files].count("fork") == 3
    pids = [{name.split("_")[0] for name in names_in(events)} for events in files]
    assert [len(found) for found in pids] == [1, 1, 1, 1]
    assert {pid for found in pids for pid in found} == {
        f"t{events[0]['process.pid']}" for events in files
    }


@pytest.mark.parametrize("values", ["hashed", "plain"])
def test_a_torn_write_needs_no_lock(tmp_path: Path, values: str) -> None:
    """Long lines from many threads stay whole: one write each, to a file opened for appending."""
    program = LOAD + (
        "def long(thread):\n"
        "    with engine.connect() as connection:\n"
        "        for number in range(60):\n"
        "            columns = ', '.join('1 AS c%d' % n for n in range(200 + number))\n"
        "            connection.execute(text('SELECT ' + columns))\n"
        "            os.write(done, b'x\\n')\n"
        "threads = [threading.Thread(target=long, args=(n,)) for n in range(8)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    write(tmp_path, {"program.py": program})
    subprocess.run(
        [PYTHON, "program.py"],
        cwd=tmp_path,
        env=environment(tmp_path / "trace", {"ORMPROBE_VALUES": values}),
        timeout=60,
        check=True,
    )

    [events] = whole_files(tmp_path)
    check_definitions(events)
    assert len([event for event in events if event["kind"] == "statement"]) == 480


DAEMON = """\
import os, sys
from sqlalchemy import create_engine, text

engine = create_engine("sqlite://", future=True)

def execute(number):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 AS name_%d" % number))

for number in range(ROUNDS):
    execute(number)
    os.closerange(3, 70_000)
    files = [open("file-%d-%d.txt" % (number, n), "w") for n in range(HANDLES)]
    assert [file.fileno() for file in files] == list(range(3, 3 + HANDLES))
    execute(1000 + number)
    for n, file in enumerate(files):
        file.write("content %d" % n)
        file.close()
    execute(2000 + number)
execute(3000)
"""


def names_by_file(folder: Path) -> list[set[str]]:
    return [names_in(events) for events in whole_files(folder)]


def daemon(folder: Path, rounds: int, handles: int = 300) -> list[set[str]]:
    """Run a program that closes every descriptor and opens files; the names in each trace file."""
    program = DAEMON.replace("ROUNDS", str(rounds)).replace("HANDLES", str(handles))
    _, errors = start(folder, program).communicate(timeout=60)

    assert errors == b""
    for path in folder.glob("file-*.txt"):
        assert path.read_text() == "content " + path.stem.rpartition("-")[2]
    return names_by_file(folder)


def test_a_daemon_that_closes_every_descriptor_gets_none_of_our_bytes(tmp_path: Path) -> None:
    first, second = daemon(tmp_path, 1)

    assert first == {"name_0"}
    assert second == {"name_2000", "name_3000"}  # the write that found no file is lost, and counted
    old, new = whole_files(tmp_path)
    check_definitions(new)
    assert new[0]["process.pid"] == old[0]["process.pid"]
    assert new[-1]["kind"] == "exit"
    assert new[-1]["dropped"] >= 2  # the statement and its text, and what waited with them


def test_a_closed_descriptor_is_replaced_a_few_times_and_no_more(tmp_path: Path) -> None:
    found = daemon(tmp_path, 5, handles=3)

    assert [len(names) for names in found] == [1, 2, 2, 2]
    assert "exit" not in [event["kind"] for file in whole_files(tmp_path) for event in file]


MEMORY = """\
import resource, sys
from sqlalchemy import create_engine

engine = create_engine("sqlite://", future=True)

def spend(count, start):
    with engine.connect() as connection:
        for number in range(start, start + count):
            connection.exec_driver_sql("SELECT %d AS column_%d" % (number, number)).all()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

spend(20_000, 0)
before = peak()
spend(COUNT, 20_000)
print(peak() - before)
"""


def growth(folder: Path, count: int, *, traced: bool = True) -> int:
    """Kilobytes that the peak grew by, over statements with a text of their own."""
    write(folder, {"program.py": MEMORY.replace("COUNT", str(count))})
    answer = subprocess.run(
        [PYTHON, "program.py"],
        cwd=folder,
        env=environment(folder / "trace" if traced else None),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return int(answer.stdout)


def test_memory_is_bounded_over_many_texts(tmp_path: Path) -> None:
    assert growth(tmp_path, 40_000) < 4_000


@pytest.mark.slow
@pytest.mark.skipif("ORMPROBE_MATRIX" not in os.environ, reason="`make matrix` runs it")
def test_memory_is_bounded_over_200_000_texts(tmp_path: Path) -> None:
    assert growth(tmp_path, 180_000) < 6_000
    [events] = whole_files(tmp_path)
    check_definitions(events)
    assert len([event for event in events if event["kind"] == "statement"]) == 200_000
