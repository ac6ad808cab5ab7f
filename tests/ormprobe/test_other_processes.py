"""What a test's child processes do belongs to that test, whatever the processes' own ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

APP = """
    import sys
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Buoy(Base):
        __tablename__ = "buoys"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(unique=True)


    def lay(engine, name):
        with Session(engine) as session:
            session.add(Buoy(name=name))
            session.{ending}()


    def main(url, verb, *names):
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        if verb == "lay":
            lay(engine, names[0])
        else:
            with Session(engine) as session:
                print(*session.scalars(select(Buoy.name).order_by(Buoy.name)))


    if __name__ == "__main__":
        main(*sys.argv[1:])
"""

SUITE = """
    import subprocess
    import sys


    def buoys(folder, *words):
        command = [sys.executable, "buoys.py", f"sqlite:///{folder}/b.db", *words]
        return subprocess.run(command, capture_output=True, text=True)


    def test_a_buoy_is_listed(tmp_path):
        assert buoys(tmp_path, "lay", "north").returncode == 0
        assert buoys(tmp_path, "list").stdout.split() == ["north"]


    def test_a_name_is_taken_once(tmp_path):
        buoys(tmp_path, "lay", "south")
        assert buoys(tmp_path, "lay", "south").returncode == {again}
"""


def traced(folder: Path, ending: str, again: int) -> tuple[int, dict[str, Any]]:
    program = APP.replace("{ending}", ending)
    return _judged(folder, program, SUITE.replace("{again}", str(again)))


def _judged(folder: Path, program: str, suite: str) -> tuple[int, dict[str, Any]]:
    app = folder / "app"
    (app / "tests").mkdir(parents=True)
    (app / "buoys.py").write_text(dedent(program))
    (app / "tests" / "test_buoys.py").write_text(dedent(suite))
    report = folder / "report.json"
    command = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", sys.executable]
    command += ["--output", str(folder / "trace"), "--format", "json", "--report", str(report)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.returncode, json.loads(report.read_text())


def test_a_write_lost_in_a_child_is_found_by_the_test_that_started_it(tmp_path: Path) -> None:
    status, report = traced(tmp_path, "flush", 0)

    primary = report["verdict"]["primary"]
    assert (status, primary["cause"]) == (1, "uncommitted-write")
    [label] = [found for found in report["labels"] if found["id"] == primary["label"]]
    assert (label["where"]["file"], label["where"]["function"]) == ("buoys.py", "lay")
    assert label["explains"] == ["test:tests/test_buoys.py::test_a_buoy_is_listed"]


def test_a_child_that_a_test_wants_to_fail_is_no_failure(tmp_path: Path) -> None:
    status, report = traced(tmp_path, "commit", 1)

    assert (status, report["verdict"]["status"], report["labels"]) == (0, "passed", [])


def test_a_child_that_fails_against_its_test_explains_it(tmp_path: Path) -> None:
    status, report = traced(tmp_path, "commit", 0)

    primary = report["verdict"]["primary"]
    assert (status, primary["cause"]) == (1, "integrity-violation")
    assert report["labels"][0]["explains"] == [
        "test:tests/test_buoys.py::test_a_name_is_taken_once"
    ]


THREADS = """
    from concurrent.futures import ThreadPoolExecutor

    from sqlalchemy import create_engine, func, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Buoy(Base):
        __tablename__ = "buoys"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    class Sea:
        def __init__(self):
            self.engine = create_engine("sqlite://")
            Base.metadata.create_all(self.engine)

        def lay(self, name):
            try:
                with Session(self.engine) as session:
                    session.add(Buoy(name=name))
                    session.commit()
            except Exception:
                pass

        def lay_all(self, names):
            with ThreadPoolExecutor(1) as boats:
                list(boats.map(self.lay, names))

        def count(self):
            with Session(self.engine) as session:
                return session.scalar(select(func.count(Buoy.id)))
"""

OF_THREADS = """
    from buoys import Sea


    def test_all_are_laid():
        sea = Sea()
        sea.lay_all(["east", "west"])
        assert sea.count() == {wanted}
"""


def test_what_a_thread_failed_to_write_is_missed_where_it_is_read(tmp_path: Path) -> None:
    _, report = _judged(tmp_path, THREADS, OF_THREADS.replace("{wanted}", "2"))

    assert report["verdict"]["primary"]["cause"] == "connection-context-mismatch"


QUITTING = """
    import sys
    from sqlalchemy import create_engine, text


    def years(url):
        with create_engine(url).connect() as connection:
            return connection.scalars(text("SELECT date_trunc('year', '2030-01-01')")).all()


    if __name__ == "__main__":
        try:
            print(*years("sqlite://"))
        except Exception as error:
            print(type(error).__name__, file=sys.stderr)
            sys.exit(1)
"""

OF_QUITTING = """
    import subprocess
    import sys


    def run():
        return subprocess.run([sys.executable, "buoys.py"], capture_output=True, text=True)


    def test_years():
        done = run()
        assert done.returncode == {wanted}
"""


def test_a_process_that_quits_for_its_error_fails_the_test_that_asked(tmp_path: Path) -> None:
    _, report = _judged(tmp_path, QUITTING, OF_QUITTING.replace("{wanted}", "0"))

    assert report["verdict"]["primary"]["cause"] == "backend-unsupported-operation"


def test_a_process_that_quits_as_its_test_wants_is_no_failure(tmp_path: Path) -> None:
    status, report = _judged(tmp_path, QUITTING, OF_QUITTING.replace("{wanted}", "1"))

    assert (status, report["labels"]) == (0, [])
