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
    app = folder / "app"
    (app / "tests").mkdir(parents=True)
    (app / "buoys.py").write_text(dedent(APP).replace("{ending}", ending))
    (app / "tests" / "test_buoys.py").write_text(dedent(SUITE).replace("{again}", str(again)))
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
