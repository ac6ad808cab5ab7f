"""Errors in requests that a test makes, tied to the test's failure whatever the framework."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ormprobe.document import Label, Report
from ormprobe.pipeline import diagnose
from tests.instrumentation.traced import run, write

MODELS = """\
from sqlalchemy import ForeignKey, create_engine, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

class Base(DeclarativeBase):
    pass

class Boat(Base):
    __tablename__ = "boats"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    crew: Mapped[list["Sailor"]] = relationship()

class Sailor(Base):
    __tablename__ = "sailors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    boat_id: Mapped[int] = mapped_column(ForeignKey("boats.id"))

engine = create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)

def prepare():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Boat(id=1, name="Ada", crew=[Sailor(name="Bo")]))
        session.commit()

def find():
    with Session(engine) as session:
        return session.get(Boat, 1)

def launch(name):
    with Session(engine) as session:
        session.add(Boat(name=name))
        session.commit()

def nameless():
    with Session(engine) as session:
        session.add(Boat(name=None))
        session.commit()  # the write

def names_or_nothing():
    try:
        with Session(engine) as session:
            return list(session.scalars(text("SELECT nam FROM boats")))  # the query
    except SQLAlchemyError:
        return []
"""

FASTAPI = """\
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from models import *

class SailorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str

class BoatOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    crew: list[SailorOut]

app = FastAPI()
answering = FastAPI()

@answering.exception_handler(SQLAlchemyError)
async def answer(request, error):
    return JSONResponse({"detail": "database"}, status_code=500)

for one in app, answering:
    @one.get("/boat", response_model=BoatOut)
    def boat():
        return find()

    @one.post("/nameless", status_code=201)
    async def add_nameless():
        nameless()

    @one.get("/names")
    async def names():
        return names_or_nothing()

    @one.post("/boats/{name}", status_code=201)
    def add(name: str):
        try:
            launch(name)
        except IntegrityError:
            raise HTTPException(409)

    @one.post("/checked/{number}", status_code=201)
    def checked(number: int):
        return number
"""

AIOHTTP = """\
from aiohttp import web
from models import *

async def boat(request):
    found = find()
    return web.json_response({"name": found.name, "crew": [s.name for s in found.crew]})

async def add_nameless(request):
    nameless()
    return web.Response(status=201)

async def names(request):
    return web.json_response(names_or_nothing())

async def add(request):
    try:
        launch(request.match_info["name"])
    except IntegrityError:
        raise web.HTTPConflict()
    return web.Response(status=201)

@web.middleware
async def answer(request, handler):
    try:
        return await handler(request)
    except SQLAlchemyError:
        return web.json_response({"detail": "database"}, status=500)

def make(*middlewares):
    app = web.Application(middlewares=middlewares)
    app.add_routes([web.get("/boat", boat), web.get("/names", names)])
    app.add_routes([web.post("/nameless", add_nameless), web.post("/boats/{name}", add)])
    return app
"""

PORTAL = """\
import pytest
from starlette.testclient import TestClient
from app import answering, app
from models import prepare

@pytest.fixture(params=["raising", "quiet", "answering"])
def client(request):
    prepare()
    if request.param == "raising":
        return TestClient(app)
    return TestClient(app if request.param == "quiet" else answering, raise_server_exceptions=False)

def test_it(client):
{body}
"""

TRANSPORT = """\
import asyncio
import httpx, pytest
from app import answering, app
from models import prepare

class Client:
    def __init__(self, app, raises):
        self.transport = httpx.ASGITransport(app=app, raise_app_exceptions=raises)

    def request(self, method, path, **more):
        async def ask():
            async with httpx.AsyncClient(transport=self.transport, base_url="http://t") as client:
                return await client.request(method, path, **more)
        return asyncio.run(ask())

    def get(self, path):
        return self.request("GET", path)

    def post(self, path):
        return self.request("POST", path)

@pytest.fixture(params=["raising", "quiet", "answering"])
def client(request):
    prepare()
    return Client(answering if request.param == "answering" else app, request.param == "raising")

