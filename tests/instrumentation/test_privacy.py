"""No value of the user's data is in a trace unless it was asked for."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.instrumentation.traced import run, write

NAME, PIN, MAIL = "Hildegard", "482913", "hilde@example.org"

PROGRAM = f"""
    from flask import Flask, request
    from sqlalchemy import create_engine, select, text
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Member(Base):
        __tablename__ = "members"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(unique=True)
        pin: Mapped[int]


    engine = create_engine("sqlite:///members.db")
    Base.metadata.create_all(engine)
    app = Flask("members")


    @app.post("/members/<name>")
    def join(name):
        with Session(engine) as session:
            session.add(Member(name=name, pin=request.get_json()["pin"]))
            session.commit()
        return {{"name": name, "mail": "{MAIL}"}}


    client = app.test_client()
    for _ in range(2):  # the second breaks the unique constraint
        client.post("/members/{NAME}?mail={MAIL}", json={{"pin": {PIN}}})
    with Session(engine) as session:
        print(session.scalars(select(Member).where(Member.name == "{NAME}")).one().pin)
        for wrong in ("select * from nothing where owner = '{NAME}' and pin = {PIN}",
                      "select '{MAIL}' as mail frm members"):
            try:
                session.execute(text(wrong))
            except Exception:
                session.rollback()
    raise ValueError("no such member: {NAME}, pin {PIN}, mail {MAIL}")
"""


def trace_of(folder: Path, values: str) -> str:
    app = write(folder / "app", {"members.py": dedent(PROGRAM)})
    trace = folder / "trace"
    run(["members.py"], app, trace, env={"ORMPROBE_VALUES": values})
    return "".join(file.read_text() for file in trace.glob("events-*.jsonl"))


@pytest.mark.parametrize("values", ["hashed", "off"])
def test_values_are_nowhere_in_a_trace(tmp_path: Path, values: str) -> None:
    trace = trace_of(tmp_path, values)

    assert trace.count('"kind":"statement"') > 3
    assert trace.count('"kind":"error"') > 3
    for value in (NAME, PIN, MAIL, "hilde@example"):
        assert value not in trace


def test_values_are_there_for_who_asks(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, "plain")

    for value in (NAME, PIN, MAIL):
        assert value in trace
