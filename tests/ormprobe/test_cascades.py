"""One cause breaks a whole run: programs that are run under the shims and then judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.document import Report
from ormprobe.pipeline import diagnose
from tests.instrumentation.traced import run, write

MODELS = """\
from sqlalchemy import ForeignKey, create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Keeper(Base):
    __tablename__ = "keepers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    code: Mapped[str]

class Hive(Base):
    __tablename__ = "hives"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    keeper_id: Mapped[int] = mapped_column(ForeignKey("keepers.id"))
"""

APP = """\
from flask import Flask, abort, jsonify, request
from models import *

engine = create_engine("sqlite:///hives.db")
Base.metadata.create_all(engine)
app = Flask(__name__)

def keeper_of(session):
    found = select(Keeper).where(Keeper.code == request.headers["X-Code"])
    return session.scalar(found) or abort(401)

@app.post("/keepers")
def join():
    body = request.get_json()
    with Session(engine) as session, session.begin():
        session.add(Keeper(name=body["name"], code=body["code"]))
    return {}, 201

@app.post("/hives")
def place():
    with Session(engine) as session, session.begin():
        keeper = keeper_of(session)
        hive = Hive(label=request.get_json()["label"], keeper_id=keeper.id)
        session.add(hive)
        session.flush()
        return {"id": hive.id}, 201

@app.get("/hives/<hive>")
def show(hive):
    with Session(engine) as session:
        found = session.scalar(select(Hive).where(Hive.id == hive))
        if found is None:
            abort(404)
        return {"label": found.label}
"""

TESTS = """\
from app import app

CODE = "a-code-of-its-own"
client = app.test_client()
made = {}

def test_join():
    body = {"name": "Kirke", "code": CODE}
    assert client.post("/keepers", json=body).status_code == 201

def test_place():
    answer = client.post("/hives", json={"label": "by the lime"}, headers={"X-Code": CODE})
    made.update(answer.json or {})
    assert answer.status_code == 201

def test_show():
    assert client.get("/hives/%s" % made.get("id")).status_code == 200

def test_a_stranger():
    stranger = {"X-Code": "a-code-of-nobody"}
    assert client.post("/hives", json={"label": "x"}, headers=stranger).status_code == 401

def test_arithmetic():
    assert client.get("/hives/77").status_code == 404
    assert 1 + 1 == 3
"""

COMMITTED = """    with Session(engine) as session, session.begin():
        session.add(Keeper(name=body["name"], code=body["code"]))
"""
UNCOMMITTED = """    with Session(engine) as session:
        session.add(Keeper(name=body["name"], code=body["code"]))
        session.flush()
"""

JOIN, PLACE, SHOW = (f"test:test_app.py::test_{name}" for name in ("join", "place", "show"))
OTHER = "test:test_app.py::test_arithmetic"


def judged(folder: Path, wrong: str, right: str, tests: str = TESTS) -> Report:
    """The report of the story with one line of the app replaced."""
    assert right in APP or right in MODELS
    files = {"models.py": MODELS, "app.py": APP, "test_app.py": tests}
    write(folder, {name: text.replace(right, wrong) for name, text in files.items()})
    child = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], folder, folder / "trace")
    record = f'{{"schema": 1, "command": ["python"], "exit_code": {child.status}}}'
    (folder / "trace" / "run.json").write_text(record)
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return diagnose(folder / "trace", folder)


@pytest.mark.parametrize(
    ("wrong", "right", "cause"),
    [
        ("session.add(Keeper(nam=1))", 'session.add(Keeper(name=body["name"], code=body["code"]))',
         None),
        ('Keeper(name=None, code=body["code"])', 'Keeper(name=body["name"], code=body["code"])',
         "integrity-violation"),
        ("session.add(Keper(name=1))", 'session.add(Keeper(name=body["name"], code=body["code"]))',
         "data-layer-code-error"),
        (UNCOMMITTED, COMMITTED, "uncommitted-write"),
    ],
)  # fmt: skip
def test_who_never_joined_is_refused_ever_after(
    tmp_path: Path, wrong: str, right: str, cause: str | None
) -> None:
    report = judged(tmp_path, wrong, right)

    if cause is None:  # no rule of its own yet, or one: but never another cause
        assert {label.cause for label in report.labels} <= {"mapping-misconfiguration"}
        return
    [label] = [label for label in report.labels if label.severity == "failure"]
    assert (label.cause, label.certainty) == (cause, "certain")
    assert report.verdict.primary is not None
    assert report.verdict.primary.label == label.id
    joined = cause != "uncommitted-write"  # that one is answered with success
    assert set(label.explains) == ({JOIN} if joined else set()) | {PLACE, SHOW}
    told = {outcome.id: outcome.labels for outcome in report.outcomes}
    assert told[PLACE] == told[SHOW] == (label.id,)
    assert told[OTHER] == ()


def test_a_hive_that_was_never_placed_has_no_number(tmp_path: Path) -> None:
    report = judged(tmp_path, "Hive(label=lable", 'Hive(label=request.get_json()["label"]')

    [label] = [label for label in report.labels if label.severity == "failure"]
    assert label.cause == "data-layer-code-error"
    assert set(label.explains) == {PLACE, SHOW}


def test_tables_that_nobody_made_break_everything(tmp_path: Path) -> None:
    report = judged(tmp_path, "", "Base.metadata.create_all(engine)\n")

    [label] = [label for label in report.labels if label.severity == "failure"]
    assert label.cause == "schema-not-created"
    assert {JOIN, PLACE, SHOW} < set(label.explains)


def test_a_story_that_holds_has_no_label(tmp_path: Path) -> None:
    report = judged(tmp_path, "    pass\n\nclass Keeper", "    pass\n\nclass Keeper")

    assert report.labels == ()
    failed = [outcome.id for outcome in report.outcomes if outcome.status == "failed"]
    assert failed == [OTHER]
    assert report.verdict.status == "undetermined"