def test_it(client):
{body}
"""

SOCKET = """\
import pytest
from aiohttp.test_utils import TestClient, TestServer
from app import answer, make
from models import prepare

@pytest.fixture(params=["quiet", "answering"])
async def client(request):
    prepare()
    app = make(answer) if request.param == "answering" else make()
    async with TestClient(TestServer(app)) as client:
        yield client

async def test_it(client):
{body}
"""

CLIENTS = {
    "portal": (FASTAPI, PORTAL, ""),
    "transport": (FASTAPI, TRANSPORT, ""),
    "socket": (AIOHTTP, SOCKET, "await "),
}


def judged(folder: Path, client: str, body: str) -> Report:
    app, suite, wait = CLIENTS[client]
    body = textwrap.indent(textwrap.dedent(body).replace("client.", wait + "client."), "    ")
    text = suite.replace("{body}", body)
    if not wait:
        text = text.replace("(await ", "(")
    write(folder, {"models.py": MODELS, "app.py": app, "test_app.py": text})
    plugin = ["-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto"] if wait else []
    child = run(["-m", "pytest", "-q", *plugin], folder, folder / "trace")
    record = f'{{"schema": 1, "command": ["python"], "exit_code": {child.status}}}'
    (folder / "trace" / "run.json").write_text(record)
    assert child.status in (0, 1), child.stdout
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return diagnose(folder / "trace", folder)


def failures(report: Report) -> list[Label]:
    return [label for label in report.labels if label.severity == "failure"]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_that_the_request_fails_by(tmp_path: Path, client: str) -> None:
    report = judged(
        tmp_path,
        client,
        """
        answer = client.post("/nameless")
        assert answer.status in (201,) if hasattr(answer, "status") else answer.status_code == 201
        """,
    )

    [label] = failures(report)
    assert (label.cause, label.certainty) == ("integrity-violation", "certain")
    assert label.where is not None
    assert (label.where.file, label.where.function) == ("models.py", "nameless")
    tests = [outcome.id for outcome in report.outcomes if outcome.kind == "test"]
    assert [found for found in label.explains if found.startswith("test:")] == tests


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_of_the_objects_that_are_answered(tmp_path: Path, client: str) -> None:
    report = judged(
        tmp_path,
        client,
        """
        answer = client.get("/boat")
        assert getattr(answer, "status_code", None) == 200 or answer.status == 200
        """,
    )

    [label] = failures(report)
    assert (label.cause, label.certainty) == ("detached-instance-access", "certain")
    tests = [outcome.id for outcome in report.outcomes if outcome.kind == "test"]
    assert [found for found in label.explains if found.startswith("test:")] == tests


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_that_was_swallowed_and_missed_by_the_test(tmp_path: Path, client: str) -> None:
    report = judged(
        tmp_path,
        client,
        """
        answer = client.get("/names")
        assert (await answer.json()) == ["Ada"]
        """,
    )

    [label] = failures(report)
    assert label.where is not None
    assert (label.where.file, label.where.function) == ("models.py", "names_or_nothing")
    tests = [outcome.id for outcome in report.outcomes if outcome.kind == "test"]
    assert list(label.explains) == tests


@pytest.mark.parametrize("client", CLIENTS)
def test_a_conflict_that_the_test_wants_is_no_failure(tmp_path: Path, client: str) -> None:
    report = judged(
        tmp_path,
        client,
        """
        answer = client.post("/boats/Ada")
        assert getattr(answer, "status_code", None) == 409 or answer.status == 409
        answer = client.get("/nowhere")
        assert getattr(answer, "status_code", None) == 404 or answer.status == 404
        """,
    )

    assert report.verdict.status == "passed"
    assert not failures(report)


def test_input_that_is_refused_is_no_failure(tmp_path: Path) -> None:
    report = judged(tmp_path, "portal", 'assert client.post("/checked/x").status_code == 422')

    assert report.verdict.status == "passed"
    assert not failures(report)
