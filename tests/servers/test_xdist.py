"""pytest's workers: every statement belongs to the test that sent it, in whatever process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.instrumentation.traced import environment, write
from tests.servers.serving import MARKER, left_over, python_path, read

TESTS = 40
SUITE = """\
import os
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    marker: Mapped[str] = mapped_column(unique=True)

@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    made = create_engine(f"sqlite:///{tmp_path_factory.getbasetemp() / 'notes.db'}")
    Base.metadata.create_all(made)
    return made

@pytest.mark.parametrize("marker", [f"marker-{number:04}-of-1" for number in range(TESTS)])
def test_note(engine, marker):
    with Session(engine) as session:
        session.add(Note(marker=marker))
        session.commit()
    with Session(engine) as session:
        assert session.scalars(select(Note.marker).where(Note.marker == marker)).one() == marker
""".replace("TESTS", str(TESTS))


def test_statements_belong_to_their_tests(tmp_path: Path) -> None:
    app = write(tmp_path / "app", {"test_notes.py": SUITE, "pytest.ini": "[pytest]\n"})
    words = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", sys.executable]
    words += ["--output", str(tmp_path / "trace"), "--values", "plain"]
    words += ["--format", "json", "--report", str(tmp_path / "report.json")]
    words += ["--", "python", "-m", "pytest", "-q", "-p", "xdist", "-n", "2"]
    own = environment(None, {"SERVED_BY": tmp_path.name}) | {"PYTHONPATH": python_path()}
    done = subprocess.run(words, env=own, capture_output=True, text=True, timeout=150, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["verdict"]["status"], report["labels"]) == ("passed", [])
    assert len(report["outcomes"]) == TESTS
    assert {outcome["status"] for outcome in report["outcomes"]} == {"passed"}
    sent: dict[str, list[str]] = {}
    workers = 0
    for path in (tmp_path / "trace").glob("events-*.jsonl"):
        file, torn = read(path)
        assert torn == 0
        assert file is not None
        assert not [event for event in file.of("shim") if event["state"] == "disabled"]
        scopes = {event["id"]: event["name"] for event in file.of("scope")}
        workers += bool(scopes)
        for statement, verb, markers in file.statements:
            for marker in markers:
                assert MARKER.findall(scopes[statement["scope"]]) == [marker]
                sent.setdefault(marker, []).append(verb)
    assert workers == 2
    assert len(sent) == TESTS
    assert set(map(tuple, sent.values())) == {("INSERT", "SELECT")}
    assert left_over(tmp_path.name) == ()
